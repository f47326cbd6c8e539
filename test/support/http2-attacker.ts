// A peer on a bare socket that writes HTTP/2 frames as it likes (RFC 9113, RFC 7541): half of them, too many, too large, or none at all.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
};
export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A frame as bytes; `length` lies about the payload when it is given. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header block: every field a literal that is not indexed. */
export function headerBlock(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

/** Length in seven bits, then as many as it takes, then the bytes. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

/** The headers of a gRPC call. */
export function callHeaders(path: string, more: readonly (readonly [string, string])[] = []): Buffer {
  return headerBlock([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'localhost'],
    ['te', 'trailers'],
    ['content-type', 'application/grpc'],
    ...more,
  ]);
}

/** A message as gRPC puts it into DATA; `length` and `isCompressed` may lie. */
export function message(payload: Buffer, length = payload.length, isCompressed = false): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(isCompressed ? 1 : 0, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, payload]);
}

/** One connection. What comes is kept as frames; errors of the socket mean that it is closed, no more. */
export class Http2Attacker {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  #rest = Buffer.alloc(0);
  #waiting: (() => void)[] = [];
  isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => this.#read(bytes));
    socket.on('close', () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  /** Connected; nothing is sent. */
  static async connect(port: number): Promise<Http2Attacker> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const attacker = new Http2Attacker(socket);
    await once(socket, 'connect');
    return attacker;
  }

  /** Connected, and past the preface and the settings of both. */
  static async open(port: number, settings: Buffer = Buffer.alloc(0)): Promise<Http2Attacker> {
    const attacker = await Http2Attacker.connect(port);
    attacker.write(PREFACE, frame(FRAME.SETTINGS, 0, 0, settings));
    await attacker.until(({ type, flags }) => type === FRAME.SETTINGS && flags === 0);
    attacker.write(frame(FRAME.SETTINGS, ACK, 0));
    return attacker;
  }

  write(...parts: readonly Buffer[]): void {
    if (!this.isClosed) this.socket.write(Buffer.concat(parts));
  }

  /** The first frame of that kind, or undefined when the connection is closed before; rejects after `limitMs`. */
  async until(matches: (frame: Frame) => boolean, limitMs = 5000): Promise<Frame | undefined> {
    const end = performance.now() + limitMs;
    for (;;) {
      const found = this.frames.find(matches);
      if (found !== undefined || this.isClosed) return found;
      await this.#news(end - performance.now());
    }
  }

  /** Until the other side has closed the connection; rejects after `limitMs`. */
  async closed(limitMs = 5000): Promise<void> {
    const end = performance.now() + limitMs;
    while (!this.isClosed) await this.#news(end - performance.now());
  }

  destroy(): void {
    this.socket.destroy();
  }

  #news(limitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('nothing more came from the server')), Math.max(0, limitMs));
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  #read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 9) {
      const end = 9 + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < end) break;
      const [type = 0, flags = 0] = this.#rest.subarray(3, 5);
      const stream = this.#rest.readUInt32BE(5) % 2 ** 31;
      this.frames.push({ type, flags, stream, payload: this.#rest.subarray(9, end) });
      this.#rest = this.#rest.subarray(end);
    }
    this.#wake();
  }
}
