// Whether the client of a connection is there: it is asked now and then, and before its first call as soon as something came from it. HTTP/2
// gives a connection up whose client sends what is none, but Node.js does not hear of that: the socket stays open, and the question stays
// in the queue.
import type { ServerHttp2Session } from 'node:http2';

export interface KeepAliveLimits {
  /** A connection without a call is closed after this time; clients open another when they need it. */
  readonly idleMs: number;
  /** So often a client is asked whether it is there: a call whose client is gone must end. */
  readonly keepAliveMs: number;
  /** So long it has to answer; also a connection that HTTP/2 has given up, and which is open still, does not. */
  readonly keepAliveTimeoutMs: number;
}

/** One connection. */
export class KeepAlive {
  readonly #session: ServerHttp2Session;
  #calls = 0;
  #hasCalled = false;
  #idleSinceMs: number;
  /** When it was asked last, and whether it has answered. */
  #askedMs: number;
  #isThere = true;
  /** What had come from it when it was last known to be there. */
  #bytesRead = 0;

  constructor(session: ServerHttp2Session, nowMs: number) {
    this.#session = session;
    this.#idleSinceMs = nowMs;
    this.#askedMs = nowMs;
  }

  called(): void {
    this.#calls++;
    this.#hasCalled = true;
  }

  ended(nowMs: number): void {
    this.#calls--;
    this.#idleSinceMs = nowMs;
  }

  /** Whether it has been silent for too long, or HTTP/2 has given it up. */
  isGone(nowMs: number, { keepAliveTimeoutMs }: KeepAliveLimits): boolean {
    if (this.#isThere || nowMs === this.#askedMs) return false;
    // Before its first call nothing is sent to it that it may be slow to take.
    const isStuck = !this.#hasCalled && (this.#session.state.outboundQueueSize ?? 0) > 0;
    return isStuck || nowMs - this.#askedMs >= keepAliveTimeoutMs;
  }

  /** Closes it when it has been idle for too long; asks when it is time. To be called every second or so. */
  look(nowMs: number, { idleMs, keepAliveMs }: KeepAliveLimits): void {
    const session = this.#session;
    if (this.#calls === 0 && nowMs - this.#idleSinceMs >= idleMs) session.close();
    if (session.destroyed) return;
    const hasSpoken = !this.#hasCalled && this.#isThere && session.socket.bytesRead !== this.#bytesRead;
    if (hasSpoken || nowMs - this.#askedMs >= keepAliveMs) this.#ask(nowMs);
  }

  #ask(nowMs: number): void {
    const session = this.#session;
    this.#askedMs = nowMs;
    this.#isThere = false;
    session.ping((error) => {
      if (error !== null || session.destroyed) return;
      this.#isThere = true;
      this.#bytesRead = session.socket.bytesRead;
    });
  }
}
