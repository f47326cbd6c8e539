// Which group of the pool stands for which service. Groups of slaves' task types are letters, digits, dots, dashes and underscores: the
// colon keeps what strangers name from ever being one of them.
import { COMPUTE_GROUP } from '../../common/task-types/contract.ts';
import type { OfferedGroup } from '../pool/pool.ts';

/** Slaves that take calls of clients (`--grpc-port`). The master alone adds them to it; it is never on the wire. */
export const COMPUTE_CALLS = 'compute-calls';

/** Begins the names of groups of registered backends. */
export const SERVICE_PREFIX = 'service:';

/** '' and `compute` mean the slaves, and so does the name that stands for them in the pool. */
export function groupOfService(service: string): string {
  return isCompute(service) ? COMPUTE_CALLS : SERVICE_PREFIX + service;
}

/** Whether a client that asks for this service means the slaves. */
export function isCompute(service: string): boolean {
  const name = service.toLowerCase();
  return name === '' || name === COMPUTE_GROUP || name === COMPUTE_CALLS;
}

/** What a look-aside call offers: it takes no slot of anybody. */
export function callsOffer(group: string): OfferedGroup {
  return { name: group, slots: Infinity };
}
