// What the master sends, checked before the page believes it: an answer of another shape is refused with a sentence, and what was
// shown before stays.
import type { About, History, Snapshot } from '../../common/feed/feed.ts';

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

type Check = (value: unknown, place: string) => string | undefined;

export function readSnapshot(text: string): Read<Snapshot> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, why: 'the snapshot is not JSON' };
  }
  return checked<Snapshot>(value, SNAPSHOT, 'snapshot');
}

export function readAbout(value: unknown): Read<About> {
  return checked<About>(value, ABOUT, 'about');
}

export function readHistory(value: unknown): Read<History> {
  return checked<History>(value, HISTORY, 'history');
}

function checked<T>(value: unknown, check: Check, place: string): Read<T> {
  const why = check(value, place);
  return why === undefined ? { ok: true, value: value as T } : { ok: false, why };
}

const is =
  (type: 'string' | 'number' | 'boolean', what: string): Check =>
  (value, place) =>
    typeof value === type && (type !== 'number' || Number.isFinite(value)) ? undefined : `${place} is not ${what}`;

const text = is('string', 'a text');
const number = is('number', 'a number');
const flag = is('boolean', 'true or false');

const orNull =
  (check: Check): Check =>
  (value, place) =>
    value === null ? undefined : check(value, place);

const optional =
  (check: Check): Check =>
  (value, place) =>
    value === undefined ? undefined : check(value, place);

const listOf =
  (check: Check): Check =>
  (value, place) => {
    if (!Array.isArray(value)) return `${place} is not a list`;
    for (let i = 0; i < value.length; i++) {
      const why = check(value[i], `${place}[${i.toString()}]`);
      if (why !== undefined) return why;
    }
    return undefined;
  };

const objectOf = (members: Readonly<Record<string, Check>>): Check => {
  const entries = Object.entries(members);
  return (value, place) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${place} is not an object`;
    for (const [name, check] of entries) {
      const why = check((value as Record<string, unknown>)[name], `${place}.${name}`);
      if (why !== undefined) return why;
    }
    return undefined;
  };
};

const OUTCOMES = { done: number, failed: number, cancelled: number, expired: number };

const SAMPLE = objectOf({
  at: number,
  ...OUTCOMES,
  p50Ms: orNull(number),
  p95Ms: orNull(number),
  p99Ms: orNull(number),
  queued: number,
  inFlight: number,
});

const SLAVE = objectOf({
  ...{ id: text, name: text, address: text, state: text },
  ...{ load: number, cpu: number, memory: number, weight: number, maxLoad: number },
  ...{ slots: number, leases: number, running: number },
});

const TASK = objectOf({
  ...{ id: text, type: text, state: text, slave: orNull(text), attempts: number },
  ...{ queuedAt: number, startedAt: orNull(number), endedAt: orNull(number), runMs: orNull(number) },
  ...{ progress: number, message: text, error: orNull(text), kept: flag },
});

const SLAVE_ENTRY = objectOf({ name: text, address: text, from: text, to: text, reason: text });
const ALGORITHM_ENTRY = objectOf({ from: text, to: text, group: optional(text) });
const NUMBERED = objectOf({ n: number, at: number, what: text });

const ENTRY: Check = (value, place) => {
  const why = NUMBERED(value, place);
  if (why !== undefined) return why;
  const { what } = value as { what: string };
  if (what === 'slave') return SLAVE_ENTRY(value, place);
  return what === 'algorithm' ? ALGORITHM_ENTRY(value, place) : `${place}.what is neither slave nor algorithm`;
};

const SNAPSHOT = objectOf({
  ...{ at: number, masterId: text, algorithm: text, queued: number, inFlight: number, draining: flag },
  slaves: listOf(SLAVE),
  totals: objectOf(OUTCOMES),
  sample: orNull(SAMPLE),
  tasks: objectOf({ running: listOf(TASK), queued: listOf(TASK), ended: listOf(TASK) }),
  log: listOf(ENTRY),
});

const HISTORY = objectOf({ samples: listOf(SAMPLE), log: listOf(ENTRY) });

const ABOUT = objectOf({
  ...{ cluster: text, masterId: text, masterName: text, version: text, startedAt: number },
  algorithms: listOf(objectOf({ name: text, picks: text })),
  join: listOf(objectOf({ network: text, address: text, loopback: flag, command: text })),
  mayChange: flag,
  whyNot: orNull(text),
});
