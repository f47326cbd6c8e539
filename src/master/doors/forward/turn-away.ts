// Answers to requests whose body nobody wants: what still comes of it is thrown away for a moment, so that the answer is not lost with
// a connection that is closed on a client in the middle of a sentence.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Failure } from '../../../common/errors.ts';
import { sendProblem } from '../http/problem.ts';
import { Watched, type SilenceWatch } from '../silence.ts';

/** A client that was answered before its body was through may go on sending for so long. */
export const LINGER_MS = 5000;

/** `mustClose`: nobody can know where the next request on this connection would begin. */
export function turnAway(
  request: IncomingMessage,
  response: ServerResponse,
  failure: Failure,
  { watch, mustClose }: { readonly watch: SilenceWatch; readonly mustClose: boolean },
): void {
  sendProblem(response, failure, mustClose ? { connection: 'close' } : {});
  if (mustClose) closing.add(request.socket);
  else linger(request, watch);
}

/** Node goes on reading requests from a connection that it is about to close. */
const closing = new WeakSet<IncomingMessage['socket']>();

/** Whether nothing that still comes on this connection may be taken for a request. */
export function isClosing(socket: IncomingMessage['socket']): boolean {
  return closing.has(socket);
}

/** Reads on for a moment, then closes. */
export function linger(request: IncomingMessage, watch: SilenceWatch): void {
  if (request.complete) return;
  const rest = new Rest(request);
  const over = (): void => watch.drop(rest);
  request.once('end', over).once('close', over);
  watch.heard(rest, LINGER_MS);
  request.resume();
}

class Rest extends Watched {
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage) {
    super();
    this.#request = request;
  }

  override onSilence(): void {
    this.#request.socket.destroy();
  }
}
