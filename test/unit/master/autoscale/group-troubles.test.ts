// What a group of replicas does about what nobody wanted: stops that fail, slaves that leave by themselves, replicas of others.
import { expect } from 'chai';
import { ReplicaDesk } from '../../../support/fake-replicas.ts';

describe('a group of replicas in trouble', () => {
  it('has its minimum though nobody can stop what should go', async () => {
    const desk = new ReplicaDesk({ min: 1, max: 1 });
    desk.provider.moods.stop = 'fails';
    await desk.seconds(2);
    desk.joinAll();
    await desk.seconds(12);
    desk.pool.transition(desk.pool.member('web-1')!, 'drain-asked');
    await desk.seconds(3);
    desk.joinAll();
    await desk.seconds(2);
    expect(desk.states).to.deep.equal(['web-1/stopping', 'web-2/ready']);
  });

  it('counts one whose stop fails three times, or that has ended, no more towards its maximum', async () => {
    const desk = await ReplicaDesk.joined({ min: 0, max: 2 }, 9);
    desk.provider.moods.stop = 'fails';
    await desk.seconds(12);
    desk.pool.transition(desk.pool.member('web-1')!, 'drain-asked');
    for (let n = 0; n < 2; n++) desk.pool.pick('forward:web', 1);
    await desk.seconds(2);
    expect(desk.view.reason).to.contain('still leaving');
    await desk.seconds(8);
    expect(desk.states).to.deep.equal(['web-1/stopping', 'web-2/ready', 'web-3/starting']);
    desk.joinAll();
    await desk.seconds(12);
    for (let n = 0; n < 2; n++) desk.pool.pick('forward:web', 1);
    desk.die('web-3');
    await desk.seconds(2);
    expect(desk.states).to.include.members(['web-3/stopping', 'web-4/starting']);
  });

  it('takes one that leaves and that nobody told to for a failure', async () => {
    const desk = await ReplicaDesk.joined();
    await desk.seconds(12);
    desk.pool.transition(desk.pool.member('web-1')!, 'leaving');
    desk.provider.moods.stop = 'hangs';
    await desk.seconds(1);
    expect(desk.view.lastError).to.contain('web-1 leaves by itself');
    expect(desk.view.reason).to.contain('after a failure the next try is in 1 s');
    expect(desk.changes.at(-1)).to.include({ from: 1, to: 0 });
    expect(desk.changes.at(-1)!.reason).to.contain('web-1 leaves by itself');
    expect(desk.warnings).to.have.lengthOf(1);
    expect(desk.changes.filter(({ reason }) => reason.includes('by itself'))).to.have.lengthOf(1);
  });

  it('hears of one that left by itself between two looks', async () => {
    const desk = await ReplicaDesk.joined();
    await desk.seconds(12);
    const member = desk.pool.member('web-1')!;
    desk.pool.transition(member, 'leaving');
    desk.pool.transition(member, 'left');
    desk.provider.replicas.set('web-1', { id: 'web-1', group: 'web', state: 'ended', detail: 'exited with code 1' });
    await desk.seconds(6);
    expect(desk.changes.map(({ reason }) => reason).join()).to.contain('web-1 leaves by itself');
    expect(desk.view.lastError).to.contain('web-1 le').and.to.contain('by itself');
  });

  it('takes none for a failure that leaves because an operator or the scaler wants it to', async () => {
    const desk = await ReplicaDesk.joined({ min: 0, idleAfterMs: 3000 }, 3);
    desk.waiting = 0;
    await desk.seconds(1);
    const lease = desk.pool.pick('forward:web', 1)!;
    desk.pool.transition(lease.member, 'drain-asked');
    await desk.seconds(1);
    desk.pool.transition(lease.member, 'leaving');
    await desk.seconds(20);
    expect(desk.drained).to.have.lengthOf(1);
    expect(desk.view).to.include({ lastError: null, retryInMs: null });
    desk.pool.settle(lease, 'ok');
    await desk.seconds(3);
    expect(desk.states).to.deep.equal([]);
    expect(desk.changes.map(({ reason }) => reason).join()).not.to.contain('by itself');
  });

  it('waits ever longer though another of them is well, and its last error stays until a new one is', async () => {
    const desk = await ReplicaDesk.joined({ min: 1, max: 3 });
    await desk.seconds(12);
    desk.provider.moods.start = 'fails';
    desk.waiting = 3;
    for (let n = 0; n < 2; n++) desk.pool.pick('forward:web', 1);
    await desk.seconds(130);
    expect(desk.provider.orders.length).to.be.within(8, 18);
    expect(desk.view.lastError).to.contain('could not be started');
    desk.provider.moods.start = 'works';
    while (desk.provider.replicas.size < 2) await desk.seconds(1);
    desk.joinAll();
    desk.waiting = 0;
    await desk.seconds(5);
    expect(desk.view.lastError).to.contain('could not be started');
    await desk.seconds(10);
    expect(desk.view.lastError).to.equal(null);
  });

  it('keeps each kind of trouble until it is over, and shows the later of its two waits', async () => {
    const desk = await ReplicaDesk.joined({ min: 0, idleAfterMs: 2000 }, 1);
    desk.waiting = 0;
    desk.provider.moods.stop = 'fails';
    await desk.seconds(6);
    desk.provider.moods.list = 'fails';
    await desk.seconds(40);
    expect(desk.view.lastError).to.contain('does not say which replicas run');
    expect(desk.view.retryInMs).to.be.greaterThan(5000);
    desk.provider.moods.list = 'works';
    await desk.seconds(40);
    expect(desk.view.lastError).to.contain('could not be stopped');
    desk.provider.moods.stop = 'works';
    await desk.seconds(60);
    expect(desk.view.lastError).to.equal(null);
  });

  it('takes several slaves that say they are one replica for idle only together, and says it once', async () => {
    const desk = new ReplicaDesk({ min: 0, idleAfterMs: 3000 });
    desk.waiting = 1;
    await desk.seconds(2);
    desk.join('web-1');
    desk.join('web-1', 2, 'twin');
    desk.waiting = 0;
    await desk.seconds(1);
    const leases = [desk.pool.pick('forward:web', 1)!, desk.pool.pick('forward:web', 1)!];
    const old = leases.find(({ member }) => member.profile.id === 'web-1')!;
    desk.pool.settle(
      leases.find((lease) => lease !== old)!,
      'ok',
    );
    await desk.seconds(20);
    expect(desk.drained).to.deep.equal([]);
    for (const id of ['web-1', 'twin']) desk.pool.transition(desk.pool.member(id)!, 'drain-asked');
    await desk.seconds(5);
    expect(desk.provider.stopped).to.deep.equal([]);
    expect(desk.view.replicas[0]).to.include({ state: 'draining', slave: 'web-1, twin' });
    desk.pool.settle(old, 'ok');
    await desk.seconds(2);
    expect(desk.provider.stopped).to.deep.equal(['web-1']);
    expect(desk.warnings).to.deep.equal(['several slaves say that they are the same replica']);
  });

  it('does not stop one that joined while its start was said to fail', async () => {
    const desk = new ReplicaDesk();
    let fail: ((error: Error) => void) | undefined;
    desk.provider.start = () => new Promise((_, reject) => (fail = reject));
    await desk.seconds(2);
    desk.provider.run('web-1');
    desk.join('web-1');
    desk.pool.pick('forward:web', 1);
    fail!(new Error('no answer'));
    // It is heard before the next look.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    await desk.seconds(3);
    expect(desk.provider.stopped).to.deep.equal([]);
    expect(desk.states).to.deep.equal(['web-1/ready']);
  });

  it('goes down to a smaller maximum at once', async () => {
    const desk = new ReplicaDesk({ min: 1, max: 2 });
    for (const id of ['old-1', 'old-2', 'old-3', 'old-4']) {
      desk.provider.run(id);
      desk.join(id);
    }
    const lease = desk.pool.pick('forward:web', 1)!;
    await desk.seconds(4);
    expect(desk.view).to.include({ wanted: 2, actual: 2 });
    expect(desk.states).to.include(`${lease.member.profile.id}/ready`);
  });

  it('leaves alone what it found and did not start, when that never joins, and says so', async () => {
    const desk = new ReplicaDesk();
    desk.provider.run('theirs');
    await desk.seconds(70);
    desk.joinAll();
    desk.pool.transition(desk.pool.member('theirs')!, 'left');
    await desk.seconds(20);
    expect(desk.provider.stopped).not.to.include('theirs');
    expect(desk.warnings.filter((sentence) => sentence.includes('left alone'))).to.have.lengthOf.at.least(1);
  });

  it('leaves them alone at its end, too', async () => {
    const desk = new ReplicaDesk();
    for (const id of ['theirs', 'mine']) desk.provider.run(id);
    desk.join('mine');
    await desk.seconds(3);
    const closing = desk.scaler.close(1000);
    await desk.seconds(3);
    await closing;
    expect([...desk.provider.replicas.keys()]).to.deep.equal(['theirs']);
  });
});
