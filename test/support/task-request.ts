// Requests for tests that need only some of their fields.
import type { GivenParams, TaskRequest } from '../../src/master/doors/door.ts';

/** A request without limits, of normal priority and no retries, unless `rest` says otherwise. */
export function requestFor(type: string, given: GivenParams, rest: Partial<TaskRequest> = {}): TaskRequest {
  const unlimited = { timeoutMs: Infinity, waitTimeoutMs: Infinity, runTimeoutMs: Infinity };
  return { type, given, priority: 'normal', retries: 0, ...unlimited, ...rest };
}
