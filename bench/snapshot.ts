// CPU of a master that is watched: 1000 slaves, 10 000 tasks a second, one listener on a real connection. CPU of each snapshot (rows,
// JSON, writing it), of the first and the next answers of /history, and of noting the end of a task. The cluster is real but for
// the slaves' sockets: they answer after a while. Run: node --import tsx bench/snapshot.ts. Exit code 1 when a bound is broken.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomToken } from '../src/common/random/random.ts';
import { ManualClock } from '../src/common/time/manual-clock.ts';
import { systemClock, type Clock } from '../src/common/time/clock.ts';
import { DEFAULT_ALGORITHM } from '../src/master/balancing/registry.ts';
import { newDispatchCounters } from '../src/master/dispatch/counters.ts';
import { Dispatcher } from '../src/master/dispatch/dispatcher.ts';
import type { Dispatched } from '../src/master/dispatch/task-link.ts';
import { EventStream } from '../src/master/doors/http/event-stream.ts';
import { EventHub } from '../src/master/observe/event-hub.ts';
import { Feed } from '../src/master/observe/feed.ts';
import { SAMPLES_MAX } from '../src/master/observe/history.ts';
import type { Member } from '../src/master/pool/member.ts';
import { Pool } from '../src/master/pool/pool.ts';
import { EndWatchers } from '../src/master/submissions/end-watchers.ts';
import { newTask } from '../test/support/new-task.ts';
import { profileOf } from '../test/support/pool-twin.ts';

const SLAVES = Number(process.env['BENCH_SLAVES'] ?? '1000');
const TASKS_PER_SECOND = 10_000;
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? '15');
const STEP_MS = 10;
/** Tasks at slaves at any time. */
const HELD = 3000;
const SNAPSHOT_MS_MAX = 5;
const NOTE_US_MAX = 0.3;

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** CPU of each call of `work`. */
function timed(spent: number[], work: () => void): void {
  const before = cpuMs();
  work();
  spent.push(cpuMs() - before);
}

function cluster() {
  const pool = new Pool(DEFAULT_ALGORITHM);
  const masterId = randomToken(4);
  const counters = newDispatchCounters();
  const time = { nowMs: () => systemClock.nowMs(), of: (ms: number) => ms + performance.timeOrigin };
  const about = { cluster: 'bench', masterId, masterName: 'bench', version: '0' };
  const feed = new Feed({ pool, clock: systemClock, time, counters, about, join: () => [] });
  const hub = new EventHub(
    new EndWatchers(),
    () => {
      throw new Error('nobody waits');
    },
    feed,
  );
  const limits = { queueLimit: 100_000, typeLimits: new Map<string, number>(), callBackMs: 50 };
  const parts = { pool, clock: systemClock, random: Math.random, counters, observer: hub, masterId };
  const dispatcher = new Dispatcher({ ...parts, ...limits });
  feed.watch({ dispatcher, isOpen: () => true, isKept: () => true });
  const sent: [Member, Dispatched][] = [];
  for (let i = 0; i < SLAVES; i++) {
    const member = pool.join(
      {
        ...profileOf(`pc${i.toString()}-40811`, 1e11),
        address: `10.7.${(i >> 8).toString()}.${(i & 255).toString()}:40811`,
      },
      [],
      0,
    );
    const dispatch = (task: Dispatched): void => void sent.push([member, task]);
    dispatcher.setLink(member, { dispatch, cancel: () => undefined, recall: () => undefined });
    pool.setOffers(member, [{ name: 'compute', slots: 16 }]);
  }
  return { pool, feed, hub, dispatcher, sent, masterId };
}

type Cluster = ReturnType<typeof cluster>;

/** Every 10 ms: new tasks, answers to the oldest, and the reports of some slaves. Returns how to stop. */
function keepBusy({ pool, dispatcher, sent, masterId }: Cluster): () => void {
  let next = 0;
  let reporting: Member[] = [];
  const step = (): void => {
    for (let i = 0; i < (TASKS_PER_SECOND * STEP_MS) / 1000; i++) {
      dispatcher.submit(
        newTask({ id: `${masterId}-${(++next).toString()}`, queuedAtMs: performance.now(), weight: 80 }),
      );
    }
    for (const [member, { id, attempt }] of sent.splice(0, Math.max(0, sent.length - HELD))) {
      const outcome = next % 50 === 0 ? 'failed' : 'done';
      dispatcher.acknowledge(member, id, attempt, 'started');
      dispatcher.result(member, {
        id,
        attempt,
        outcome,
        value: { message: 'it threw' },
        runMs: 1.234567,
        tooLarge: false,
      });
    }
    for (const member of reporting.splice(0, (SLAVES * STEP_MS) / 1000)) {
      pool.report(member, { cpuLoad: Math.random(), memoryRatio: Math.random(), foreignWeight: 0, running: 2 });
    }
    if (reporting.length === 0) reporting = [...pool.members()];
  };
  const timer = setInterval(step, STEP_MS);
  return () => clearInterval(timer);
}

