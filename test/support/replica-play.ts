// A group of replicas in simulated time, with decide.ts in charge: requests come, wait, are served for a while; replicas take their time to
// start and leave when they have nothing left.
import {
  decide,
  NEW_SCALE,
  type Decision,
  type ReplicaFacts,
  type ScaleRules,
} from '../../src/master/autoscale/decide.ts';

export interface PlaySettings {
  readonly rules: ScaleRules;
  /** Requests that arrive in the second that begins at this moment. */
  readonly arrivals: (nowMs: number) => number;
  readonly serveMs: number;
  readonly slotsEach: number;
  readonly startMs: number;
  /** Ends so many replicas at this moment, all of a sudden. */
  readonly deaths?: (nowMs: number) => number;
}

interface PlayedReplica {
  readonly id: string;
  readonly readyAtMs: number;
  /** When each request that it has in hand is served. */
  inHand: number[];
  leaving: boolean;
}

export interface PlayedLook extends Pick<Decision, 'start' | 'drain' | 'wanted' | 'reason'> {
  readonly atMs: number;
  /** How many there are and do not leave. */
  readonly staying: number;
  readonly total: number;
  readonly waiting: number;
}

/** Looks once a second for `forMs`; what was decided and what there was after it. */
export function play(settings: PlaySettings, forMs: number): PlayedLook[] {
  const { rules, arrivals, serveMs, slotsEach, startMs, deaths = () => 0 } = settings;
  let replicas: PlayedReplica[] = [];
  let [state, waiting, named] = [NEW_SCALE, 0, 0];
  const looks: PlayedLook[] = [];
  for (let nowMs = 0; nowMs < forMs; nowMs += 1000) {
    for (const replica of replicas) replica.inHand = replica.inHand.filter((endMs) => endMs > nowMs);
    replicas = replicas.filter(({ leaving, inHand }) => !leaving || inHand.length > 0).slice(deaths(nowMs));
    waiting += arrivals(nowMs);
    const ready = replicas.filter(({ readyAtMs, leaving }) => readyAtMs <= nowMs && !leaving);
    // Round-robin over places: the same for all.
    for (let free = true; waiting > 0 && free;) {
      free = false;
      for (const replica of ready) {
        if (waiting === 0 || replica.inHand.length >= slotsEach) continue;
        replica.inHand.push(nowMs + serveMs);
        waiting--;
        free = true;
      }
    }
    const facts = replicas.map(({ id, readyAtMs, inHand, leaving }): ReplicaFacts => {
      const phase = leaving ? 'leaving' : readyAtMs <= nowMs ? 'ready' : 'starting';
      return { id, phase, idle: inHand.length === 0 };
    });
    const canTake = ready.some(({ inHand }) => inHand.length < slotsEach);
    const decision = decide(rules, state, { replicas: facts, waiting, canTake, slotsEach, held: undefined }, nowMs);
    state = decision.state;
    for (let n = 0; n < decision.start; n++) {
      replicas.push({ id: `r${(named++).toString()}`, readyAtMs: nowMs + startMs, inHand: [], leaving: false });
    }
    for (const replica of replicas) if (decision.drain.includes(replica.id)) replica.leaving = true;
    const staying = replicas.filter(({ leaving }) => !leaving).length;
    const { start, drain, wanted, reason } = decision;
    looks.push({ atMs: nowMs, start, drain, wanted, reason, staying, total: replicas.length, waiting });
  }
  return looks;
}
