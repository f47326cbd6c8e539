// How many replicas a group should have: a function of its arguments, which knows no clock, no provider and no pool. Its limits on
// growth are those of Kubernetes' HorizontalPodAutoscaler (100 % or 4 pods in 15 s, whichever is more).

/** Growth is bounded within such a span. */
export const GROWTH_SPAN_MS = 15_000;
/** So many may be added within it, or as many as there were when it began. */
export const GROWTH_MIN = 4;
/** Whoever is idle long enough waits for others that are about to be, so that all go at once: at most such a part of the time again. */
const SETTLE_RATIO = 0.5;

export interface ScaleRules {
  /** Replicas, always; 0 is allowed. */
  readonly min: number;
  readonly max: number;
  /** A replica without work for so long is not needed. */
  readonly idleAfterMs: number;
}

/** One replica that exists, or was ordered. */
export interface ReplicaFacts {
  readonly id: string;
  /**
   * `starting`: has not taken work yet. `ready`: takes work. `unwell`: took work and does not now. `leaving`: takes none any more, and will be
   * gone.
   */
  readonly phase: 'starting' | 'ready' | 'unwell' | 'leaving';
  /** No work now, and none since it was last looked at. */
  readonly idle: boolean;
}

/** A group as it is now. */
export interface ScaleFacts {
  /** In the order in which they came. */
  readonly replicas: readonly ReplicaFacts[];
  /** Requests or tasks for which no place was free. */
  readonly waiting: number;
  /** Whether any member, replica or not, could take the first of them. */
  readonly canTake: boolean;
  /** How many one replica takes at once. */
  readonly slotsEach: number;
  /** Why none may be started now; undefined when they may. */
  readonly held: string | undefined;
}

/** What is remembered from one decision to the next. */
export interface ScaleState {
  /** Starts within the last span. */
  readonly started: readonly { readonly atMs: number; readonly count: number }[];
  /** Since when each has been idle, as far as that counts. */
  readonly idleSinceMs: ReadonlyMap<string, number>;
}

export interface Decision {
  readonly state: ScaleState;
  /** So many more are to be started. */
  readonly start: number;
  /** These are to take no more work, and to be stopped when they have none. */
  readonly drain: readonly string[];
  /** How many there should be by now, if nothing held them up. */
  readonly wanted: number;
  /** A sentence for people: why this, or why nothing. */
  readonly reason: string;
}

export const NEW_SCALE: ScaleState = { started: [], idleSinceMs: new Map() };

/** What to do now. `nowMs` never goes back. */
export function decide(rules: ScaleRules, before: ScaleState, told: ScaleFacts, nowMs: number): Decision {
  // Nothing that a slave or a provider says may end in a number that is none.
  const facts = { ...told, waiting: orElse(told.waiting, 0), slotsEach: orElse(told.slotsEach, 1) };
  const state = remember(before, facts, nowMs);
  const staying = facts.replicas.filter(({ phase }) => phase !== 'leaving').length;
  if (staying > rules.max) return shrink(rules, state, facts, staying);
  const { wanted, why } = growth(rules, facts, staying);
  if (wanted > staying) return up(rules, state, facts, nowMs, wanted, staying, why);
  if (facts.waiting > 0 && !facts.canTake) return nothing(state, staying, why);
  return down(rules, state, facts, nowMs, staying);
}

/** The clocks of those that idle run on, those of others are forgotten. */
function remember({ started, idleSinceMs }: ScaleState, { replicas }: ScaleFacts, nowMs: number): ScaleState {
  const idle = replicas.filter((replica) => replica.phase === 'ready' && replica.idle);
  return {
    started: started.filter(({ atMs }) => atMs > nowMs - GROWTH_SPAN_MS),
    idleSinceMs: new Map(idle.map(({ id }) => [id, idleSinceMs.get(id) ?? nowMs])),
  };
}

/** How many there should be, for the minimum and for what waits. */
function growth({ min, max }: ScaleRules, facts: ScaleFacts, staying: number): { wanted: number; why: string } {
  const missing = min - staying;
  const { waiting, canTake, replicas } = facts;
  const slots = Math.max(1, facts.slotsEach);
  const underWay = replicas.filter(({ phase }) => phase === 'starting').length + Math.max(0, missing);
  const more = canTake ? 0 : Math.max(0, Math.ceil(waiting / slots) - underWay);
  const wanted = Math.min(max, Math.max(min, staying) + more);
  const wait = `${count(waiting, 'waits', 'wait')} and nobody has room`;
  if (wanted <= staying) {
    if (more > 0) return { wanted, why: `${wait}, but ${max.toString()} is the most allowed` };
    return { wanted, why: waiting > 0 ? `${wait}; ${underWay.toString()} more are on their way` : '' };
  }
  const why = [
    ...(missing > 0 ? [`${staying.toString()} of at least ${min.toString()} are there`] : []),
    ...(more > 0 ? [wait] : []),
  ].join(', ');
  return { wanted, why };
}

