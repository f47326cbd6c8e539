// The body of a request on its way to the service: as fast as the service reads, its beginning kept for a second try. Each attempt has
// a stream of its own, which the HTTP client may destroy without harm to the client's connection.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** So much of a body is kept until a response begins; of one that waits for a member one piece more, 64 KiB at most. */
export const KEPT_BYTES_MAX = 64 * 1024;
/** Kept bodies of all requests together; those beyond are not kept, and not read while they wait. */
export const ALL_KEPT_BYTES_MAX = 64 * 1024 * 1024;

/** Who is told what becomes of the body. */
export interface BodyOwner {
  /** Before the first byte is read: a client that asked whether to send it is told so. */
  onWanted(): void;
  /** Some of it has come. */
  onMoved(): void;
  /** All of it has come, and is the service's to read. */
  onWhole(): void;
  onTooLarge(): void;
}

/** What is kept by all bodies of a door. */
export interface KeptBytes {
  bytes: number;
}

export class RequestBody {
  readonly #request: IncomingMessage;
  readonly #owner: BodyOwner;
  readonly #bytesMax: number;
  readonly #all: KeptBytes;
  /** Undefined when there is more of it than may be kept, or it is not needed any more. */
  #kept: Buffer[] | undefined = [];
  #keptBytes = 0;
  #bytes = 0;
  #isRead = false;
  #isWhole = false;
  /** There is a connection to the service. Until then nothing of it may be lost. */
  #isLeaving = false;
  #attempt: AttemptBody | undefined;

  constructor(request: IncomingMessage, owner: BodyOwner, bytesMax: number, all: KeptBytes) {
    this.#request = request;
    this.#owner = owner;
    this.#bytesMax = bytesMax;
    this.#all = all;
  }

  /** Whether another attempt could send all of it. */
  get isReplayable(): boolean {
    return this.#kept !== undefined;
  }

  /** Whether all of it has come. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Whether the client is asked for more of it now. */
  get isAwaited(): boolean {
    return !this.#isWhole && !this.#request.isPaused();
  }

  /** There is no member for it yet. Its beginning is read meanwhile: node notices only then that the client goes away. */
  wait(): void {
    if (!this.#isWhole && !this.#isFull) this.#read();
  }

  /** The attempt has a connection. */
  leave(): void {
    this.#isLeaving = true;
    if (!this.#isWhole) this.#read();
  }

  /** The body for one more attempt, from its beginning. */
  open(): Readable {
    this.#attempt?.forget();
    this.#isLeaving = false;
    const attempt = new AttemptBody(() => this.#pull());
    this.#attempt = attempt;
    for (const chunk of this.#kept ?? []) attempt.push(chunk);
    if (this.#isWhole) attempt.push(null);
    return attempt;
  }

  /** The attempt failed: nothing more is read until there is another. */
  suspend(): void {
    this.#attempt?.forget();
    this.#attempt = undefined;
    this.#isLeaving = false;
    if (this.#isRead) this.#request.pause();
  }

  /** No second try any more: nothing is kept from now on. */
  forgetKept(): void {
    this.#all.bytes -= this.#keptBytes;
    this.#keptBytes = 0;
    this.#kept = undefined;
  }

  /** The rest is read and thrown away. */
  discard(): void {
    this.#attempt?.forget();
    this.#attempt = undefined;
    this.forgetKept();
    this.#request.off('data', this.#onData).off('end', this.#onEnd);
    this.#request.resume();
  }

  get #isFull(): boolean {
    return this.#keptBytes >= KEPT_BYTES_MAX || this.#all.bytes >= ALL_KEPT_BYTES_MAX;
  }

  #pull(): void {
    if (this.#isLeaving || !this.#isFull) this.#read();
  }

  #read(): void {
    if (this.#isRead) {
      this.#request.resume();
      return;
    }
    this.#isRead = true;
    this.#owner.onWanted();
    this.#request.on('data', this.#onData).on('end', this.#onEnd);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#bytesMax) {
      this.#owner.onTooLarge();
      return;
    }
    this.#keep(chunk);
    this.#owner.onMoved();
    const isWanted = this.#attempt?.push(chunk) ?? true;
    if (!isWanted || (!this.#isLeaving && this.#isFull)) this.#request.pause();
  };

  readonly #onEnd = (): void => {
    this.#isWhole = true;
    this.#attempt?.push(null);
    this.#owner.onWhole();
  };

  #keep(chunk: Buffer): void {
    if (this.#kept === undefined) return;
    const isTooMuch = this.#bytes > KEPT_BYTES_MAX || this.#all.bytes + chunk.length > ALL_KEPT_BYTES_MAX;
    if (this.#isLeaving && isTooMuch) {
      this.forgetKept();
      return;
    }
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    this.#all.bytes += chunk.length;
  }
}

class AttemptBody extends Readable {
  #pull: (() => void) | undefined;

  constructor(pull: () => void) {
    super({ highWaterMark: KEPT_BYTES_MAX });
    this.#pull = pull;
  }

  override _read(): void {
    this.#pull?.();
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    this.#pull = undefined;
    done(null);
  }

  /** It gets nothing more. */
  forget(): void {
    this.#pull = undefined;
    this.destroy();
  }
}
