// Algorithms of single groups, by the name that people use. One name may stand for several groups of the pool: `web` for the task types, the
// forwarded service and the registered backends of that name. A name that nobody uses yet is as good: who joins later finds it.
import type { Failure } from '../common/errors.ts';
import { isPlainName } from '../common/protocol/shapes.ts';
import { COMPUTE_GROUP } from '../common/task-types/contract.ts';
import { printable } from '../common/text/printable.ts';
import type { Algorithm } from './balancing/algorithm.ts';
import { groupOfForwarded } from './forwarding/groups.ts';
import { COMPUTE_CALLS, SERVICE_PREFIX } from './lookaside/groups.ts';
import type { Pool } from './pool/pool.ts';

/** So many names may have an algorithm of their own. */
export const OWN_ALGORITHMS_MAX = 100;

export const isGroupName = isPlainName(128);

/** The algorithms of groups that do not follow the cluster's, by people's name of the group. */
export function algorithmsOfGroups(pool: Pool): Record<string, string> {
  const plain = [...pool.ownAlgorithms].filter(([name]) => name !== COMPUTE_CALLS && isGroupName(name));
  return Object.fromEntries(plain.map(([name, algorithm]) => [name, algorithm.name]));
}

/** What the groups of this name pick by, or would. */
export function algorithmOfGroup(pool: Pool, name: string): Algorithm {
  return pool.algorithmOf(name === COMPUTE_CALLS ? COMPUTE_GROUP : name);
}

/** Gives the groups of this name an algorithm of their own; undefined: they follow the cluster's again. */
export function setAlgorithmOfGroup(pool: Pool, name: string, algorithm: Algorithm | undefined): Failure | undefined {
  if (!isGroupName(name)) return { code: 'BAD_PARAMETER', message: notPlain(name) };
  const groups = poolGroupsOf(name);
  const isNew = algorithm !== undefined && !groups.some((group) => pool.ownAlgorithms.has(group));
  if (isNew && Object.keys(algorithmsOfGroups(pool)).length >= OWN_ALGORITHMS_MAX) return tooMany(name);
  for (const group of groups) pool.setGroupAlgorithm(group, algorithm);
  return undefined;
}

function poolGroupsOf(name: string): string[] {
  if (name === COMPUTE_GROUP || name === COMPUTE_CALLS) return [COMPUTE_GROUP, COMPUTE_CALLS];
  return [name, groupOfForwarded(name), SERVICE_PREFIX + name];
}

function notPlain(name: string): string {
  return `no group can be called "${printable(name)}": expected 1 to 128 letters, digits, dots, dashes or underscores`;
}

function tooMany(name: string): Failure {
  const most = `${OWN_ALGORITHMS_MAX.toString()} groups have an algorithm of their own already, which is the most`;
  const message = `${most}: take one back with {"group": "…", "name": null} before ${name} gets one`;
  return { code: 'CONFLICT', message };
}
