// Why nobody can be chosen, and what to do about it: from counts, since whoever asks in vain asks again.
import type { Failure } from '../../common/errors.ts';
import { printable } from '../../common/text/printable.ts';

/** Slaves that take calls. */
export interface Crowd {
  readonly all: number;
  /** Of these, who is not suspect and does not drain. */
  readonly ready: number;
}

/** The algorithm's way with a full member: it may wait for one while others are free. */
interface Way {
  readonly waits: boolean;
}

/** `slaves`: all that have joined, whether they take calls or not. */
export function whyNoSlave({ all, ready }: Crowd, slaves: number, way: Way): Failure {
  if (ready > 0) return full(ready, way);
  if (all > 0) return nobody(`none of the ${all.toString()} slaves that take calls is ready: GET /slaves says why`);
  if (slaves === 0) return nobody('no slave has joined: start one with ./slave');
  return nobody(`none of the ${slaves.toString()} slaves takes calls: start them without --grpc-port off`);
}

/** Backends have no max load, so one that reports is never full. `all`: how many are registered. */
export function whyNoBackend(service: string, all: number): Failure {
  const who = `no backend of the service "${printable(service)}"`;
  if (all === 0) return nobody(`${who} is registered here: start one that calls RegisterBackend with this name`);
  return nobody(`${who} has reported its load lately, of ${all.toString()} that are registered: look after them`);
}

function full(ready: number, { waits }: Way): Failure {
  const count = `${ready.toString()} slaves that take calls`;
  const who = waits ? `the one that the algorithm waits for, of ${count}, is` : `all ${count} are`;
  return { code: 'NO_ROOM', message: `${who} full or kept for a heavy task; ask again when calls have ended` };
}

function nobody(message: string): Failure {
  return { code: 'NO_BACKEND', message };
}