function up(
  rules: ScaleRules,
  state: ScaleState,
  facts: ScaleFacts,
  nowMs: number,
  wanted: number,
  staying: number,
  why: string,
): Decision {
  if (facts.held !== undefined) return { ...nothing(state, wanted, `${why}; ${facts.held}`) };
  const recent = state.started.reduce((sum, { count }) => sum + count, 0);
  const growthMax = Math.max(GROWTH_MIN, staying - recent) - recent;
  const missing = rules.min - staying;
  // What leaves has its place until it is gone. But the minimum is there whoever leaves, and however long that takes.
  const placesLeft = rules.max - facts.replicas.length;
  const start = Math.min(Math.max(growthMax, missing), wanted - staying, Math.max(placesLeft, missing));
  if (start <= 0) {
    const limit = placesLeft <= 0 ? 'some are still leaving' : `${recent.toString()} were started within 15 s`;
    return nothing(state, wanted, `${why}; ${limit}`);
  }
  return {
    state: {
      started: [...state.started, { atMs: nowMs, count: start }],
      // Who was idle may be needed yet.
      idleSinceMs: new Map(Array.from(state.idleSinceMs.keys(), (id) => [id, nowMs])),
    },
    ...{ start, drain: [], wanted },
    reason: `${why}: ${start.toString()} more`,
  };
}

/** There may be more than the maximum when that has become smaller: those that are missed least go at once. */
function shrink({ max }: ScaleRules, state: ScaleState, { replicas }: ScaleFacts, staying: number): Decision {
  const cost = ({ phase, idle }: ReplicaFacts): number => (phase !== 'ready' ? 0 : idle ? 1 : 2);
  const order = replicas.filter(({ phase }) => phase !== 'leaving').reverse(); // of equals those that came last
  order.sort((a, b) => cost(a) - cost(b));
  const drain = order.slice(0, staying - max).map(({ id }) => id);
  const reason = `${staying.toString()} are there, but ${max.toString()} is the most allowed: ${drain.length.toString()} fewer`;
  return { state, start: 0, drain, wanted: max, reason };
}

function down(rules: ScaleRules, state: ScaleState, facts: ScaleFacts, nowMs: number, staying: number): Decision {
  const { idleAfterMs } = rules;
  const removable = staying - rules.min;
  const idleMs = (id: string): number => nowMs - (state.idleSinceMs.get(id) ?? nowMs);
  const due = [...state.idleSinceMs.keys()].filter((id) => idleMs(id) >= idleAfterMs);
  if (removable <= 0 || due.length === 0) return nothing(state, staying, 'nothing to do');
  // Longest idle first; of equals those that came last.
  const order = facts.replicas.map(({ id }) => id);
  due.sort((a, b) => idleMs(b) - idleMs(a) || order.indexOf(b) - order.indexOf(a));
  const settleUntilMs = idleAfterMs * (1 + SETTLE_RATIO);
  const isSettling = due.length < Math.min(removable, state.idleSinceMs.size) && idleMs(due[0] ?? '') < settleUntilMs;
  if (isSettling) return nothing(state, staying, 'some are idle; others are about to be');
  const drain = due.slice(0, removable);
  const stays = [...state.idleSinceMs.keys()].filter((id) => !drain.includes(id));
  return {
    state: { ...state, idleSinceMs: new Map(stays.map((id) => [id, nowMs])) },
    ...{ start: 0, drain, wanted: staying - drain.length },
    reason: `${drain.length.toString()} without work for ${seconds(idleAfterMs)}: ${drain.length.toString()} fewer`,
  };
}

function nothing(state: ScaleState, wanted: number, reason: string): Decision {
  return { state, start: 0, drain: [], wanted, reason: reason || 'nothing to do' };
}

function orElse(value: number, instead: number): number {
  return value >= 0 ? Math.min(value, Number.MAX_SAFE_INTEGER) : instead;
}

function count(n: number, one: string, many: string): string {
  return `${n.toString()} ${n === 1 ? one : many}`;
}

function seconds(ms: number): string {
  return ms >= 60_000 && ms % 60_000 === 0 ? `${(ms / 60_000).toString()} m` : `${(ms / 1000).toString()} s`;
}
