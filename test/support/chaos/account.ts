// The clients' own account of every task: what was asked, whether it was accepted and by which life of the master, and how it ended.
// It knows what is excusable: nothing else than an answer or a stated failure of a master that lives.
import { mayFailWith, type Treatment, type Work } from './work.ts';

/** How a task went in and how its answer comes back. */
export type Door = 'get' | 'post' | 'array' | 'stream';

export type End =
  /** The right answer. */
  | { readonly kind: 'right'; readonly slave: string; readonly attempts: number }
  /** A problem of a known type, allowed for this task. */
  | { readonly kind: 'stated'; readonly problem: string; readonly attempts: number }
  /** Refused at the door, with a problem: never accepted. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** The client went away before the answer. */
  | { readonly kind: 'hung-up' }
  /** In the memory of a master that was killed, or that has ended: not durable. */
  | { readonly kind: 'gone-with-master' }
  /** Anything else, as a sentence; with the problem that was stated, if one was. */
  | { readonly kind: 'violation'; readonly what: string; readonly problem?: string };

export class Entry {
  readonly number: number;
  readonly door: Door;
  readonly work: Work & Treatment;
  /** Of the master, when it was sent. */
  readonly life: number;
  readonly sentAtMs = Date.now();
  /** When the answer 202 came; undefined for GET /task, whose only answer is the result. */
  acceptedAtMs: number | undefined;
  id: string | undefined;
  cancelAskedAtMs: number | undefined;
  endedAtMs: number | undefined;
  end: End | undefined;

  constructor(number: number, door: Door, work: Work & Treatment, life: number) {
    this.number = number;
    this.door = door;
    this.work = work;
    this.life = life;
  }
}

/** How a task looks at its end, at whichever door: a line of a stream, GET /tasks/{id}, GET /task. */
export interface Reported {
  readonly id?: string;
  readonly state?: string;
  readonly result?: unknown;
  readonly error?: { readonly type?: string; readonly detail?: string };
  readonly slave?: string | null;
  readonly attempts?: number;
}

const PROBLEM_PREFIX = 'urn:lanyard:problem:';
const END_STATES = ['done', 'failed', 'cancelled', 'expired'];
/** How much later than its limit an answer may come on a busy machine. */
const LATE_MS = 3000;
/** From DELETE to the end of the task. */
const CANCEL_MS = 3000;

export function hasEnded({ state }: Reported): boolean {
  return state !== undefined && END_STATES.includes(state);
}

/** The type of a problem without its prefix; undefined when it is none. */
export function problemOf(error: { readonly type?: string } | undefined): string | undefined {
  const type = error?.type;
  return type?.startsWith(PROBLEM_PREFIX) === true ? type.slice(PROBLEM_PREFIX.length) : undefined;
}

export class Account {
  readonly entries: Entry[] = [];
  /** Sent, and neither answered nor given up. */
  readonly open = new Set<Entry>();
  /** What was wrong beside the ends of tasks, as sentences. */
  readonly violations: string[] = [];
  /** Answers looked at a second time, and submissions sent twice with one Idempotency-Key. */
  checkedAgain = 0;
  sentTwice = 0;
  onEnd: () => void = () => undefined;

  begin(door: Door, work: Work & Treatment, life: number): Entry {
    const entry = new Entry(this.entries.length + 1, door, work, life);
    this.entries.push(entry);
    this.open.add(entry);
    return entry;
  }

  /** Judges the end that the master reports. */
  report(entry: Entry, reported: Reported): void {
    this.#finish(entry, judge(entry, reported));
  }

  close(entry: Entry, end: End): void {
    this.#finish(entry, end);
  }

  /** A master that was told to end may give up what waits when no slave has taken work for a while; it says so in its log. */
  excuseDraining(life: number): void {
    for (const entry of this.entries) {
      const { end } = entry;
      if (entry.life === life && end?.kind === 'violation' && end.problem === 'draining')
        entry.end = { kind: 'stated', problem: 'draining', attempts: 0 };
    }
  }

  /** Tasks whose end is of this kind. */
  ended<K extends End['kind']>(kind: K): (Entry & { readonly end: Extract<End, { kind: K }> })[] {
    return this.entries.filter(({ end }) => end?.kind === kind) as (Entry & { end: Extract<End, { kind: K }> })[];
  }

  #finish(entry: Entry, end: End): void {
    if (entry.end !== undefined) {
      this.violations.push(`${describe(entry)} ended twice: ${describeEnd(entry.end)}, then ${describeEnd(end)}`);
      return;
    }
    entry.endedAtMs = Date.now();
    entry.end = end.kind === 'violation' ? end : (tooLate(entry, end) ?? end);
    this.open.delete(entry);
    this.onEnd();
  }
}

/** Right, stated or wrong. */
function judge(entry: Entry, { state, result, error, slave, attempts = 0 }: Reported): End {
  if (state === 'done') {
    const wrong = entry.work.check(result);
    if (wrong !== undefined) return { kind: 'violation', what: `wrong answer: ${wrong}` };
    return { kind: 'right', slave: slave ?? '', attempts };
  }
  const problem = problemOf(error);
  if (problem === undefined)
    return { kind: 'violation', what: `ended as ${state ?? 'nothing'} without a known problem` };
  if (mayFailWith(entry.work).has(problem)) return { kind: 'stated', problem, attempts };
  return { kind: 'violation', what: `failed with ${problem}: ${error?.detail ?? ''}`, problem };
}

/** Every limit holds, also while all is in disorder. */
function tooLate({ work, sentAtMs, endedAtMs = 0, cancelAskedAtMs }: Entry, end: End): End | undefined {
  if (end.kind !== 'right' && end.kind !== 'stated') return undefined;
  const tookMs = endedAtMs - sentAtMs;
  const limitMs = work.timeoutMs;
  if (tookMs > limitMs + LATE_MS) return { kind: 'violation', what: `took ${tookMs} ms, its limit is ${limitMs} ms` };
  if (cancelAskedAtMs === undefined || endedAtMs - cancelAskedAtMs <= CANCEL_MS) return undefined;
  return { kind: 'violation', what: `ended ${endedAtMs - cancelAskedAtMs} ms after it was cancelled` };
}

export function describe({ number, door, work, id, life }: Entry): string {
  const params = JSON.stringify(work.params).slice(0, 80);
  return `task ${number} (${id ?? 'no id'}, ${work.type} ${params}, ${door}, master ${life})`;
}

export function describeEnd(end: End): string {
  switch (end.kind) {
    case 'right':
      return 'right';
    case 'hung-up':
    case 'gone-with-master':
      return end.kind;
    case 'stated':
    case 'refused':
      return `${end.kind}: ${end.problem}`;
    case 'violation':
      return end.what;
  }
}
