// What is held for a connection: let go when done, cancelled when the connection closes.
import { once } from 'node:events';
import { Socket } from 'node:net';
import { expect } from 'chai';
import { ManualClock } from '../../../../../src/common/time/manual-clock.ts';
import { heldFor, holdWhileOpen } from '../../../../../src/master/doors/http/hang-up.ts';
import { TaskWaits } from '../../../../../src/master/doors/http/task-waits.ts';
import { FakeDesk } from '../../../../support/fake-cluster.ts';
import { requestFor } from '../../../../support/task-request.ts';

describe('what is held for a connection', () => {
  it('is cancelled once, when the connection closes', async () => {
    const socket = new Socket();
    const cancelled: string[] = [];
    for (const name of ['a', 'b']) holdWhileOpen(socket, { cancel: (reason) => cancelled.push(`${name}: ${reason}`) });
    socket.destroy();
    await once(socket, 'close');
    expect(cancelled).to.deep.equal(['a: the client went away', 'b: the client went away']);
    expect(heldFor(socket).size).to.equal(0);
  });

  it('is not cancelled, nor remembered, once it was let go', async () => {
    const socket = new Socket();
    const letGo = holdWhileOpen(socket, { cancel: () => expect.fail('it was let go') });
    expect(heldFor(socket).size).to.equal(1);
    letGo();
    expect(heldFor(socket).size).to.equal(0);
    socket.destroy();
    await once(socket, 'close');
  });

  it('is cancelled at once when the connection has closed before', () => {
    const socket = new Socket();
    socket.destroy();
    let reason = '';
    holdWhileOpen(socket, { cancel: (given) => (reason = given) })();
    expect(reason).to.equal('the client went away');
  });
});

describe('waits for tasks', () => {
  it('leave nothing behind, and are refused when 10 000 wait already', async () => {
    const desk = new FakeDesk();
    const clock = new ManualClock();
    const waits = new TaskWaits(desk, clock);
    const socket = new Socket();
    const admitted = desk.submit(requestFor('fib', { form: 'json', values: { n: 80 } }), () => undefined);
    const id = admitted.ok ? admitted.id : '';
    const before = desk.waiting;
    const waiting = Array.from({ length: 10_000 }, () => waits.task(id, 1000, socket));
    expect([desk.waiting - before, heldFor(socket).size]).to.deep.equal([10_000, 10_000]);
    const refused = await waits.task(id, 1000, socket).catch((error: unknown) => error);
    expect(refused).to.include({ code: 'TOO_MANY_LISTENERS' });
    clock.advance(1000);
    for (const task of await Promise.all(waiting)) expect(task).to.include({ id, state: 'queued' });
    expect([desk.waiting - before, heldFor(socket).size]).to.deep.equal([0, 0]);
    const next = waits.task(id, 1000, socket);
    desk.end(id);
    expect(await next).to.include({ state: 'done' });
  });
});
