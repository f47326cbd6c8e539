// A TCP socket that carries messages. What is sent within one tick of the event loop leaves as one frame and one write
// (flushed by setImmediate: a microtask would run after every socket callback and batch nothing).
import type { Socket } from 'node:net';
import { decodeFrame, encodeBatch, FRAME_BYTES_MAX, FrameDecoder } from '../protocol/framing.ts';
import type { Message } from '../protocol/messages.ts';

/** A peer that has not spoken a valid message yet gets frames of at most this size. */
export const STRANGER_FRAME_BYTES_MAX = 1024;
/** A peer that reads so slowly that this much is waiting loses its connection. */
const UNSENT_BYTES_MAX = 64 * 1024 * 1024;

/** What was sent last gets this long to leave. */
const END_MS = 1000;

export type ConnectionState =
  { readonly kind: 'open' } | { readonly kind: 'ending' } | { readonly kind: 'closed'; readonly reason: string };

export interface ConnectionHandlers {
  onMessage(message: Message): void;
  /** Called exactly once, whoever closed and why. */
  onClose(reason: string): void;
  /** A message that fits no frame; without this handler it is dropped. */
  onTooLarge?(message: Message): void;
  /** So many bytes came, before anything in them is looked at. */
  onBytes?(count: number): void;
}

export class FramedConnection {
  readonly #socket: Socket;
  readonly #decoder: FrameDecoder;
  #handlers: ConnectionHandlers;
  #outbox: Message[] = [];
  #flushing: NodeJS.Immediate | undefined;
  #state: ConnectionState = { kind: 'open' };

  constructor(socket: Socket, handlers: ConnectionHandlers, frameBytesMax = FRAME_BYTES_MAX) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#decoder = new FrameDecoder(frameBytesMax);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    socket.on('error', (error) => this.#closed(error.message));
    socket.on('close', () => this.#closed('closed by the peer'));
    socket.on('end', () => this.destroy('ended by the peer'));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? 'unknown';
  }

  /** What was written and has not left: a peer that reads has taken it soon. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** Hands the connection to its next owner once the peer has said who it is; frames may be full-sized from here on. */
  adopt(handlers: ConnectionHandlers, frameBytesMax = FRAME_BYTES_MAX): void {
    this.#handlers = handlers;
    this.#decoder.frameBytesMax = frameBytesMax;
  }

  send(message: Message): void {
    if (this.#state.kind !== 'open') return;
    this.#outbox.push(message);
    this.#flushing ??= setImmediate(() => this.flush());
  }

  /** Writes what is waiting now instead of at the end of the tick. */
  flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    if (this.#outbox.length === 0 || this.#state.kind === 'closed') return;
    const messages = this.#outbox;
    this.#outbox = [];
    const { frames, tooLarge } = encodeBatch(messages);
    for (const frame of frames) this.#socket.write(frame);
    if (this.#socket.writableLength > UNSENT_BYTES_MAX) this.destroy('the peer reads too slowly');
    for (const message of tooLarge) this.#handlers.onTooLarge?.(message);
  }

  /** Sends what is waiting, then closes. */
  end(): void {
    if (this.#state.kind !== 'open') return;
    this.flush();
    if (this.#socket.destroyed) return;
    this.#state = { kind: 'ending' };
    this.#socket.end();
    // A peer that never closes its side must not hold the socket.
    setTimeout(() => this.destroy('closed'), END_MS).unref();
  }

  /** Closes at once; what was not sent is lost. */
  destroy(reason: string): void {
    this.#socket.destroy();
    this.#closed(reason);
  }

  #receive(chunk: Uint8Array): void {
    this.#handlers.onBytes?.(chunk.length);
    if (this.#isClosed()) return;
    const result = this.#decoder.push(chunk);
    if (!result.ok) {
      this.destroy(`frame over ${this.#decoder.frameBytesMax.toString()} bytes`);
      return;
    }
    for (const frame of result.frames) {
      const messages = decodeFrame(frame);
      if (messages === undefined) {
        this.destroy('malformed frame');
        return;
      }
      for (const message of messages) {
        if (this.#isClosed()) return;
        this.#handlers.onMessage(message);
      }
    }
  }

  #isClosed(): boolean {
    return this.#state.kind === 'closed';
  }

  #closed(reason: string): void {
    if (this.#state.kind === 'closed') return;
    this.#state = { kind: 'closed', reason };
    clearImmediate(this.#flushing);
    this.#outbox = [];
    this.#handlers.onClose(reason);
  }
}
