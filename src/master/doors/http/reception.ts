// Requests with a body must have arrived within a time, but for those that are forwarded: these are as long as they are, and the
// forward door has limits of its own. So the limit is kept here, not by node's server, which has one for all.
import type { IncomingMessage } from 'node:http';
import { Watched, type SilenceWatch } from '../silence.ts';

/** Begins the time for this request, whose head has just arrived; `onLate` is called when its body has not by then. */
export function limitReception(
  request: IncomingMessage,
  { watch, limitMs, onLate }: { readonly watch: SilenceWatch; readonly limitMs: number; readonly onLate: () => void },
): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (length === undefined && encoding === undefined) return;
  const reception = new Reception(request, onLate);
  request.once('close', () => watch.drop(reception)); // after its end as well
  watch.heard(reception, limitMs);
}

class Reception extends Watched {
  readonly #request: IncomingMessage;
  readonly #onLate: () => void;

  constructor(request: IncomingMessage, onLate: () => void) {
    super();
    this.#request = request;
    this.#onLate = onLate;
  }

  override onSilence(): void {
    if (!this.#request.complete) this.#onLate();
  }
}
