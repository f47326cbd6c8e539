// What waiting tasks cost: memory of a million submitted ones, and the time per task with 1000 to a million of them in the queue, for
// a whole life (submit, dispatch, result) and for a cancel out of the middle. No sockets: dispatch, queue, pool and journal alone.
// Run: node --expose-gc --import tsx bench/queue.ts (make bench does). Exit code 1 when a bound is broken.
import { DEFAULT_PRIORITY } from '../src/common/task-types/priority.ts';
import { seededRandom } from '../src/common/random/random.ts';
import { ManualClock } from '../src/common/time/manual-clock.ts';
import { DEFAULT_ALGORITHM } from '../src/master/balancing/registry.ts';
import { Admission } from '../src/master/dispatch/admission.ts';
import { Catalogue } from '../src/master/dispatch/catalogue.ts';
import { newDispatchCounters } from '../src/master/dispatch/counters.ts';
import { Dispatcher } from '../src/master/dispatch/dispatcher.ts';
import type { Dispatched } from '../src/master/dispatch/task-link.ts';
import { NOBODY } from '../src/master/dispatch/task-observer.ts';
import type { TaskRequest } from '../src/master/doors/door.ts';
import { MemoryJournal } from '../src/master/journal/memory-journal.ts';
import type { MemberProfile } from '../src/master/pool/member.ts';
import { Pool } from '../src/master/pool/pool.ts';
import { Submissions } from '../src/master/submissions/submissions.ts';

const SIZES = [1000, 10_000, 100_000, 1_000_000];
const BYTES_MAX = 1024 ** 3;
/** Time per task with a million waiting, against a thousand. */
const RATIO_MAX = 2.5;
const BATCH = 10_000;
const ROUNDS = 50_000;
const REPEATS = 5;

/** A cluster without sockets: one slave that only writes down what it is sent. */
class Cluster {
  readonly clock = new ManualClock();
  readonly pool = new Pool(DEFAULT_ALGORITHM);
  readonly sent: Dispatched[] = [];
  readonly dispatcher: Dispatcher;
  readonly admission: Admission;
  readonly submissions: Submissions;
  readonly ids: string[] = [];

  constructor() {
    const { clock, pool } = this;
    const parts = { pool, clock, random: seededRandom(1), counters: newDispatchCounters(), observer: NOBODY };
    const limits = { queueLimit: 2 * 1_000_000, typeLimits: new Map<string, number>(), callBackMs: 50 };
    this.dispatcher = new Dispatcher({ ...parts, ...limits, masterId: 'bench' });
    const { dispatcher } = this;
    this.admission = new Admission({ catalogue: new Catalogue(), dispatcher, pool, clock, masterId: 'bench' });
    const keep = { keepMs: 0, countMax: 0, bytesMax: 0 };
    const { admission } = this;
    this.submissions = new Submissions({
      admission,
      journal: new MemoryJournal(),
      clock,
      timeOfDay: (ms) => ms,
      keep,
      paramsBytesMax: Infinity,
    });
    this.#join(4);
  }

