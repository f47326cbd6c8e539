// A client of node:http2 that speaks gRPC as badly as a test wants: what it sends is not checked, how it ends is told.
import { once } from 'node:events';
import { connect, type ClientHttp2Session } from 'node:http2';

export interface Ending {
  /** Of HTTP. */
  readonly http: number | undefined;
  /** Of gRPC: in the headers of an answer without a message, or after it. */
  readonly grpc: number | undefined;
  /** Why HTTP/2 ended the call; 0 when it just ended. */
  readonly rstCode: number;
}

export interface RawCall {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Sends nothing more after `body`, and never says so. */
  readonly isUnfinished?: boolean;
  /** Takes nothing of the answer but its head. */
  readonly isDeaf?: boolean;
}

/** One connection. */
export class Http2Caller {
  readonly session: ClientHttp2Session;

  constructor(port: number, settings: Readonly<Record<string, number>> = {}) {
    this.session = connect(`http://127.0.0.1:${port.toString()}`, { settings });
    this.session.on('error', () => undefined);
  }

  /** Resolves when the call has ended, one way or another. */
  call({ path = '/lanyard.LoadBalancer/GetBackend', headers, body, isUnfinished, isDeaf }: RawCall): Promise<Ending> {
    const fixed = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
    const stream = this.session.request({ ...fixed, ...headers });
    let http: number | undefined;
    let grpc: number | undefined;
    const read = (fields: Readonly<Record<string, unknown>>): void => {
      if (fields['grpc-status'] !== undefined) grpc = Number(fields['grpc-status']);
    };
    stream.on('response', (fields) => {
      http = fields[':status'];
      read(fields);
    });
    stream.on('trailers', read);
    stream.on('error', () => undefined);
    if (body !== undefined) stream.write(body);
    if (isUnfinished !== true) stream.end();
    if (isDeaf !== true) stream.resume();
    return new Promise((resolve) => {
      stream.on('close', () => resolve({ http, grpc, rstCode: stream.rstCode }));
    });
  }

  /** There and back: what came before has been read on both sides. */
  async ping(): Promise<void> {
    if (this.session.connecting) await once(this.session, 'connect');
    return new Promise((resolve, reject) => {
      this.session.ping((error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  /** Until the connection has ended. */
  closed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.session.destroyed) resolve();
      else this.session.once('close', resolve);
    });
  }

  destroy(): void {
    this.session.destroy();
  }
}
