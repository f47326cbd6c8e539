// The load metric and what fits: DESIGN §4, after report 004's "weight of the tasks in flight × CPU load".

/** Load of a member with weight `weight` in flight. */
export function loadOf(weight: number, cpuLoad: number): number {
  return weight * cpuLoad;
}

/** The heaviest task that fits: both W + weight ≤ max load and load + weight ≤ max load. The second binds above one CPU load. */
export function roomOf(weight: number, load: number, maxLoad: number, refusedWeight: number): number {
  const room = maxLoad - Math.max(weight, load);
  return room < refusedWeight ? room : justBelow(refusedWeight);
}

function justBelow(value: number): number {
  return value * (1 - Number.EPSILON);
}
