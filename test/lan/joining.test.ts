// A master and three slave hosts: twenty slaves join without being told anything, and work.
import { expect } from 'chai';
import { median, report } from '../support/lan/figures.ts';
import type { Host } from '../support/lan/host.ts';
import { Lan } from '../support/lan/lan.ts';
import { startMaster, type Master } from '../support/lan/master.ts';
import type { LanNode } from '../support/lan/lan-node.ts';
import { expectAllRight, fib } from '../support/lan/questions.ts';
import { joinTimeMs, startSlave } from '../support/lan/slaves.ts';
import { tcpConnections } from '../support/lan/sockets.ts';

const SLAVES = 20;
/** Node takes a third of a second of CPU to start: so many at once, or starting would be measured and not joining. */
const AT_ONCE = 4;

describe('LAN: twenty joins', () => {
  let lan: Lan;
  let master: Master;
  let hosts: Host[];
  const slaves: LanNode[] = [];

  before(async () => {
    lan = new Lan();
    const masterHost = lan.host('m', '10.77.0.1/24');
    hosts = [2, 3, 4].map((n) => lan.host(`s${n.toString()}`, `10.77.0.${n.toString()}/24`));
    master = await startMaster(masterHost);
  });
  after(() => lan.remove());

  it('succeed, within a second of the first packet at the median', async () => {
    const times: number[] = [];
    while (slaves.length < SLAVES) {
      const wave = hostsFor(slaves.length).map((host) => startSlave(host));
      slaves.push(...wave);
      times.push(...(await Promise.all(wave.map((slave) => joinTimeMs(slave, 10_000)))));
    }
    report('20 joins, ms', { median: median(times), slowest: Math.max(...times) });
    expect(times).to.have.length(SLAVES);
    expect(median(times)).to.be.below(1000);
  });

  it('make twenty members, each known by the address of its host', async () => {
    const members = await master.slaves();
    expect(members.map(({ state }) => state)).to.deep.equal(slaves.map(() => 'ready'));
    expect(members.map(({ address }) => address)).to.have.members(slaves.map(loadAddress));
  });

  it('open exactly three connections per slave, one to each of its ports', () => {
    const connections = tcpConnections(master.node).map(({ peer }) => peer);
    const expected = slaves.flatMap((slave) => slave.ports.map((port) => `${slave.host.address}:${port.toString()}`));
    expect(connections).to.have.members(expected);
    expect(connections).to.have.length(3 * SLAVES);
    for (const slave of slaves) expect(tcpConnections(slave)).to.have.length(3);
  });

  it('give every slave work, and every answer is right', async () => {
    const questions = Array.from({ length: 10 * SLAVES }, (_, i) => fib(i * 7));
    const answers = await Promise.all(questions.map((question) => master.ask(question)));
    expectAllRight(answers);
    expect(new Set(answers.map(({ slave }) => slave)).size).to.equal(SLAVES);
  });

  it('are undone within a second by kill -9', async () => {
    const victims = slaves.slice(0, 5);
    const times = await Promise.all(victims.map((victim) => killedAndGone(master, victim)));
    report('kill -9 until gone, ms', { median: median(times), slowest: Math.max(...times) });
    expect(Math.max(...times)).to.be.below(1000);
    expect(await master.slaves()).to.have.length(SLAVES - victims.length);
  });

  /** The next few hosts in turn. */
  function hostsFor(started: number): Host[] {
    const count = Math.min(AT_ONCE, SLAVES - started);
    return Array.from({ length: count }, (_, i) => hosts[(started + i) % hosts.length]!);
  }
});

function loadAddress(slave: LanNode): string {
  return `${slave.host.address}:${slave.ports[0]!.toString()}`;
}

async function killedAndGone(master: Master, victim: LanNode): Promise<number> {
  const killedAtMs = Date.now();
  victim.kill('SIGKILL');
  const gone = await master.node.until('slave changed', { with: { id: victim.id, to: 'gone', reason: 'died' } });
  return gone.atMs - killedAtMs;
}
