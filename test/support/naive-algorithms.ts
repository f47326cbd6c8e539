// Every algorithm once more, as a plain scan written from the table in DESIGN §4 and nothing else: slow, short, and independent of
// src. The conformance and property suites hold the real ones to these. A new algorithm needs an entry here.

/** A member as the table speaks of it, with regard to one group. */
export interface NaiveMember {
  /** Join order. */
  readonly joined: number;
  /** Ready, and not draining. */
  readonly ready: boolean;
  readonly cpuLoad: number;
  readonly maxLoad: number;
  /** W: open leases and foreign weight. */
  readonly weightInFlight: number;
  /** What it says of its load itself, and the weight of its open leases alone. */
  readonly reported?: number | undefined;
  readonly leasedWeight?: number;
  /** What the group may have open on it, and what it has. */
  readonly slots: number;
  readonly leases: number;
  /** The lowest weight that it refused since its last report or settle; Infinity when none. */
  readonly refusedWeight: number;
  /** When the group picked it last: a count of picks, 0 for never. */
  readonly pickedAt: number;
}

/** How a group takes members that are equal. */
export interface NaiveRules {
  /** So much more load than the least is the same load. */
  readonly equalWithin: number;
  /** From 0 up to 1: where among equals the one stands that is drawn. Undefined: none is drawn. */
  readonly drawn?: number | undefined;
}

/** Chooses among members that are ready and fit, at least one, in join order. `lastJoined`: of the one picked last, 0 at first. */
export type NaiveChoice = <M extends NaiveMember>(
  fitting: readonly [M, ...M[]],
  lastJoined: number,
  rules: NaiveRules,
) => M;

/** By the name on the command line. */
export const NAIVE_ALGORITHMS: Readonly<Record<string, NaiveChoice>> = {
  'first-available': (fitting) => fitting[0],

  'round-robin': (fitting, lastJoined) => fitting.find(({ joined }) => joined > lastJoined) ?? fitting[0],

  'least-load'(fitting, _lastJoined, { equalWithin, drawn }) {
    const least = Math.min(...fitting.map(loadOf));
    const equals = fitting.filter((member) => loadOf(member) <= least + equalWithin);
    if (drawn !== undefined) return drawnFrom(equals, drawn, loadOf);
    return equals.reduce((best, member) => {
      if (member.cpuLoad !== best.cpuLoad) return member.cpuLoad < best.cpuLoad ? member : best;
      return member.pickedAt < best.pickedAt ? member : best;
    });
  },

  'least-connections'(fitting, _lastJoined, { drawn }) {
    const least = Math.min(...fitting.map(leasesOf));
    const equals = fitting.filter((member) => leasesOf(member) === least);
    if (drawn !== undefined) return drawnFrom(equals, drawn, leasesOf, ({ pickedAt }) => pickedAt);
    return equals.reduce((best, member) => (member.pickedAt < best.pickedAt ? member : best));
  },

  'least-difference'(fitting, _lastJoined, { drawn }) {
    const least = Math.min(...fitting.map(availabilityOf));
    const equals = fitting.filter((member) => availabilityOf(member) === least) as [(typeof fitting)[0]];
    return drawn === undefined ? equals[0] : drawnFrom(equals, drawn, availabilityOf, () => 0, joinedOf);
  },

  'pick-first': (able) => able[0],

  'strict-round-robin': (able, lastJoined) => able.find(({ joined }) => joined > lastJoined) ?? able[0],
};

/** They choose among all that could take the task when idle; when the chosen one cannot take it now, nobody gets it. */
export const NAIVE_WAITING: ReadonlySet<string> = new Set(['pick-first', 'strict-round-robin']);

/**
 * Equals stand in the order of the algorithm's key before one is drawn, so that a number between 0 and 1 means the same one here and
 * in src; which order does not matter when it is random.
 */
function drawnFrom<M extends NaiveMember>(
  equals: readonly M[],
  drawn: number,
  primary: (member: NaiveMember) => number,
  secondary: (member: NaiveMember) => number = ({ cpuLoad }) => Math.max(cpuLoad, 0.01),
  tertiary: (member: NaiveMember) => number = ({ pickedAt }) => pickedAt,
): M {
  const sorted = [...equals].sort(
    (a, b) =>
      primary(a) - primary(b) || secondary(a) - secondary(b) || tertiary(a) - tertiary(b) || a.joined - b.joined,
  );
  return sorted[Math.floor(drawn * sorted.length)]!;
}

function leasesOf({ leases }: NaiveMember): number {
  return leases;
}

function joinedOf({ joined }: NaiveMember): number {
  return joined;
}

/** What `name` picks, or undefined when no member is ready and fits. Throws when the table has no such algorithm. */
export function naivePick<M extends NaiveMember>(
  name: string,
  members: readonly M[],
  weight: number,
  lastJoined: number,
  rules: NaiveRules = { equalWithin: 0 },
): M | undefined {
  const choose = NAIVE_ALGORITHMS[name];
  if (choose === undefined) throw new Error(`algorithm ${name} has no naive reference in naive-algorithms.ts`);
  const waits = NAIVE_WAITING.has(name);
  const [first, ...rest] = members
    .filter((member) => member.ready && (waits ? couldFit : fits)(member, weight))
    .sort((a, b) => a.joined - b.joined);
  const chosen = first && choose([first, ...rest], lastJoined, rules);
  return chosen && fits(chosen, weight) ? chosen : undefined;
}

/** Would take it when idle. */
function couldFit({ maxLoad, slots }: NaiveMember, weight: number): boolean {
  return slots > 0 && weight <= maxLoad;
}

/** DESIGN §4, "It fits". */
function fits(member: NaiveMember, weight: number): boolean {
  const { weightInFlight, maxLoad, slots, leases, refusedWeight } = member;
  const slotIsFree = leases < slots;
  const weightFits = weightInFlight + weight <= maxLoad && loadOf(member) + weight <= maxLoad;
  return slotIsFree && weightFits && weight < refusedWeight;
}

/** DESIGN §4: W × CPU load, the latter at least 0.01; or what it reports, and the leases. */
function loadOf({ weightInFlight, cpuLoad, reported, leasedWeight = 0 }: NaiveMember): number {
  if (reported !== undefined) return reported + leasedWeight;
  return weightInFlight * Math.max(cpuLoad, 0.01);
}

function availabilityOf(member: NaiveMember): number {
  return member.maxLoad - loadOf(member);
}
