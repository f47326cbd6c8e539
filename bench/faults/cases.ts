// The faults, and one run with one of them: what was answered, how soon, and how long the untouched slaves stood still.
import {
  startCluster,
  startMaster,
  startSlave,
  stopAll,
  type Cluster,
  type Master,
} from '../../test/support/cluster.ts';
import { sleep } from '../../test/support/wait.ts';
import { runStream, type Answered } from './stream.ts';

const FAULT_AT_MS = 1500;
const STOPPED_MS = 15_000;
const SLAVES = 3;
/** The last of them. */
const VICTIM = SLAVES - 1;
const WARM_UP_TASKS = 100;
/** After the run, on what is left of the cluster. */
const CONTROL_TASKS = 300;
const NEWCOMER = 'newcomer';
const RATIO_MAX = 1.1;
/** Two or three tasks wait for the grace time, and may end last. */
const STOPPED_RATIO_MAX = 1.3;
/** No slave of those untouched is without an answer for longer, while work waits. */
const STANDSTILL_MAX_S = 0.5;
/** A request sent so shortly before the hub was told to end may be refused. */
const CROSSING_MS = 50;

/** What a case may do to the cluster. */
interface Stage {
  readonly cluster: Cluster;
  /** The hub of this moment; another one after a restart. */
  master: Master;
  /** When the master was told to end, by performance.now(). */
  toldToEndMs: number;
  /** Resolves when nothing is measured any more. */
  readonly measured: Promise<void>;
}

export interface Case {
  readonly name: string;
  /** So many take work at the end of the run. */
  readonly slavesLeft: number;
  /** Undefined: not judged. */
  readonly ratioMax: number | undefined;
  readonly standstillMaxS: number | undefined;
  /** Resolves when what was begun is over, perhaps after the work. */
  readonly strike: (stage: Stage) => Promise<void>;
}

function toVictim(signal: NodeJS.Signals): (stage: Stage) => Promise<void> {
  return async ({ cluster }) => {
    cluster.slaves[VICTIM]!.kill(signal);
  };
}

export const CASES: readonly Case[] = [
  { name: 'none', slavesLeft: 3, ratioMax: RATIO_MAX, standstillMaxS: undefined, strike: async () => undefined },
  {
    name: 'kill -9',
    slavesLeft: 2,
    ratioMax: RATIO_MAX,
    standstillMaxS: STANDSTILL_MAX_S,
    strike: toVictim('SIGKILL'),
  },
  {
    name: 'stop 15 s',
    slavesLeft: 2,
    ratioMax: STOPPED_RATIO_MAX,
    standstillMaxS: STANDSTILL_MAX_S,
    strike: stopAndGo,
  },
  {
    name: 'SIGTERM',
    slavesLeft: 2,
    ratioMax: RATIO_MAX,
    standstillMaxS: STANDSTILL_MAX_S,
    strike: toVictim('SIGTERM'),
  },
  { name: 'join', slavesLeft: 4, ratioMax: RATIO_MAX, standstillMaxS: STANDSTILL_MAX_S, strike: join },
  { name: 'hub', slavesLeft: 3, ratioMax: undefined, standstillMaxS: undefined, strike: restartHub },
];

/** On a slow machine it stays stopped until the capacity that is left has been measured. */
async function stopAndGo({ cluster, measured }: Stage): Promise<void> {
  const victim = cluster.slaves[VICTIM]!;
  victim.kill('SIGSTOP');
  await Promise.all([sleep(STOPPED_MS), measured]);
  victim.kill('SIGCONT');
}

async function join({ master }: Stage): Promise<void> {
  await startSlave(master.discoveryPort, { args: ['--name', NEWCOMER, '--concurrency', '1'] });
}

/** In good order, and a new one at once in the same place. */
async function restartHub(stage: Stage): Promise<void> {
  const { master } = stage;
  stage.toldToEndMs = performance.now();
  master.kill('SIGTERM');
  await master.exited;
  const args = ['--http-port', new URL(master.url).port];
  stage.master = await startMaster({ discoveryPort: master.discoveryPort, args });
}

export interface Outcome {
  readonly right: number;
  readonly errored: number;
  readonly never: number;
  /** Answers with the id of another. */
  readonly twice: number;
  /** Attempts beyond the first. */
  readonly retried: number;
  readonly totalS: number;
  /** Tasks not answered at the fault. */
  readonly left: number;
  /** Work left ÷ capacity left, in seconds. */
  readonly boundS: number;
  /** Tasks per second of the slaves that are left, undisturbed. */
  readonly capacity: number;
  /** From the fault to the last answer. */
  readonly tookS: number;
  readonly ratio: number;
  readonly standstillS: number;
  /** From its join to its first task. */
  readonly newcomerS: number | undefined;
}

