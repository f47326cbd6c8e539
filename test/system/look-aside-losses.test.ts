// Backends and masters that die: a client asks again, the dead backend is no longer named, and a new master gets its backends back.
import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { reverse } from '../../examples/look-aside/client.ts';
import { Compute } from '../../examples/look-aside/lanyard.ts';
import { startMaster, stopAll } from '../support/cluster.ts';
import { backendsOf, connect, endLookAside, startBackend, statusOf } from '../support/look-aside.ts';
import { eventually } from '../support/wait.ts';

const WORK = { service: 'reverse', text: 'lanyard', workMs: 5, timeoutMs: 30_000 };
const TASK = { type: 'reverse', params: { text: 'lanyard', workMs: '5' } };

describe('look-aside, when something dies', () => {
  afterEach(async () => {
    endLookAside();
    await stopAll();
  });

  it('a backend that dies between GetBackend and the call: the client asks again; it becomes suspect, then gone', async () => {
    const args = ['least-load', '--lookaside-lease', 'off', '--report-interval', '400ms', '--grace', '1s'];
    const master = await startMaster({ grpc: true, args });
    const first = await startBackend(master, 'first');
    await startBackend(master, 'second', { idleLoad: 5 });
    const balancer = connect(master);
    const told = await balancer.getBackend('reverse');
    expect(told.id).to.equal('first');
    first.stop();

    const compute = new Compute(told);
    expect(await statusOf(compute.computeTask(TASK, 5000))).to.equal(status.UNAVAILABLE);
    compute.close();
    const outcome = await reverse(balancer, 'client', WORK);
    expect(outcome).to.include({ kind: 'right', backend: 'second' });
    expect(outcome.retries).to.be.at.least(1);

    const { from, to, reason } = await master.log('backend changed', ({ backend }) => backend === 'first');
    expect({ from, to, reason }).to.deep.equal({ from: 'ready', to: 'suspect', reason: 'silent' });
    await eventually('it is gone', async () => {
      const backends = await backendsOf(master);
      return backends.every(({ id }) => id !== 'first') && backends.length === 1;
    });
    expect(await statusOf(balancer.reportLoad('first', 0)), 'a report of who is gone').to.equal(status.NOT_FOUND);
    expect(await statusOf(balancer.reportLoad('nobody', 0)), 'a report of nobody').to.equal(status.NOT_FOUND);
    expect(await statusOf(balancer.getBackend('other')), 'a service of nobody').to.equal(status.UNAVAILABLE);
    expect(await statusOf(balancer.getBackend('')), 'without slaves').to.equal(status.UNAVAILABLE);
    expect((await reverse(balancer, 'client', WORK)).kind).to.equal('right');
  });

  it('a master that is started again at the same port: backends register again, and it goes on', async () => {
    const args = ['round-robin', '--report-interval', '300ms'];
    const before = await startMaster({ grpc: true, args });
    await startBackend(before, 'a');
    await startBackend(before, 'b');
    await before.end();
    const after = await startMaster({ args: [...args, '--grpc-port', before.grpcPort.toString()] });
    expect(after.grpcPort).to.equal(before.grpcPort);
    const balancer = connect(after);
    // Whoever asks too early is told that there is nobody yet, and may ask again.
    expect((await reverse(balancer, 'client', WORK)).kind).to.equal('right');
    await eventually('both are back', async () => (await backendsOf(after)).length === 2);
    const named = [await reverse(balancer, 'client', WORK), await reverse(balancer, 'client', WORK)];
    expect(named.map((outcome) => outcome.kind !== 'failed' && outcome.backend).sort()).to.deep.equal(['a', 'b']);
  });
});
