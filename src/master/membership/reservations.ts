// Places promised to nodes that have asked but not yet joined. Pure: time comes in as a number, nothing needs a timer.

/** A place is promised for this long. */
export const RESERVATION_MS = 5000;

export interface Reservation {
  readonly nonce: string;
  readonly instanceId: string;
  readonly expiresAtMs: number;
  /** The node's ConnectionAck came: the other nine of its burst mean nothing. */
  claimed: boolean;
}

export class Reservations {
  readonly #byNonce = new Map<string, Reservation>();

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

  /** Takes up a promise, once. */
  claim(nonce: string, instanceId: string, nowMs: number): 'claimed' | 'already-claimed' | 'unknown' {
    this.#dropExpired(nowMs);
    const reservation = this.#byNonce.get(nonce);
    if (reservation?.instanceId !== instanceId) return 'unknown';
    if (reservation.claimed) return 'already-claimed';
    reservation.claimed = true;
    return 'claimed';
  }

  /** The node has joined, or failed to. */
  release(nonce: string): void {
    this.#byNonce.delete(nonce);
  }

  #dropExpired(nowMs: number): void {
    for (const [nonce, { expiresAtMs, claimed }] of this.#byNonce) {
      // A claimed one is released by its dial, which has a limit of its own.
      if (!claimed && expiresAtMs <= nowMs) this.#byNonce.delete(nonce);
    }
  }
}
