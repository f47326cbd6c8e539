// What the forward door may ask of a member that serves: one request at a time per connection, as a stream of events. Connections and
// the HTTP client behind it are the owner's business (src/master/forwarding/upstream.ts).
import type { Readable } from 'node:stream';

/** A request as it is to leave. */
export interface UpstreamRequest {
  readonly method: string;
  /** With its query; begins with a slash. */
  readonly path: string;
  /** Name, value, name, value …, with Host, and with Content-Length when that is known; nothing else about connection or framing. */
  readonly headers: string[];
  /** Destroyed by the upstream when no more of it is wanted. */
  readonly body: Readable | undefined;
}

/** What becomes of a request: `onHead`, `onData` …, `onEnd`; or `onFailed` at any time before the end. */
export interface UpstreamReader {
  /** From here on the service may have seen something of it. */
  onSending(): void;
  /** Of the final response; those of 1xx are not told. Headers as they came: name, value, name, value …. */
  onHead(status: number, statusText: string, headers: readonly string[]): void;
  /** False: not so fast; `resume` of the exchange goes on. */
  onData(chunk: Buffer): boolean;
  /** Trailers as they came. */
  onEnd(trailers: readonly string[]): void;
  /** `reason` is for people. */
  onFailed(reason: string, fault: UpstreamFault): void;
}

/**
 * Who is to blame. `request`: it cannot be sent to anyone as it is. `nobody`: a connection that was kept from an earlier request ended
 * without a byte of an answer, as when a service closes an idle connection just then.
 */
export type UpstreamFault = 'service' | 'request' | 'nobody';

/** A request under way. */
export interface Exchange {
  /** More data may come. */
  resume(): void;
  /** Ends it: what was under way is cut off, and the reader hears nothing more. Harmless after its end. */
  abort(): void;
}

/** A member that serves, with the connections to it. */
export interface Upstream {
  /** The reader may be called before this returns. */
  send(request: UpstreamRequest, reader: UpstreamReader): Exchange;
  /** No new requests; connections close when those under way have ended. */
  close(): void;
  /** Everything ends now. */
  destroy(): void;
}
