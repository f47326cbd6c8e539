// Every host loses 30 % of what arrives. Slaves still join, and though members may come and go, no task is lost.
import { expect } from 'chai';
import { median, report } from '../support/lan/figures.ts';
import type { Host } from '../support/lan/host.ts';
import { Lan } from '../support/lan/lan.ts';
import { startMaster, type Master } from '../support/lan/master.ts';
import type { LanNode } from '../support/lan/lan-node.ts';
import { expectAllRight } from '../support/lan/questions.ts';
import { RequestStream } from '../support/lan/request-stream.ts';
import { sleep } from '../support/wait.ts';
import { joinTimeMs, startSlave } from '../support/lan/slaves.ts';

const LOSS_PERCENT = 30;
const SLAVES = 20;
const JOIN_LIMIT_MS = 60_000;
const STREAM_MS = 10_000;

describe('LAN: 30 % packet loss on every host', function () {
  this.timeout(120_000);
  let lan: Lan;
  let hosts: Host[];
  let master: Master;
  let slaves: LanNode[];

  before(async () => {
    lan = new Lan();
    hosts = [1, 2, 3, 4].map((n) => lan.host(`h${n.toString()}`, `10.77.0.${n.toString()}/24`));
    for (const host of hosts) host.loseInput(LOSS_PERCENT);
    const [masterHost, ...slaveHosts] = hosts;
    master = await startMaster(masterHost!);
    slaves = Array.from({ length: SLAVES }, (_, i) => startSlave(slaveHosts[i % slaveHosts.length]!));
  });
  after(() => lan.remove());

  it('lets twenty slaves join within a minute, half of them within 8 s', async () => {
    const times = await Promise.all(slaves.map((slave) => joinTimeMs(slave, JOIN_LIMIT_MS)));
    report('20 joins under loss, ms', { median: median(times), slowest: Math.max(...times) });
    expect(Math.max(...times)).to.be.below(JOIN_LIMIT_MS);
    expect(median(times)).to.be.below(8000);
  });

  it('loses no task: every request of a stream is answered, and right', async () => {
    const stream = new RequestStream(master, 20);
    await sleep(STREAM_MS);
    const answers = await stream.stop();
    report('stream under loss', {
      requests: answers.length,
      'median ms': median(answers.map(({ tookMs }) => tookMs)),
      'slowest ms': Math.max(...answers.map(({ tookMs }) => tookMs)),
      'most attempts': Math.max(...answers.map(({ attempts }) => attempts)),
      'members that were gone': master.node.logged('slave changed', { with: { to: 'gone' } }).length,
    });
    expectAllRight(answers);
  });

  it('takes no slave for dead: their processes all live', () => {
    const died = master.node.logged('slave changed', { with: { to: 'gone', reason: 'died' } });
    expect(died.map(({ slave, time }) => [slave, time])).to.deep.equal([]);
  });

  it('leaves twenty ready members when it is over', async () => {
    for (const host of hosts) host.loseNothing();
    await master.untilReady(SLAVES, 20_000);
  });
});
