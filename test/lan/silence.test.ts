// A slave stops answering in the midst of work, in three ways. The others answer for it, and nothing is lost.
import { expect } from 'chai';
import { report } from '../support/lan/figures.ts';
import type { Lan } from '../support/lan/lan.ts';
import { startMaster, type Master } from '../support/lan/master.ts';
import type { LanNode } from '../support/lan/lan-node.ts';
import { expectAllRight, type TaskAnswer } from '../support/lan/questions.ts';
import { RequestStream } from '../support/lan/request-stream.ts';
import { sleepUntil, together } from '../support/lan/scenarios.ts';
import { sleep } from '../support/wait.ts';
import { startSlaves } from '../support/lan/slaves.ts';

/** Of three slaves, the one that something happens to. */
const VICTIM = 'b';
const NO_NEW_WORK_MS = 4500;
/** An idle cluster answers within milliseconds; only what waits for the victim takes longer than this. */
const SOON_MS = 2000;
const ANSWERED_ELSEWHERE_MS = 9000;
/** Requests go on for so long after the strike. */
const WATCHED_MS = 9500;

interface Cluster {
  readonly master: Master;
  readonly victim: LanNode;
}

describe('LAN: a slave falls silent', function () {
  this.timeout(60_000);

  together({
    'killed by kill -9: gone within a second, its requests are answered by others': async (lan) => {
      const cluster = await threeSlaves(lan);
      const { answers, strikeMs } = await strikeAmidRequests(cluster, 3000, () => cluster.victim.kill('SIGKILL'));
      const gone = await cluster.master.member(VICTIM, 'gone', { with: { reason: 'died' } });
      report('kill -9', { 'gone after ms': gone.atMs - strikeMs, 'slowest ms': slowest(answers) });
      expect(gone.atMs - strikeMs).to.be.below(1000);
      expectAllRight(answers);
      expectNoneFromVictim(answers, strikeMs + 1000);
    },

    'its cable pulled: no new work after 4.5 s, its requests are answered by others within 9 s': async (lan) => {
      const cluster = await threeSlaves(lan);
      const { cable } = cluster.victim.host;
      const { answers, strikeMs } = await strikeAmidRequests(cluster, WATCHED_MS, () => cable.pull());
      await expectTakenOver(cluster, answers, strikeMs, 'cable pulled');
      const pluggedInMs = Date.now();
      cable.plugIn();
      await expectBack(cluster, pluggedInMs);
    },

    'stopped by SIGSTOP: no new work after 4.5 s, its requests are answered by others within 9 s': async (lan) => {
      const cluster = await threeSlaves(lan);
      const { answers, strikeMs } = await strikeAmidRequests(cluster, WATCHED_MS, () => cluster.victim.kill('SIGSTOP'));
      await expectTakenOver(cluster, answers, strikeMs, 'SIGSTOP');
      const continuedMs = Date.now();
      cluster.victim.kill('SIGCONT');
      await expectBack(cluster, continuedMs);
    },
  });
});

async function threeSlaves(lan: Lan): Promise<Cluster> {
  const master = await startMaster(lan.host('m', '10.77.0.1/24'));
  const hosts = {
    a: lan.host('a', '10.77.0.2/24'),
    b: lan.host('b', '10.77.0.3/24'),
    c: lan.host('c', '10.77.0.4/24'),
  };
  const [, victim] = await startSlaves(hosts);
  return { master, victim: victim! };
}

/** Requests come all the time; after a while `strike` happens; they go on for `watchedMs` and are all waited for. */
async function strikeAmidRequests(
  { master }: Cluster,
  watchedMs: number,
  strike: () => void,
): Promise<{ answers: TaskAnswer[]; strikeMs: number }> {
  const stream = new RequestStream(master, 50, '20s');
  await sleep(1500); // threads have started
  strike();
  const strikeMs = Date.now();
  await sleepUntil(strikeMs + watchedMs);
  return { answers: await stream.stop(), strikeMs };
}

async function expectTakenOver(
  { master }: Cluster,
  answers: readonly TaskAnswer[],
  strikeMs: number,
  what: string,
): Promise<void> {
  const suspect = await master.member(VICTIM, 'suspect', { sinceMs: strikeMs });
  const gone = await master.member(VICTIM, 'gone', { sinceMs: strikeMs });
  const waited = answers.filter(({ attempts, tookMs }) => attempts > 1 && tookMs > NO_NEW_WORK_MS);
  const figures = { 'suspect after ms': suspect.atMs - strikeMs, 'gone after ms': gone.atMs - strikeMs };
  report(what, { ...figures, 'taken over': waited.length, 'slowest ms': slowest(answers) });
  expectAllRight(answers);
  expect(waited, 'requests that waited at the victim').not.to.be.empty;
  expect(suspect.atMs - strikeMs).to.be.below(NO_NEW_WORK_MS);
  expect(slowest(answers)).to.be.below(ANSWERED_ELSEWHERE_MS);
  expectNoneFromVictim(answers, strikeMs + NO_NEW_WORK_MS);
}

/** Whoever asks later than this is served soon, by another slave. */
function expectNoneFromVictim(answers: readonly TaskAnswer[], afterMs: number): void {
  const later = answers.filter(({ sentAtMs }) => sentAtMs > afterMs);
  expect(later).not.to.be.empty;
  expect(later.filter(({ slave, tookMs }) => slave === VICTIM || tookMs > SOON_MS)).to.deep.equal([]);
}

/** The victim is a member once more and works; what it says about old tasks is not counted twice. */
async function expectBack({ master }: Cluster, sinceMs: number): Promise<void> {
  const back = await master.member(VICTIM, 'joined', { sinceMs });
  report('back in the cluster', { ms: back.atMs - sinceMs });
  expect(back.atMs - sinceMs).to.be.below(5000);
  const stream = new RequestStream(master, 20);
  await sleep(1000);
  const answers = await stream.stop();
  expectAllRight(answers);
  expect(answers.map(({ slave }) => slave)).to.include(VICTIM);
  expect((await master.slaves()).map(({ name, leases }) => [name, leases])).to.have.deep.members([
    ['a', 0],
    ['b', 0],
    ['c', 0],
  ]);
}

function slowest(answers: readonly TaskAnswer[]): number {
  return Math.max(...answers.map(({ tookMs }) => tookMs));
}
