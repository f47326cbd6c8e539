// What stands between sockets and grpc-js: it counts connections' calls and bytes, ends what takes too long, and answers what grpc-js would
// answer without a sentence. Whatever a peer does costs its own call or connection.
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { constants } from 'node:http2';
import type { Clock, Timer } from '../time/clock.ts';
import type { Failure } from '../errors.ts';
import { KeepAlive, type KeepAliveLimits } from './keep-alive.ts';

/** Bounds of one server. A connection that goes beyond is closed; so is the call where there is one. */
export interface GateLimits extends KeepAliveLimits {
  /** Calls of one connection, open at once; HTTP/2 tells the client, who waits with further ones. */
  readonly streamsMax: number;
  /** Calls of all connections; further ones are refused. */
  readonly callsMax: number;
  /** Names and values of a call's headers. */
  readonly headerBytesMax: number;
  /** Parts of requests that have not arrived as a whole, of all connections. */
  readonly receivingBytesMax: number;
  /** A request, and the settings with which a connection begins, must have arrived within this time. */
  readonly receiveMs: number;
  /** An answer must have been taken within this time. */
  readonly sendMs: number;
  /** Pings of one connection between two looks; clients send one in some seconds. */
  readonly pingsMax: number;
}

export const GATE_LIMITS: GateLimits = {
  streamsMax: 2000,
  callsMax: 10_000,
  headerBytesMax: 8192,
  receivingBytesMax: 64 * 1024 * 1024,
  receiveMs: 10_000,
  sendMs: 30_000,
  idleMs: 300_000,
  keepAliveMs: 30_000,
  keepAliveTimeoutMs: 10_000,
  pingsMax: 200,
};

/** How often the limits are looked at. */
export const LOOK_MS = 1000;
/** What a part of a request takes beside its bytes. */
const PART_BYTES = 256;
/** Longer ones do not fit a timer of Node.js: a month is as good as none. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;
const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000 };

type StreamListener = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number) => void;

interface Connection {
  readonly openedMs: number;
  readonly keepAlive: KeepAlive;
  hasGreeted: boolean;
  /** That came since the last look. */
  pings: number;
}

interface Call {
  readonly openedMs: number;
  readonly connection: Connection;
  /** Goes on answering for as long as it likes. */
  readonly isWatch: boolean;
  receivedBytes: number;
  hasArrived: boolean;
  /** When it was first seen answering. */
  answeringSinceMs: number | undefined;
}

export interface GateOptions {
  readonly clock: Clock;
  readonly limits: GateLimits;
  /** Paths that are served; true when it answers for as long as it likes. */
  readonly methods: ReadonlyMap<string, boolean>;
  /** Ends the sentence for calls beyond `callsMax`. */
  readonly whenFull: string;
  /** A refusal as the headers of an answer that has no message. */
  readonly refusal: (failure: Failure) => Record<string, string | number>;
}

/** Watches the connections of one server. */
export class Gate {
  readonly #options: GateOptions;
  readonly #connections = new Map<ServerHttp2Session, Connection>();
  readonly #calls = new Map<ServerHttp2Stream, Call>();
  readonly #look: Timer;
  #receivingBytes = 0;
  #onEmpty: (() => void) | undefined;

