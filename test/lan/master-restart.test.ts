// The master is killed in the midst of work and started again, or started long after its slaves.
import { expect } from 'chai';
import { report } from '../support/lan/figures.ts';
import type { Host } from '../support/lan/host.ts';
import type { Lan } from '../support/lan/lan.ts';
import { startMaster, type Master } from '../support/lan/master.ts';
import type { LanNode } from '../support/lan/lan-node.ts';
import { expectAllRight, reverse, type TaskAnswer } from '../support/lan/questions.ts';
import { RequestStream } from '../support/lan/request-stream.ts';
import { together } from '../support/lan/scenarios.ts';
import { sleep } from '../support/wait.ts';
import { startSlave, startSlaves } from '../support/lan/slaves.ts';

const BACK_MS = 5000;
/** Ends while there is no master: its result waits at the slave for a master that never ordered it. */
const SHORT_MS = 1000;
/** Would keep a thread busy until long after the restart. */
const LONG_MS = 30_000;
const OUTAGE_MS = 1500;
/** New work must not wait for the old master's. */
const NEW_WORK_MS = 3000;

describe('LAN: the master is restarted', function () {
  this.timeout(60_000);

  together({
    'after kill -9: all slaves are back within 5 s': async (lan) => {
      const { host, slaves } = await cluster(lan, (master) => new RequestStream(master, 20));
      const { master, startedMs } = await restart(host);
      const times = await Promise.all(slaves.map((slave) => backAfterMs(slave, startedMs)));
      report('back after a restart', { 'slowest ms': Math.max(...times) });
      expect(Math.max(...times)).to.be.below(BACK_MS);
      expect((await master.slaves()).map(({ name, state }) => [name, state])).to.have.deep.members([
        ['a', 'ready'],
        ['b', 'ready'],
        ['c', 'ready'],
      ]);
    },

    'with tasks running: no answer of the old master reaches the new one': async (lan) => {
      const old: Promise<TaskAnswer>[] = [];
      const { host, slaves } = await cluster(lan, (master) => old.push(...oldWork(master)));
      await sleep(OUTAGE_MS);
      const { master, startedMs } = await restart(host);
      await Promise.all(slaves.map((slave) => slave.until('joined', { sinceMs: startedMs })));
      const stream = new RequestStream(master, 20);
      await sleep(3000);
      const answers = await stream.stop();
      const slowestMs = Math.max(...answers.map(({ tookMs }) => tookMs));
      const foreign = (await master.metrics()).sum('lanyard_results_dropped_total', { reason: 'foreign' });
      report('new work after a restart', { 'slowest ms': slowestMs, 'foreign results': foreign });
      expectAllRight(answers);
      expect(new Set(answers.map(({ slave }) => slave))).to.deep.equal(new Set(['a', 'b', 'c']));
      expect(slowestMs).to.be.below(NEW_WORK_MS);
      expect((await Promise.all(old)).map(({ status }) => status)).to.deep.equal(old.map(() => 0));
    },

    'long after its slaves: they are still looking, and join': async (lan) => {
      const host = lan.host('m', '10.77.0.1/24');
      const slave = startSlave(lan.host('s', '10.77.0.2/24'));
      await slave.until('looking for a master');
      await sleep(7000);
      const { node } = await startMaster(host);
      const { atMs } = await slave.until('joined', { timeoutMs: BACK_MS });
      const tookMs = atMs - node.logged('waiting for slaves')[0]!.atMs;
      report('slave before master', { 'joined after ms': tookMs });
      expect(tookMs).to.be.below(4000);
    },
  });
});

/** A master that gets work through `begin` and is killed in the midst of it, and its three slaves. */
async function cluster(lan: Lan, begin: (master: Master) => unknown): Promise<{ host: Host; slaves: LanNode[] }> {
  const host = lan.host('m', '10.77.0.1/24');
  const master = await startMaster(host);
  const [a, b, c] = ['a', 'b', 'c'].map((name, i) => lan.host(name, `10.77.0.${(i + 2).toString()}/24`));
  const slaves = await startSlaves({ a: a!, b: b!, c: c! });
  begin(master);
  await sleep(SHORT_MS / 2);
  master.node.kill('SIGKILL');
  await master.node.exited;
  return { host, slaves };
}

/** Three tasks that end soon and three that do not: each slave gets one of each. */
function oldWork(master: Master): Promise<TaskAnswer>[] {
  return [SHORT_MS, SHORT_MS, SHORT_MS, LONG_MS, LONG_MS, LONG_MS].map((workMs, i) =>
    master.ask(reverse(`old ${i.toString()}`, workMs)),
  );
}

async function restart(host: Host): Promise<{ master: Master; startedMs: number }> {
  const startedMs = Date.now();
  return { startedMs, master: await startMaster(host) };
}

async function backAfterMs(slave: LanNode, startedMs: number): Promise<number> {
  const { atMs } = await slave.until('joined', { sinceMs: startedMs });
  return atMs - startedMs;
}
