// How slaves come to their master: refused with a reason, let in when there is room, found again after a restart.
import { expect } from 'chai';
import { startCluster, startMaster, startSlave, stopAll, type Master } from '../support/cluster.ts';
import { freeDiscoveryPort } from '../support/ports.ts';
import { eventually } from '../support/wait.ts';

const SLACK = process.env['CI'] === 'true' ? 3 : 1;
const names = async (master: Master): Promise<string[]> => (await master.slaves()).map(({ name }) => name);

describe('a slave', () => {
  afterEach(stopAll);

  it('that finds the pool full says so, and joins when there is a place', async () => {
    const { master, slaves } = await startCluster({ master: ['--max-slaves', '1'], slaves: [[]] });
    const second = await startSlave(master.discoveryPort, { args: ['--name', 'second'] });
    const refused = await second.log('refused by a master');
    expect(refused).to.include({ reason: 'pool-full', address: '127.0.0.1', level: 40 });
    expect(refused['detail']).to.equal('the pool is full: 1 slaves (--max-slaves)');
    expect(refused['master']).to.be.a('string').that.is.not.empty;
    expect(await names(master)).to.deep.equal(['s1']);
    slaves[0]!.kill('SIGKILL');
    await second.log('joined');
    expect(await names(master)).to.deep.equal(['second']);
  });

  it('of another cluster is told whose master it is, and joins its own', async () => {
    const master = await startMaster({ args: ['--cluster', 'hall'] });
    const stranger = await startSlave(master.discoveryPort, { args: ['--cluster', 'room'] });
    const refused = await stranger.log('refused by a master');
    expect(refused['reason']).to.equal('wrong-cluster');
    expect(refused['detail']).to.equal("the master's cluster is hall, this node's is room");
    await startSlave(master.discoveryPort, { args: ['--cluster', 'hall', '--name', 'own'] });
    await master.members(1);
    expect(await names(master)).to.deep.equal(['own']);
  });

  it('with the address of a master asks only there', async () => {
    const master = await startMaster();
    const elsewhere = await freeDiscoveryPort();
    const slave = await startSlave(elsewhere, { args: ['--master', `127.0.0.1:${master.discoveryPort}`] });
    expect((await slave.log('looking for a master'))['addresses']).to.deep.equal(['127.0.0.1']);
    await master.members(1);
  });

  it('that is there before its master joins as soon as it comes', async () => {
    const discoveryPort = await freeDiscoveryPort();
    const slave = await startSlave(discoveryPort);
    const master = await startMaster({ discoveryPort });
    await slave.log('joined', undefined, 5000);
    await master.members(1);
  });

  it('finds its master again within 5 s after a restart, with what it ran for the old one ended', async () => {
    const { master, slaves } = await startCluster({ slaves: [[], []] });
    const lost = master.get('/task?type=burn&ms=600000').then(
      () => 'answered',
      () => 'connection lost',
    );
    await eventually('it runs', async () => {
      const pages = await Promise.all(slaves.map((slave) => slave.metrics()));
      return pages.some((page) => page.sum('lanyard_tasks_running') === 1);
    });
    const oldUrl = master.url;
    master.kill('SIGKILL');
    await master.exited;
    expect(await lost).to.equal('connection lost');
    const next = await startMaster({ discoveryPort: master.discoveryPort });
    await next.members(2, 5000 * SLACK);
    expect(next.url).not.to.equal(oldUrl);
    await eventually('the old task is ended', async () => {
      const pages = await Promise.all(slaves.map((slave) => slave.metrics()));
      return (
        pages.reduce((sum, page) => sum + page.sum('lanyard_tasks_completed_total', { outcome: 'cancelled' }), 0) === 1
      );
    });
    for (let i = 0; i < 4; i++) expect((await next.get('/task?type=fib&n=80')).body).to.equal('23416728348467685');
    const metrics = await next.metrics();
    expect(metrics.sum('lanyard_tasks_ended_total')).to.equal(4);
    expect(metrics.sum('lanyard_results_dropped_total', { reason: 'late' })).to.equal(0);
    for (const { leases, weight } of await next.slaves()) expect([leases, weight]).to.deep.equal([0, 0]);
  });

  it('that starts anew at the address of a killed one takes its place', async () => {
    const first = await freeDiscoveryPort();
    const args = ['--port-range', `${first}-${first + 2}`, '--name', 'phoenix'];
    const master = await startMaster({ args: ['--grace', '30s', '--poll-interval', '5s'] });
    const old = await startSlave(master.discoveryPort, { args });
    const [before] = await master.members(1);
    await old.end();
    const again = await startSlave(master.discoveryPort, { args });
    await again.log('joined');
    const after = await master.members(1);
    expect(after[0]).to.include({ name: 'phoenix', address: before!.address });
    expect(after[0]!.id).not.to.equal(before!.id);
  });

  it('that is stopped gets no new work, loses what it had, and is a member again when it goes on', async () => {
    const { master, slaves } = await startCluster({
      master: ['--poll-interval', '100ms', '--grace', '300ms'],
      slaves: [[], []],
    });
    slaves[0]!.kill('SIGSTOP');
    const answers = await Promise.all(Array.from({ length: 8 }, () => master.get('/task?type=fib&n=80')));
    for (const { status, headers } of answers) expect([status, headers['x-slave']]).to.deep.equal([200, 's2']);
    const moves = master.logs.filter(({ msg, slave }) => msg === 'slave changed' && slave === 's1');
    expect(moves.map(({ from, to, reason }) => [from, to, reason])).to.deep.equal([
      ['ready', 'suspect', 'silent'],
      ['suspect', 'gone', 'grace-over'],
    ]);
    slaves[0]!.kill('SIGCONT');
    await master.members(2, 10_000);
    expect((await names(master)).sort()).to.deep.equal(['s1', 's2']);
  });
});