/** One run, in a cluster of its own. */
export async function runCase({ slavesLeft, strike }: Case): Promise<Outcome> {
  const cluster = await startCluster({ slaves: Array.from({ length: SLAVES }, () => []) });
  let nowMeasured = (): void => undefined;
  const measured = new Promise<void>((resolve) => (nowMeasured = resolve));
  const stage: Stage = { cluster, master: cluster.master, toldToEndMs: Infinity, measured };
  const { url } = cluster.master; // stays the same, also for a new hub
  await runStream({ url, tasks: WARM_UP_TASKS });
  const startMs = performance.now();
  const struck = sleep(FAULT_AT_MS).then(() => strike(stage));
  const answers = await runStream({ url, wasNotAccepted: (sentMs) => sentMs > stage.toldToEndMs - CROSSING_MS });
  const capacity = await capacityOf(stage.master, slavesLeft);
  nowMeasured();
  await struck;
  await stopAll();
  return { ...judge(answers, startMs, capacity), newcomerS: newcomerS(stage, answers) };
}

/**
 * Tasks per second of the slaves that are left, measured right after the run, in the same cluster: threads share the cores of this
 * machine, so three of them are not half as quick again as two, and its speed changes from minute to minute.
 */
async function capacityOf(master: Master, slavesLeft: number): Promise<number> {
  const ready = (await master.slaves()).filter(({ state }) => state === 'ready').length;
  if (ready !== slavesLeft) throw new Error(`${ready} slaves are ready after the run, ${slavesLeft} expected`);
  const startMs = performance.now();
  const answers = await runStream({ url: master.url, tasks: CONTROL_TASKS });
  // Up to when the last was sent: until then no slave can have been idle.
  const endMs = Math.max(...answers.map(({ sentMs }) => sentMs));
  const answered = answers.filter(({ answeredMs }) => answeredMs <= endMs).length;
  return (answered / (endMs - startMs)) * 1000;
}

function judge(answers: readonly Answered[], startMs: number, capacity: number): Omit<Outcome, 'newcomerS'> {
  const count = (verdict: Answered['verdict']): number => answers.filter((answer) => answer.verdict === verdict).length;
  const faultMs = startMs + FAULT_AT_MS;
  const right = answers.filter(({ verdict }) => verdict === 'right');
  const endMs = Math.max(...answers.map(({ answeredMs }) => answeredMs));
  const left = answers.filter(({ answeredMs }) => answeredMs > faultMs).length;
  const tookS = (endMs - faultMs) / 1000;
  const boundS = left / capacity;
  return {
    ...{ right: right.length, errored: count('errored'), never: count('never') },
    twice: right.length - new Set(right.map(({ id }) => id)).size,
    retried: right.reduce((sum, { attempts }) => sum + attempts - 1, 0),
    ...{ totalS: (endMs - startMs) / 1000, left, capacity, boundS, tookS, ratio: tookS / boundS },
    standstillS: longestStandstillS(answers, faultMs),
  };
}

/** The longest time without an answer of one of the slaves that nothing was done to, from the fault on while work waits. */
function longestStandstillS(answers: readonly Answered[], faultMs: number): number {
  const lastSentMs = Math.max(...answers.map(({ sentMs }) => sentMs));
  const gaps = ['s1', 's2'].map((slave) => {
    const own = answers.filter((answer) => answer.slave === slave).map(({ answeredMs }) => answeredMs);
    const during = own.filter((ms) => ms >= faultMs && ms <= lastSentMs).sort((a, b) => a - b);
    const edges = [faultMs, ...during, lastSentMs];
    return Math.max(...edges.slice(1).map((ms, i) => ms - edges[i]!));
  });
  return Math.max(...gaps) / 1000;
}

/** From when the master says that it joined until its first task was sent to it; both are of this machine's clock. */
function newcomerS({ master }: Stage, answers: readonly Answered[]): number | undefined {
  const joined = master.logs.find(({ msg, slave }) => msg === 'slave joined' && slave === NEWCOMER);
  if (joined === undefined) return undefined;
  const joinedMs = Date.parse(joined['time'] as string) - performance.timeOrigin;
  const own = answers.filter(({ slave }) => slave === NEWCOMER);
  const firstMs = Math.min(...own.map(({ sentMs, queuedMs }) => sentMs + queuedMs));
  return Math.max(0, firstMs - joinedMs) / 1000;
}
