// A monitor's link to a real master: joins and leaves as they happen, a master that is killed and comes back, and strangers.
import { connect } from 'node:net';
import { expect } from 'chai';
import { encodeBatch } from '../../src/common/protocol/framing.ts';
import { MONITOR_ROLE, Tag } from '../../src/common/protocol/messages.ts';
import { SETTLE_MS } from '../../src/monitor/session.ts';
import { startCluster, startMaster, startSlave, stopAll, type Cluster } from '../support/cluster.ts';
import { inParallel } from '../support/http.ts';
import { stopMonitors, TestMonitor } from '../support/monitor.ts';
import { bytes, integer, seeded } from '../support/seed.ts';
import { eventually, sleep } from '../support/wait.ts';

/** A test machine may be three times as slow as the figure (DESIGN §7). */
const SLACK = process.env['CI'] === 'true' ? 3 : 1;

describe('a monitor', () => {
  let cluster: Cluster;
  let monitor: TestMonitor;

  afterEach(async () => {
    stopMonitors();
    await stopAll();
  });

  async function start(slaves: number, args: readonly string[] = []): Promise<void> {
    cluster = await startCluster({ slaves: Array.from({ length: slaves }, () => args) });
    monitor = await TestMonitor.start(cluster.master.discoveryPort);
    await monitor.knows(cluster.slaves.map((_, i) => `s${i + 1}`).join());
  }

  it('learns of all slaves, of one that leaves, of one that is killed, and of one that joins', async () => {
    await start(3, ['--label', 'rack=7']);
    const { master, slaves } = cluster;
    const [first] = monitor.session.slaves!;
    expect(first).to.deep.include({ address: '127.0.0.1', metricsPort: slaves[0]!.metricsPort, labels: { rack: '7' } });
    expect(first!.instanceId).to.equal((await master.slaves())[0]!.id);

    slaves[1]!.kill('SIGTERM');
    await slaves[1]!.exited;
    expect(await monitor.knows('s1,s3')).to.be.below(1000 * SLACK);

    slaves[2]!.kill('SIGKILL');
    expect(await monitor.knows('s1')).to.be.below(1500 * SLACK);

    const late = await startSlave(master.discoveryPort, { args: ['--name', 's9'] });
    await late.log('joined');
    expect(await monitor.knows('s1,s9')).to.be.below(1000 * SLACK);
    expect(monitor.told.map((slaves) => slaves.map(({ name }) => name).join())).to.deep.equal([
      's1,s2,s3',
      's1,s3',
      's1',
      's1,s9',
    ]);
    const joined = master.logs.filter(({ msg }) => msg.startsWith('monitor '));
    expect(joined.map(({ msg, monitors, level }) => [msg, monitors, level])).to.deep.equal([['monitor joined', 1, 30]]);
  });

  it('that is there before its master finds it, and knows that there are no slaves', async () => {
    const before = await startMaster();
    const { discoveryPort } = before;
    await before.end();
    monitor = await TestMonitor.start(discoveryPort);
    await sleep(300);
    expect([monitor.session.joined, monitor.session.slaves]).to.deep.equal([false, undefined]);
    await startMaster({ discoveryPort });
    await monitor.knows('');
    expect(monitor.told).to.deep.equal([[]]);
  });

  it('keeps its slaves while the master is killed and comes back, and has the right ones after that', async function () {
    this.timeout(60_000);
    await start(3);
    const { master, slaves } = cluster;
    const tellings = monitor.told.length;
    slaves[2]!.kill('SIGSTOP');
    master.kill('SIGKILL');
    await eventually('it notices', () => !monitor.session.joined);
    expect(monitor.names).to.equal('s1,s2,s3');
    const next = await startMaster({ discoveryPort: master.discoveryPort });
    await eventually('it is back', () => monitor.session.joined, 5000 * SLACK);
    await startSlave(next.discoveryPort, { args: ['--name', 's4'] });
    await monitor.knows('s1,s2,s3,s4', SETTLE_MS);
    await next.members(3);
    const told = monitor.told.slice(tellings).map((slaves) => slaves.map(({ name }) => name).join());
    expect(told, 'nothing is taken away and put back').to.deep.equal(['s1,s2,s3,s4']);
    await monitor.knows('s1,s2,s4', SETTLE_MS + 5000);
    expect((await next.slaves()).map(({ name }) => name).sort()).to.deep.equal(['s1', 's2', 's4']);
    slaves[2]!.kill('SIGCONT');
    await monitor.knows('s1,s2,s3,s4', 10_000);
  });

  it('is told goodbye by a master that ends, and forgotten by one when it ends itself', async () => {
    await start(1);
    const { master } = cluster;
    const other = await TestMonitor.start(master.discoveryPort);
    await other.knows('s1');
    other.stop();
    const left = await master.log('monitor left');
    expect([left['monitors'], left['reason']]).to.deep.equal([1, 'ended by the peer']);
    master.kill('SIGTERM');
    expect(await master.exited).to.deep.equal({ code: 0, signal: null });
    expect(monitor.logs.filter(({ level }) => level === 'warn').map(({ fields }) => fields['reason'])).to.deep.equal([
      'ended by the peer',
    ]);
    expect(monitor.names).to.equal('s1');
  });

  it('loses nothing to strangers: random bytes and wrong hellos cost their own connections', () =>
    seeded(async (random) => {
      await start(1);
      const { port } = monitor.listener;
      let closed = 0;
      const hello = (role: number, nonce: string): Uint8Array =>
        encodeBatch([[Tag.Hello, role, nonce, 'm', 1, 1, 1]]).frames[0]!;
      const rubbish = (): Uint8Array => {
        switch (integer(random, 0, 3)) {
          case 0:
            return hello(integer(random, 0, MONITOR_ROLE), 'guessed');
          case 1:
            return encodeBatch([[Tag.Slaves, 1, true, []]]).frames[0]!;
          case 2:
            return Uint8Array.of(0, 0, integer(random, 0, 8), integer(random, 0, 255), ...bytes(random, 2000));
          default:
            return bytes(random, integer(random, 0, 2000));
        }
      };
      const visit = (data: Uint8Array): Promise<void> =>
        new Promise((resolve) => {
          const socket = connect({ host: '127.0.0.1', port });
          socket.setTimeout(50, () => socket.destroy());
          socket
            .on('error', () => undefined)
            .on('close', () => {
              closed++;
              resolve();
            });
          socket.resume().write(data);
        });
      await inParallel(500, 20, () => visit(rubbish()));
      expect(closed).to.equal(500);
      expect([monitor.session.joined, monitor.names, monitor.told.length]).to.deep.equal([true, 's1', 1]);
      expect(monitor.logs.filter(({ level }) => level === 'warn')).to.deep.equal([]);
      const late = await startSlave(cluster.master.discoveryPort, { args: ['--name', 's2'] });
      await late.log('joined');
      await monitor.knows('s1,s2');
    }));
});