  /** Takes the place of the listener that grpc-js has put on the server, and calls it for what may pass. */
  constructor(server: Http2Server, options: GateOptions) {
    this.#options = options;
    const { streamsMax, headerBytesMax } = options.limits;
    server.updateSettings({ maxConcurrentStreams: streamsMax, maxHeaderListSize: headerBytesMax });
    server.on('session', (session) => this.#connected(session));
    const handlers = server.listeners('stream') as StreamListener[];
    server.removeAllListeners('stream');
    server.on('stream', (stream, headers, flags) =>
      this.#called(stream, headers, () => {
        for (const handle of handlers) handle.call(server, stream, headers, flags);
      }),
    );
    this.#look = options.clock.every(LOOK_MS, () => this.#lookAround());
  }

  /** Says goodbye to every connection, and ends what is left after `graceMs`. Resolves when none is left. */
  async close(graceMs: number): Promise<void> {
    for (const session of this.#connections.keys()) session.close();
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
      if (this.#connections.size === 0) resolve();
    });
    const timer = this.#options.clock.after(graceMs, () => {
      for (const session of this.#connections.keys()) session.destroy(undefined, constants.NGHTTP2_CANCEL);
    });
    await empty;
    timer.cancel();
    this.#look.cancel();
  }

  #connected(session: ServerHttp2Session): void {
    const nowMs = this.#options.clock.nowMs();
    const keepAlive = new KeepAlive(session, nowMs);
    const connection: Connection = { openedMs: nowMs, keepAlive, hasGreeted: false, pings: 0 };
    this.#connections.set(session, connection);
    session.once('remoteSettings', () => (connection.hasGreeted = true));
    session.on('ping', () => connection.pings++);
    session.once('close', () => {
      this.#connections.delete(session);
      if (this.#connections.size === 0) this.#onEmpty?.();
    });
    // The last one slipped in while the listener closed.
    if (this.#onEmpty !== undefined) session.close();
  }

  #called(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, pass: () => void): void {
    // Reset before it was looked at: grpc-js would answer, which fails.
    const connection = stream.session && this.#connections.get(stream.session as ServerHttp2Session);
    if (stream.destroyed || stream.closed || connection === undefined) return;
    stream.on('error', () => undefined);
    const failure = this.#refuse(headers);
    if (failure !== undefined) {
      this.#answer(stream, failure);
      return;
    }
    this.#count(stream, connection, this.#options.methods.get(headers[':path'] ?? '') ?? false);
    understand(headers);
    pass();
    // After grpc-js has paused it: nothing flows before it wants to.
    this.#measure(stream);
  }

  #refuse(headers: IncomingHttpHeaders): Failure | undefined {
    const path = headers[':path'] ?? '';
    // Then grpc-js says by HTTP that it expects gRPC.
    if (headers['content-type']?.startsWith('application/grpc') !== true) return undefined;
    if (!this.#options.methods.has(path)) {
      const served = [...this.#options.methods.keys()].join(', ');
      return { code: 'METHOD_NOT_ALLOWED', message: `no method ${path.slice(0, 100)} here; this serves ${served}` };
    }
    const { callsMax } = this.#options.limits;
    if (this.#calls.size < callsMax) return undefined;
    return {
      code: 'QUEUE_FULL',
      message: `${callsMax.toString()} calls are under way here; ${this.#options.whenFull}`,
    };
  }

  #answer(stream: ServerHttp2Stream, failure: Failure): void {
    stream.respond(this.#options.refusal(failure), { endStream: true });
    stream.close(constants.NGHTTP2_NO_ERROR);
  }

  #count(stream: ServerHttp2Stream, connection: Connection, isWatch: boolean): void {
    const call: Call = {
      ...{ openedMs: this.#options.clock.nowMs(), connection, isWatch },
      ...{ receivedBytes: 0, hasArrived: false, answeringSinceMs: undefined },
    };
    this.#calls.set(stream, call);
    connection.keepAlive.called();
    stream.once('end', () => this.#arrived(call));
    // What is still sent to a call that has its answer is not wanted.
    stream.once('finish', () => {
      if (!call.hasArrived) stream.close(constants.NGHTTP2_NO_ERROR);
    });
    stream.once('close', () => {
      this.#arrived(call);
      this.#calls.delete(stream);
      connection.keepAlive.ended(this.#options.clock.nowMs());
    });
  }

  #measure(stream: ServerHttp2Stream): void {
    const call = this.#calls.get(stream);
    if (call === undefined) return;
    stream.on('data', (part: Buffer) => {
      if (call.hasArrived) return;
      const bytes = part.length + PART_BYTES;
      call.receivedBytes += bytes;
      this.#receivingBytes += bytes;
      if (this.#receivingBytes > this.#options.limits.receivingBytesMax)
        stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    });
  }

  #arrived(call: Call): void {
    if (call.hasArrived) return;
    call.hasArrived = true;
    this.#receivingBytes -= call.receivedBytes;
  }

  #lookAround(): void {
    const nowMs = this.#options.clock.nowMs();
    const { receiveMs, sendMs } = this.#options.limits;
    for (const [stream, call] of this.#calls) {
      if (stream.headersSent && !call.isWatch) call.answeringSinceMs ??= nowMs;
      const isLate = !call.hasArrived && nowMs - call.openedMs >= receiveMs;
      if (isLate || nowMs - (call.answeringSinceMs ?? nowMs) >= sendMs) stream.close(constants.NGHTTP2_CANCEL);
    }
    for (const [session, connection] of this.#connections) {
      if (this.#isTooMuch(connection, nowMs)) session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      else connection.keepAlive.look(nowMs, this.#options.limits);
    }
  }

  #isTooMuch(connection: Connection, nowMs: number): boolean {
    const { hasGreeted, openedMs, keepAlive, pings } = connection;
    const { limits } = this.#options;
    connection.pings = 0;
    if (!hasGreeted && nowMs - openedMs >= limits.receiveMs) return true;
    return pings > limits.pingsMax || keepAlive.isGone(nowMs, limits);
  }
}

/** Headers that grpc-js would misunderstand, or obey at our cost. */
function understand(headers: IncomingHttpHeaders): void {
  const [, amount = '', unit = ''] = /^(\d{1,8})([HMS])$/.exec(String(headers['grpc-timeout'] ?? '')) ?? [];
  if (Number(amount) * (UNIT_MS[unit] ?? 0) > TIMEOUT_MS_MAX) delete headers['grpc-timeout'];
  // A few bytes would unpack to as much as a message may be, thousands of times in one call.
  const encoding = headers['grpc-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    headers['grpc-encoding'] = `${String(encoding).slice(0, 20)} (send it uncompressed)`;
}
