// Failures hold up the next try: 1 s, then twice as long each time, 60 s at most; until something went well.

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

export class Backoff {
  #failures = 0;
  #untilMs = -Infinity;

  failed(nowMs: number): void {
    // Several at once are one.
    if (this.restMs(nowMs) > 0) return;
    this.#untilMs = nowMs + Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures++;
  }

  wentWell(): void {
    this.#failures = 0;
  }

  /** How long to wait yet; 0 for not at all. */
  restMs(nowMs: number): number {
    return Math.max(0, this.#untilMs - nowMs);
  }
}
