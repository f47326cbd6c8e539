// Why nobody can be chosen, and what to do about it: from counts, since whoever asks in vain asks again.
import type { Failure } from '../../common/errors.ts';
import { printable } from '../../common/text/printable.ts';

const SHOWN_CHARS_MAX = 60;

/** Those whom a question is for. */
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
  if (ready > 0) return full(ready, 'slaves that take calls', way, ' or kept for a heavy task');
  if (all > 0) return nobody(`none of the ${all.toString()} slaves that take calls is ready: GET /slaves says why`);
  if (slaves === 0) return nobody('no slave has joined: start one with ./slave');
  return nobody(`none of the ${slaves.toString()} slaves takes calls: start them without --grpc-port off`);
}

export function whyNoBackend(service: string, { all, ready }: Crowd, way: Way): Failure {
  const name = `"${printable(service, SHOWN_CHARS_MAX)}"`;
  if (ready > 0) return full(ready, `backends of ${name}`, way);
  const who = `no backend of the service ${name}`;
  if (all === 0) return nobody(`${who} is registered here: start one that calls RegisterBackend with this name`);
  return nobody(`${who} has reported its load lately, of ${all.toString()} that are registered: look after them`);
}

function full(ready: number, who: string, { waits }: Way, or = ''): Failure {
  const which = waits ? `the first of ${ready.toString()} ${who} is` : `all ${ready.toString()} ${who} are`;
  return { code: 'NO_ROOM', message: `${which} full${or}; ask again when calls have ended` };
}

function nobody(message: string): Failure {
  return { code: 'NO_BACKEND', message };
}
