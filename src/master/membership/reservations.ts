// Places promised to nodes that have asked but not yet joined. Pure: time comes in as a number, nothing needs a timer.

/** A place is promised for this long. */
export const RESERVATION_MS = 5000;
/** So many nodes are dialled at once; source addresses can be forged, and each dial opens three connections. */
export const DIALS_MAX = 256;

export interface Reservation {
  readonly nonce: string;
  readonly instanceId: string;
  readonly expiresAtMs: number;
  /** The node's ConnectionAck came: the other nine of its burst mean nothing. */
  claimed: boolean;
}

export class Reservations {
  readonly #byNonce = new Map<string, Reservation>();
  /** Instances that are being dialled. */
  readonly #dialled = new Set<string>();

  /** How many places are promised at `nowMs` to instances other than `instanceId`. */
  othersThan(instanceId: string, nowMs: number): number {
    this.#dropExpired(nowMs);
    const others = new Set<string>();
    for (const reservation of this.#byNonce.values()) others.add(reservation.instanceId);
    others.delete(instanceId);
    return others.size;
  }

  /** Promises a place; asking again with the same nonce changes nothing. A newer search of one instance replaces its older one. */
  reserve(nonce: string, instanceId: string, nowMs: number): void {
    if (this.#byNonce.has(nonce)) return;
    for (const [old, reservation] of this.#byNonce) {
      if (reservation.instanceId === instanceId && !reservation.claimed) this.#byNonce.delete(old);
    }
    this.#byNonce.set(nonce, { nonce, instanceId, expiresAtMs: nowMs + RESERVATION_MS, claimed: false });
  }

  /** Takes up a promise, once. `busy`: this instance, or too many others, are being dialled already. */
  claim(nonce: string, instanceId: string, nowMs: number): 'claimed' | 'already-claimed' | 'busy' | 'unknown' {
    this.#dropExpired(nowMs);
    const reservation = this.#byNonce.get(nonce);
    if (reservation?.instanceId !== instanceId) return 'unknown';
    if (reservation.claimed) return 'already-claimed';
    if (this.#dialled.has(instanceId) || this.#dialled.size >= DIALS_MAX) return 'busy';
    this.#dialled.add(instanceId);
    reservation.claimed = true;
    return 'claimed';
  }

  /** The node has joined, or failed to. */
  release(nonce: string): void {
    const reservation = this.#byNonce.get(nonce);
    if (reservation?.claimed === true) this.#dialled.delete(reservation.instanceId);
    this.#byNonce.delete(nonce);
  }

  #dropExpired(nowMs: number): void {
    for (const [nonce, { expiresAtMs, claimed }] of this.#byNonce) {
      // A claimed one is released by its dial, which has a limit of its own.
      if (!claimed && expiresAtMs <= nowMs) this.#byNonce.delete(nonce);
    }
  }
}
