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
  /** What the group may have open on it, and what it has. */
  readonly slots: number;
  readonly leases: number;
  /** The lowest weight that it refused since its last report or settle; Infinity when none. */
  readonly refusedWeight: number;
  /** When the group picked it last: a count of picks, 0 for never. */
  readonly pickedAt: number;
}

/** Chooses among members that are ready and fit, at least one, in join order. `lastJoined`: of the one picked last, 0 at first. */
export type NaiveChoice = <M extends NaiveMember>(fitting: readonly [M, ...M[]], lastJoined: number) => M;

/** By the name on the command line. */
export const NAIVE_ALGORITHMS: Readonly<Record<string, NaiveChoice>> = {
  'first-available': (fitting) => fitting[0],

  'round-robin': (fitting, lastJoined) => fitting.find(({ joined }) => joined > lastJoined) ?? fitting[0],

  'least-load'(fitting) {
    let best = fitting[0];
    for (const member of fitting) {
      if (loadOf(member) !== loadOf(best)) {
        if (loadOf(member) < loadOf(best)) best = member;
      } else if (member.cpuLoad !== best.cpuLoad) {
        if (member.cpuLoad < best.cpuLoad) best = member;
      } else if (member.pickedAt < best.pickedAt) best = member;
    }
    return best;
  },

  'least-difference'(fitting) {
    let best = fitting[0];
    for (const member of fitting) if (availabilityOf(member) < availabilityOf(best)) best = member;
    return best;
  },
};

/** What `name` picks, or undefined when no member is ready and fits. Throws when the table has no such algorithm. */
export function naivePick<M extends NaiveMember>(
  name: string,
  members: readonly M[],
  weight: number,
  lastJoined: number,
): M | undefined {
  const choose = NAIVE_ALGORITHMS[name];
  if (choose === undefined) throw new Error(`algorithm ${name} has no naive reference in naive-algorithms.ts`);
  const [first, ...rest] = members
    .filter((member) => member.ready && fits(member, weight))
    .sort((a, b) => a.joined - b.joined);
  return first && choose([first, ...rest], lastJoined);
}

/** DESIGN §4, "It fits". */
function fits(member: NaiveMember, weight: number): boolean {
  const { weightInFlight, maxLoad, slots, leases, refusedWeight } = member;
  const slotIsFree = leases < slots;
  const weightFits = weightInFlight + weight <= maxLoad && loadOf(member) + weight <= maxLoad;
  return slotIsFree && weightFits && weight < refusedWeight;
}

/** DESIGN §4: W × CPU load, the latter at least 0.01. */
function loadOf({ weightInFlight, cpuLoad }: NaiveMember): number {
  return weightInFlight * Math.max(cpuLoad, 0.01);
}

function availabilityOf(member: NaiveMember): number {
  return member.maxLoad - loadOf(member);
}
