// Monitors that misbehave at a real master: each costs its own connection, tasks go on being answered, and more than 256 are told no.
import { Agent } from 'node:http';
import { expect } from 'chai';
import { encodeBatch } from '../../src/common/protocol/framing.ts';
import { Tag } from '../../src/common/protocol/messages.ts';
import { startCluster, startSlave, stopAll, type Cluster } from '../support/cluster.ts';
import { closeFakeMonitors, FakeMonitor } from '../support/fake-monitor.ts';
import { inParallel } from '../support/http.ts';
import { stopMonitors, TestMonitor } from '../support/monitor.ts';
import { fibonacci } from '../support/reference.ts';
import { bytes, integer, seeded } from '../support/seed.ts';
import { eventually } from '../support/wait.ts';

const ERROR_LEVEL = 50;
const MONITORS_MAX = 256;

describe('monitors that misbehave', () => {
  let cluster: Cluster;
  let good: TestMonitor;
  const agent = new Agent({ keepAlive: true });

  beforeEach(async () => {
    cluster = await startCluster();
    good = await TestMonitor.start(cluster.master.discoveryPort);
    await good.knows('s1,s2');
  });
  afterEach(async () => {
    closeFakeMonitors();
    stopMonitors();
    await stopAll();
  });
  after(() => agent.destroy());

  const join = (first?: Uint8Array): Promise<FakeMonitor> =>
    FakeMonitor.join(cluster.master.discoveryPort, first && { first });

  async function served(): Promise<FakeMonitor> {
    const monitor = await join();
    await eventually('its first request is answered', () => monitor.answerTo(1));
    return monitor;
  }

  /** Asks for tasks and checks the answers until `rudeness` is over; then everybody else must be as before. */
  async function survives(rudeness: () => Promise<void>): Promise<void> {
    const { master, slaves } = cluster;
    let over = false;
    let answered = 0;
    const requests = inParallel(8, 8, async () => {
      // On a busy machine the first ones may take as long as the rudeness: there is one more after them.
      for (let n = 0; !over || n < 2; n++, answered++) {
        const { status, body } = await master.get(`/task?type=fib&n=${n % 1000}`, { agent });
        expect([status, body]).to.deep.equal([200, fibonacci(n % 1000).toString()]);
      }
    });
    await Promise.all([requests, rudeness().finally(() => (over = true))]);
    expect(answered).to.be.above(8);
    for (const node of [master, ...slaves]) {
      expect(node.exit).to.equal(undefined);
      expect(node.logs.filter(({ level }) => level >= ERROR_LEVEL)).to.deep.equal([]);
    }
    expect(master.logs.filter(({ msg }) => msg === 'slave changed')).to.deep.equal([]);
    expect([good.session.joined, good.names, good.told.length]).to.deep.equal([true, 's1,s2', 1]);
    expect(good.logs.filter(({ level }) => level === 'warn')).to.deep.equal([]);
  }

  async function cutOff(monitor: FakeMonitor, reason: RegExp): Promise<void> {
    await eventually('its connection is closed', () => monitor.closedBy, 10_000);
    const left = await cluster.master.log('monitor left', (line) => line['monitor'] === monitor.instanceId);
    expect(left['reason']).to.match(reason);
  }

  it('with garbage, from their first word or later', () =>
    survives(() =>
      seeded(async (random) => {
        for (let i = 0; i < 20; i++) {
          const monitor = await served();
          monitor.write(Uint8Array.of(integer(random, 1, 255), ...bytes(random, integer(random, 100, 2000))));
          await cutOff(monitor, /^frame over 1024 bytes|^malformed|^it sends too much/);
          const never = await join(
            Uint8Array.of(integer(random, 1, 255), ...bytes(random, integer(random, 100, 2000))),
          );
          await eventually('it is turned away', () => never.closedBy);
          never.close();
        }
      }),
    ));

  it('with floods of requests, of messages that mean nothing, and of empty frames', () =>
    survives(async () => {
      const requests = Array.from({ length: 1000 }, (_, i) => [Tag.SlavesRequest, i] as const);
      const asking = await served();
      for (const request of requests) asking.write(encodeBatch([request]).frames[0]!);
      await cutOff(asking, /^it asks more than 10 times a second|^it sends too much/);
      const empty = await served();
      const megabyte = Buffer.concat(Array.from({ length: 200_000 }, () => Uint8Array.of(0, 0, 0, 1, 0x90)));
      for (let i = 0; i < 20; i++) empty.write(megabyte);
      await cutOff(empty, /^it sends too much/);
    }));

  it('and monitors that never read: they do not keep the others waiting', () =>
    survives(async () => {
      const deaf = await served();
      deaf.socket!.pause();
      for (let i = 2; i < 60; i++) {
        deaf.write(encodeBatch([[Tag.SlavesRequest, i]]).frames[0]!);
        await new Promise((resolve) => setTimeout(resolve, 110));
      }
      const { master } = cluster;
      deaf.close();
      await master.log('monitor left', (line) => line['monitor'] === deaf.instanceId);
    }));

  it('are 256 at most: others are told why, and take the place of one that goes', async function () {
    this.timeout(120_000);
    const { master } = cluster;
    const monitors: FakeMonitor[] = [];
    await survives(() =>
      inParallel(300, 50, async () => {
        const monitor = await join();
        monitors.push(monitor);
        if (monitor.answer === 'ack') await eventually('it is served', () => monitor.answerTo(1)?.length === 2, 20_000);
      }),
    );
    const served = monitors.filter(({ answer }) => answer === 'ack');
    const refused = monitors.filter(({ answer }) => answer !== 'ack');
    expect([served.length, refused.length], 'the good one has a place').to.deep.equal([MONITORS_MAX - 1, 45]);
    for (const { answer } of refused) {
      const why = '256 monitors are connected, this master serves no more: stop one of them';
      expect(answer).to.equal(`nak pool-full: ${why}`);
    }
    await (await startSlave(master.discoveryPort, { args: ['--name', 's3'] })).log('joined');
    await good.knows('s1,s2,s3');
    await eventually('all of them hear of it', () => served.every((one) => one.all(Tag.SlaveJoined).length === 1));
    served[0]!.close();
    await master.log('monitor left');
    expect((await join()).answer).to.equal('ack');
  });
});
