// Bodies that are being received, bounded in sum: a body is in memory until it is complete, and there may be thousands of connections.
// Large ones are few, and cannot take the room of small ones.
import type { FastifyRequest } from 'fastify';
import type { Failure } from '../../../common/errors.ts';
import { Places } from './places.ts';

/** A body that announces more than this is a large one. One of unknown length may become as large as its route allows. */
export const SMALL_BODY_BYTES = 1024 * 1024;
/** Large bodies being received at once. */
export const LARGE_BODIES_MAX = 16;
/** All small bodies being received at once. */
export const SMALL_BODIES_BYTES_MAX = 256 * 1024 * 1024;

export class BodiesInFlight {
  readonly #large = new Places(LARGE_BODIES_MAX);
  #smallBytes = 0;

  /** Counts the body of this request, which has just begun, until it has arrived or the client is gone; says why it may not come. */
  begin(request: FastifyRequest): Failure | undefined {
    const { raw } = request;
    const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers;
    if (length === undefined && encoding === undefined) return undefined;
    const bytesMax = request.routeOptions.bodyLimit;
    const bytes = encoding === undefined ? Number(length) : bytesMax;
    if (bytes > bytesMax) return undefined; // it is refused without being read
    const arrived = bytes > SMALL_BODY_BYTES ? this.#large.take() : this.#takeSmall(bytes);
    if (arrived === undefined) {
      const message =
        'too many large requests are being received; send smaller ones with content-length, or try again later';
      return { code: 'TOO_MANY_LISTENERS', message };
    }
    raw.once('close', arrived); // after its end as well
    return undefined;
  }

  #takeSmall(bytes: number): (() => void) | undefined {
    if (this.#smallBytes + bytes > SMALL_BODIES_BYTES_MAX) return undefined;
    this.#smallBytes += bytes;
    return () => {
      this.#smallBytes -= bytes;
    };
  }
}
