// GetBackend without a service names a slave, and the call to it runs a task; the master's leases end as calls arrive there.
import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { Compute, type LoadBalancer, type TaskRequest, type TaskResponse } from '../../examples/look-aside/lanyard.ts';
import { type Cluster, startCluster, stopAll } from '../support/cluster.ts';
import { connect, endLookAside, statusOf } from '../support/look-aside.ts';
import { eventually } from '../support/wait.ts';

const FIB_80 = '23416728348467685';

describe('look-aside calls to slaves', () => {
  let cluster: Cluster;
  let balancer: LoadBalancer;

  before(async () => {
    // Leases that no test lives to see end by time.
    cluster = await startCluster({ grpc: true, master: ['round-robin', '--lookaside-lease', '10m'] });
    balancer = connect(cluster.master);
  });
  after(async () => {
    endLookAside();
    await stopAll();
  });

  async function compute(service: string, task: TaskRequest): Promise<TaskResponse> {
    const slave = new Compute(await balancer.getBackend(service));
    try {
      return await slave.computeTask(task, 20_000);
    } finally {
      slave.close();
    }
  }

  const openLeases = async (): Promise<number> => (await cluster.master.metrics()).sum('lanyard_lookaside_leases');

  it('the slave that is named computes fib(80), in turn', async () => {
    const answers: TaskResponse[] = [];
    for (const service of ['', 'compute']) answers.push(await compute(service, { type: 'fib', params: { n: '80' } }));
    expect(answers.map(({ text }) => text)).to.deep.equal([FIB_80, FIB_80]);
    expect(answers.map(({ slave }) => slave).sort()).to.deep.equal(['s1', 's2']);
  });

  it('a lease ends when its call has arrived, and stays open for a client that does not call', async () => {
    await eventually('no lease is open', async () => (await openLeases()) === 0);
    const named = [await balancer.getBackend(''), await balancer.getBackend(''), await balancer.getBackend('')];
    expect(await openLeases()).to.equal(3);
    const slaves = named.map((place) => new Compute(place));
    const [first, second] = slaves;
    await first!.computeTask({ type: 'fib', params: { n: '10' } }, 20_000);
    await eventually('one has ended', async () => (await openLeases()) === 2);
    await second!.computeTask({ type: 'fib', params: { n: '10' } }, 20_000);
    await eventually('another has ended', async () => (await openLeases()) === 1);
    for (const slave of slaves) slave.close();
    const ended = await cluster.master.metrics();
    expect(ended.sum('lanyard_lookaside_leases_ended_total', { reason: 'expired' })).to.equal(0);
  });

  it('a bad parameter is refused by the slave, which goes on', async () => {
    const slave = new Compute(await balancer.getBackend(''));
    expect(await statusOf(slave.computeTask({ type: 'fib', params: { n: '-1' } }, 20_000))).to.equal(
      status.INVALID_ARGUMENT,
    );
    const { text } = await slave.computeTask({ type: 'reverse', params: { text: 'lanyard' } }, 20_000);
    expect(text).to.equal('draynal');
    slave.close();
  });
});