/** Snapshots go out over HTTP; the CPU of making and of writing each is put into the lists. */
async function watched({
  feed,
  hub,
}: Cluster): Promise<{ made: number[]; written: number[]; bytes: number; stop(): void }> {
  const made: number[] = [];
  const written: number[] = [];
  const after: Clock['after'] = (ms, fire) => systemClock.after(ms, () => timed(made, fire));
  const clock: Clock = { nowMs: () => systemClock.nowMs(), after, every: (ms, fire) => systemClock.every(ms, fire) };
  const stream = new EventStream({ feed, subscribe: (onEvent) => hub.subscribe(onEvent) }, clock);
  const result = { made, written, bytes: 0, stop: (): void => undefined };
  const server = createServer((request, response) => {
    const write = response.write.bind(response) as (text: string) => boolean;
    response.write = ((text: string) => {
      let taken = false;
      timed(written, () => (taken = write(text)));
      result.bytes = Math.max(result.bytes, text.length);
      return taken;
    }) as typeof response.write;
    stream.add(request, response, new Set(['snapshot']));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const code = `require('http').get('http://127.0.0.1:${port.toString()}/', (r) => r.resume())`;
  const listener = spawn(process.execPath, ['-e', code], { stdio: 'ignore' });
  result.stop = () => {
    listener.kill();
    stream.close();
    server.close();
  };
  return result;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function row(what: string, values: readonly number[], unit: string): void {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2).padStart(9);
  console.log(`${what.padEnd(34)}${sorted.length.toString().padStart(7)}${at(0.5)}${at(0.95)}${at(1)}  ${unit}`);
}

/** Microseconds to note the end of a task, in batches of 100 000. */
function notes({ feed }: Cluster): number[] {
  const task = newTask({ id: 'bench-1' });
  Object.assign(task, { slave: 'pc1-40811', endedAtMs: 12.5, startedAtMs: 1.5, runMs: 1.5 });
  return Array.from({ length: 20 }, () => {
    const startMs = performance.now();
    for (let i = 0; i < 100_000; i++) feed.onEnded(task, { state: 'done' });
    return (performance.now() - startMs) / 100;
  });
}

/** CPU of the first answer of /history in each second, and of the next ones, once 15 minutes are full. */
function histories(): [first: number[], again: number[]] {
  const clock = new ManualClock();
  const time = { nowMs: () => clock.nowMs(), of: (ms: number) => ms + performance.timeOrigin };
  const about = { cluster: 'bench', masterId: 'bench', masterName: 'bench', version: '0' };
  const counters = newDispatchCounters();
  const feed = new Feed({ pool: new Pool(DEFAULT_ALGORITHM), clock, time, counters, about, join: () => [] });
  const [first, again]: [number[], number[]] = [[], []];
  const task = newTask();
  for (let second = 0; second < SAMPLES_MAX + 50; second++) {
    for (task.endedAtMs = 1; task.endedAtMs < 1000; task.endedAtMs *= 1.5) feed.onEnded(task, { state: 'done' });
    counters.done += TASKS_PER_SECOND + (second % 100);
    clock.advance(1000);
    if (second < SAMPLES_MAX) continue;
    timed(first, () => void feed.history());
    timed(again, () => void feed.history());
  }
  return [first, again];
}

const busy = cluster();
const stopWork = keepBusy(busy);
await sleep(3000);
const [idleCpu, idleFrom] = [cpuMs(), performance.now()];
await sleep(SECONDS * 500);
const idleShare = (cpuMs() - idleCpu) / (performance.now() - idleFrom);
const watch = await watched(busy);
await sleep(3000);
watch.made.length = watch.written.length = 0;
const [watchedCpu, watchedFrom] = [cpuMs(), performance.now()];
await sleep(SECONDS * 1000);
const watchedShare = (cpuMs() - watchedCpu) / (performance.now() - watchedFrom);
const snapshots = watch.made.map((ms, i) => ms + (watch.written[i] ?? 0));
watch.stop();
const [first, again] = histories();
stopWork();
console.log(
  `${SLAVES.toString()} slaves, ${TASKS_PER_SECOND.toString()} tasks/s: a snapshot has ${watch.bytes.toString()} characters`,
);
console.log(`${' '.repeat(34)}${'count'.padStart(7)}${'p50'.padStart(9)}${'p95'.padStart(9)}${'max'.padStart(9)}`);
row('snapshot: rows and JSON', watch.made, 'ms CPU');
row('snapshot: writing', watch.written, 'ms CPU');
row('snapshot', snapshots, 'ms CPU');
row('/history, first of its second', first, 'ms CPU');
row('/history, again', again, 'ms CPU');
const noted = notes(busy);
row('end of a task noted', noted, 'µs');
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
console.log(`CPU of the process: ${percent(idleShare)} unwatched, ${percent(watchedShare)} watched`);
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Infinity;
if (median(snapshots) > SNAPSHOT_MS_MAX || median(noted) > NOTE_US_MAX) {
  console.error(
    `bound broken: at most ${SNAPSHOT_MS_MAX.toString()} ms a snapshot, ${NOTE_US_MAX.toString()} µs an end`,
  );
  process.exitCode = 1;
}
process.exit();
