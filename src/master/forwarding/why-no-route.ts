// Why a request is not forwarded, and what to do about it.
import type { Failure } from '../../common/errors.ts';
import { isServiceName } from '../../common/services/service-name.ts';
import { printable } from '../../common/text/printable.ts';
import { placeStates, type ForwardService } from './services.ts';

export const SHUTTING_DOWN: Failure = {
  code: 'DRAINING',
  message: 'the master is shutting down: it forwards nothing new',
};

const HOW_TO_SERVE = 'start ./slave --serve';

const RUNS_TASKS = "stands for the slaves' tasks, to which nothing is forwarded: run one with";
/** What is asked for instead of a service that can have no such name. */
const NO_SERVICE = {
  compute: `"compute" ${RUNS_TASKS} GET /task?type=fib&n=30`,
  'compute-calls': `"compute-calls" ${RUNS_TASKS} GET /task?type=fib&n=30, or over gRPC`,
} as const;

function isTaken(name: string): name is keyof typeof NO_SERVICE {
  return Object.hasOwn(NO_SERVICE, name);
}

export function unknownService(name: string): Failure {
  if (isTaken(name))
    return { code: 'UNKNOWN_SERVICE', message: `${NO_SERVICE[name]}; GET /services lists the services` };
  const what = `no service is called "${printable(name)}"`;
  const example = `${HOW_TO_SERVE} ${isServiceName(name) ? name : 'web'}=http://127.0.0.1:5000`;
  return { code: 'UNKNOWN_SERVICE', message: `${what}: GET /services lists those there are; to add one ${example}` };
}

/** Nobody takes its requests. */
export function nobodyServes<U>(service: ForwardService<U>): Failure {
  const { name, places } = service;
  if (isTaken(name)) return { code: 'NO_BACKEND', message: NO_SERVICE[name] };
  if (places.size === 0) {
    const message = `nobody serves ${name} now: ${HOW_TO_SERVE} ${name}=http://127.0.0.1:<port> beside one that does`;
    return { code: 'NO_BACKEND', message };
  }
  const states = Array.from(placeStates(service), ([state, count]) => `${count.toString()} ${state}`).join(', ');
  const message = `no member of ${name} takes requests (${states}): look after them; GET /services shows each`;
  return { code: 'NO_BACKEND', message };
}

/** An attempt failed, and there is nobody else. */
export function nobodyElse({ name }: ForwardService<unknown>, failed: string): Failure {
  return { code: 'NO_BACKEND', message: `only ${failed} serves ${name} now, where the request failed` };
}

export function noRoom({ name, usable }: ForwardService<unknown>, waitedMs: number): Failure {
  const who = usable === 0 ? `nobody serves ${name} yet` : `all ${usable.toString()} members of ${name} are full`;
  const waited = `none was free within ${(waitedMs / 1000).toString()} s (--forward-wait)`;
  return { code: 'NO_ROOM', message: `${who}, and ${waited}: ask again later, or add members` };
}

export function queueFull({ name, waiting }: ForwardService<unknown>, limit: number): Failure {
  const message = `${waiting.toString()} requests wait for ${name} already, --queue-limit is ${limit.toString()}; ask again later`;
  return { code: 'QUEUE_FULL', message, details: { queueLength: waiting } };
}
