// What a service may be called, wherever its name comes from: options, slaves, the path of a request. It stands in paths, in headers, in
// labels, and in names of files and containers.
import { COMPUTE_GROUP } from '../task-types/contract.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const SHAPE = '1 to 64 letters, digits, dots, dashes or underscores, the first a letter or a digit';
/** They stand for the slaves' tasks. */
const TAKEN_NAMES: readonly string[] = [COMPUTE_GROUP, `${COMPUTE_GROUP}-calls`];

/** Whether it looks like the name of a service; one that is taken does, too. */
export function isServiceName(name: string): boolean {
  return NAME.test(name);
}

/** What is wrong with the name of a service, if anything. */
export function serviceNameProblem(name: string): string | undefined {
  if (!NAME.test(name)) return `a service is named by ${SHAPE}`;
  return isTaken(name) ? `"${name}" stands for the slaves' tasks; a service needs another name` : undefined;
}

/** Whether the name stands for the slaves' tasks. */
export function isTaken(name: string): boolean {
  return TAKEN_NAMES.includes(name);
}
