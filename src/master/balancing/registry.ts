// Every algorithm there is. A new one is one file and one line here; help, docs, conformance and simulator loop over this list.
import type { Algorithm } from './algorithm.ts';
import { firstAvailable } from './first-available.ts';
import { leastConnections } from './least-connections.ts';
import { leastDifference } from './least-difference.ts';
import { leastLoad } from './least-load.ts';
import { pickFirst } from './pick-first.ts';
import { roundRobin } from './round-robin.ts';
import { strictRoundRobin } from './strict-round-robin.ts';

export const ALGORITHMS: readonly Algorithm[] = [
  firstAvailable,
  roundRobin,
  leastLoad,
  leastConnections,
  leastDifference,
  pickFirst,
  strictRoundRobin,
];

export const DEFAULT_ALGORITHM = roundRobin;

/** By name, underscores counting as hyphens; undefined when there is none of that name. */
export function findAlgorithm(name: string): Algorithm | undefined {
  const wanted = name.replaceAll('_', '-');
  return ALGORITHMS.find((algorithm) => algorithm.name === wanted);
}

export function algorithmNames(): string[] {
  return ALGORITHMS.map((algorithm) => algorithm.name);
}