  #join(slots: number): void {
    const sizes = { cores: 4, concurrency: 4, maxLoad: 1e12, metricsPort: 0, grpcPort: 0 };
    const profile: MemberProfile = { id: 's', name: 's', kind: 'slave', address: '127.0.0.1:1', labels: {}, ...sizes };
    const member = this.pool.join(profile, [], 0);
    const dispatch = (task: Dispatched): void => void this.sent.push(task);
    this.dispatcher.setLink(member, { dispatch, cancel: () => undefined, recall: () => undefined });
    this.pool.setOffers(member, [{ name: 'compute', slots }]);
  }

  async submit(count: number): Promise<void> {
    const request: TaskRequest = {
      type: 'fib',
      given: { form: 'json', values: { n: 80 } },
      priority: DEFAULT_PRIORITY,
      ...{ timeoutMs: Infinity, waitTimeoutMs: Infinity, runTimeoutMs: Infinity, retries: 0 },
    };
    for (let done = 0; done < count; done += BATCH) {
      // Parsed from JSON, as at the door: nothing is shared between tasks.
      const tasks = Array.from({ length: Math.min(BATCH, count - done) }, () => structuredClone(request));
      const rest = { submitter: '192.0.2.7', idempotencyKey: undefined, fingerprint: '' };
      const accepted = await this.submissions.accept({ tasks, ...rest });
      if (!accepted.ok) throw new Error(accepted.failure.message);
      for (const task of accepted.tasks) if ('id' in task) this.ids.push(task.id);
    }
  }

  /** The slave answers its oldest task: the next one is sent. */
  finishOne(): void {
    const task = this.sent.shift();
    const [member] = this.pool.members();
    if (task === undefined || member === undefined) throw new Error('nothing was sent');
    const { id, attempt } = task;
    this.dispatcher.result(member, { id, attempt, outcome: 'done', value: 1n, runMs: 1, tooLarge: false });
  }

  get waiting(): number {
    return this.dispatcher.lives.queue('compute').length;
  }
}

function collect(): void {
  if (globalThis.gc === undefined) throw new Error('run with node --expose-gc');
  globalThis.gc();
}

/** Microseconds per whole life, and per cancel of a random waiting task, with `size` tasks waiting. */
async function timesAt(size: number): Promise<{ readonly lifeUs: number; readonly cancelUs: number }> {
  const cluster = new Cluster();
  await cluster.submit(size);
  const random = seededRandom(7);
  const lives: number[] = [];
  const cancels: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    collect();
    const startMs = performance.now();
    for (let i = 0; i < ROUNDS; i++) {
      if (i % 100 === 0) await cluster.submit(100);
      cluster.finishOne();
    }
    lives.push(((performance.now() - startMs) * 1000) / ROUNDS);
    const count = Math.min(size / 10, 5000);
    await cluster.submit(count);
    const victims = Array.from({ length: count }, () => cluster.ids[Math.floor(random() * cluster.ids.length)] ?? '')
      .map((id) => cluster.dispatcher.lives.find(id))
      .filter((task) => task?.state === 'queued');
    const cancelMs = performance.now();
    for (const task of victims) if (task !== undefined) cluster.dispatcher.cancel(task, 'no longer wanted');
    cancels.push(((performance.now() - cancelMs) * 1000) / victims.length);
    cluster.clock.advance(1000);
    await cluster.submit(Math.max(0, size - cluster.waiting));
  }
  return { lifeUs: median(lives), cancelUs: median(cancels) };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function memory(): Promise<number> {
  collect();
  const before = process.memoryUsage();
  const cluster = new Cluster();
  await cluster.submit(1_000_000);
  collect();
  const after = process.memoryUsage();
  const heap = after.heapUsed + after.external - before.heapUsed - before.external;
  console.log(
    `${cluster.waiting.toString()} submitted tasks wait: ${mib(heap)} MiB of heap and buffers (${(heap / cluster.waiting).toFixed(0)} bytes each), process ${mib(after.rss)} MiB resident`,
  );
  return after.rss;
}

function mib(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(0);
}

const resident = await memory();
const results = [];
for (const size of SIZES) {
  const times = await timesAt(size);
  results.push(times);
  console.log(
    `${size.toString().padStart(8)} waiting: ${times.lifeUs.toFixed(1)} µs a life (submit, dispatch, result), ${times.cancelUs.toFixed(1)} µs a cancel`,
  );
}
const ratio = (results.at(-1)?.lifeUs ?? 0) / (results[0]?.lifeUs ?? 1);
console.log(`a life with 1000000 waiting costs ${ratio.toFixed(2)} × one with 1000`);
if (resident > BYTES_MAX || ratio > RATIO_MAX) {
  console.error(`bound broken: at most ${mib(BYTES_MAX)} MiB resident, at most ${RATIO_MAX.toString()} ×`);
  process.exitCode = 1;
}
