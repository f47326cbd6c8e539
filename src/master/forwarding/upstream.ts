// A member that serves, behind undici: connections are kept for the next request, and closed when the member goes. Time limits inside
// a request are the door's.
import type { Duplex } from 'node:stream';
import { Client, type Dispatcher } from 'undici';
import { messageOf } from '../../common/errors.ts';
import type { Exchange, Upstream, UpstreamFault, UpstreamReader, UpstreamRequest } from '../doors/upstream.ts';
import { headerStrings } from './header-strings.ts';

/** A service that does not accept a connection within this time is out of reach. */
const CONNECT_MS = 5000;
/** A kept connection that nobody uses is closed before the service does it: node's own servers wait 5 s. */
const KEPT_MS = 4000;
/** What a service says in `Keep-Alive: timeout=…` counts up to this. */
const KEPT_MAX_MS = 60_000;
/** Of a response. */
const HEADER_BYTES_MAX = 64 * 1024;
/** A service may say so often that it is still at work (1xx) before it answers. */
const INFORMATION_MAX = 16;

export interface UpstreamOptions {
  /** Host name or address. */
  readonly host: string;
  readonly port: number;
  /** How a connection is opened where a plain one will not do: a tunnel. Calls back once, with an error or a connection. */
  readonly connect?: (done: (error: Error | null, connection: Duplex | null) => void) => void;
}

/** Connects to nothing yet. */
export function openUpstream(options: UpstreamOptions): Upstream {
  return new UndiciUpstream(options);
}

/**
 * One undici client a connection. Which of them is idle is known here, so undici's Pool, which finds out by events, would only cost
 * time. There are as many as there ever were requests at once, those among them that were given up while their connection was being made:
 * the slots of the member bound the others.
 */
class UndiciUpstream implements Upstream {
  readonly #origin: string;
  readonly #options: Client.Options;
  readonly #all = new Set<Line>();
  /** The one used last comes first, so that those that are not needed fall idle. */
  readonly #idle: Line[] = [];
  #isClosed = false;

  constructor({ host, port, connect }: UpstreamOptions) {
    this.#origin = `http://${host.includes(':') ? `[${host}]` : host}:${port.toString()}`;
    this.#options = {
      ...(connect === undefined
        ? { connectTimeout: CONNECT_MS }
        : { connect: (_options, done) => connect((...result) => done(...(result as Parameters<typeof done>))) }),
      pipelining: 1,
      keepAliveTimeout: KEPT_MS,
      keepAliveMaxTimeout: KEPT_MAX_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
  }

  send(request: UpstreamRequest, reader: UpstreamReader): Exchange {
    const line = this.#idle.pop() ?? this.#open();
    return new UndiciExchange(line, request, reader, this);
  }

  close(): void {
    this.#isClosed = true;
    for (const { client } of this.#all) void client.close().catch(() => undefined);
    this.#idle.length = 0;
  }

  destroy(): void {
    this.#isClosed = true;
    for (const { client } of this.#all) void client.destroy().catch(() => undefined);
    this.#idle.length = 0;
  }

  /** Its exchange is over. */
  release(line: Line): void {
    if (!this.#isClosed) this.#idle.push(line);
  }

  #open(): Line {
    const client = new Client(this.#origin, this.#options);
    const line = { client, uses: 0 };
    client.on('connect', () => (line.uses = 0));
    this.#all.add(line);
    if (this.#isClosed) void client.destroy().catch(() => undefined);
    return line;
  }
}

/** A client, and how many requests its present connection has had. */
interface Line {
  readonly client: Client;
  uses: number;
}

/** undici's own calls of a handler, which spare the objects that the newer ones are made of. */
class UndiciExchange implements Exchange, Dispatcher.DispatchHandler {
  readonly #reader: UpstreamReader;
  readonly #line: Line;
  readonly #owner: UndiciUpstream;
  #abort: ((error?: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #informed = 0;
  /** Its connection had requests before. */
  #isReused = false;
  #hasBegun = false;
  /** The reader hears nothing more. */
  #isOver = false;
  #isReleased = false;

  constructor(line: Line, request: UpstreamRequest, reader: UpstreamReader, owner: UndiciUpstream) {
    this.#reader = reader;
    this.#line = line;
    this.#owner = owner;
    const { method, path, headers, body = null } = request;
    line.client.dispatch({ method, path, headers, body }, this);
  }

  resume(): void {
    this.#resume?.();
  }

  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#abort?.();
  }

  onConnect(abort: (error?: Error) => void): void {
    if (this.#isOver) {
      abort();
      return;
    }
    this.#abort = abort;
    this.#isReused = this.#line.uses++ > 0;
    this.#reader.onSending();
  }

  onResponseStarted(): void {
    this.#hasBegun = true;
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void, statusText: string): boolean {
    if (this.#isOver) return true;
    this.#resume = resume;
    if (status < 200) {
      if (++this.#informed > INFORMATION_MAX)
        this.#abort?.(new Error(`it sent more than ${INFORMATION_MAX} responses of 1xx`));
      return true;
    }
    this.#reader.onHead(status, statusText, headerStrings(headers));
    // These have no body, whatever length they say of one; undici would wait for it in vain and call it a failure.
    if (status === 204 || status === 304) this.#end([]);
    return true;
  }

  onData(chunk: Buffer): boolean {
    return this.#isOver || this.#reader.onData(chunk);
  }

  onComplete(trailers: readonly (string | Buffer)[] | null): void {
    this.#release();
    this.#end(trailers ?? []);
  }

  #end(trailers: readonly (string | Buffer)[]): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reader.onEnd(trailers.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))));
  }

  onError(error: Error & { code?: string }): void {
    this.#release();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reader.onFailed(reasonOf(error), this.#faultOf(error));
  }

  #faultOf({ code = '' }: Error & { code?: string }): UpstreamFault {
    if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') return 'request';
    return this.#isReused && !this.#hasBegun && ENDED.has(code) ? 'nobody' : 'service';
  }

  #release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#owner.release(this.#line);
  }
}

/** The connection has ended. */
const ENDED: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
/** What undici says of answers that it does not expect; beside these its own assertions fail. */
const ODD: ReadonlySet<string> = new Set(['bad response', 'bad upgrade']);

/** As a person can read it; some system errors have only a code. */
function reasonOf(error: Error & { code?: string }): string {
  const message = messageOf(error);
  if (error.code === 'ERR_ASSERTION' || ODD.has(message)) return 'what it sent is no valid HTTP';
  return message === '' ? (error.code ?? error.name) : message;
}
