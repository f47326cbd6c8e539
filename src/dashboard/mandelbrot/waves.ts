// Which tiles are out. A wave is one request for many tiles, answered as they end; it is given up, which cancels what has not ended, as soon
// as one of its tiles is not needed any more, and what still is goes into the next. No DOM; the request itself is a parameter.
import type { Tile } from './plane.ts';

/** Tiles of one wave, and waves at once: how many are out at most. The second begins when half of the first has come. */
export const WAVE_TILES = 128;
export const WAVES_MAX = 2;
const RETRY_FIRST_MS = 500;
const RETRY_LAST_MS = 10_000;

/** One tile's end, by its place in the wave. */
export type WaveLine =
  | { readonly index: number; readonly result: string; readonly slave: string }
  | { readonly index: number; readonly problem: string };

/** The wave as a whole was not taken, or broke off. */
export class WaveRefused extends Error {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs = 0) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** What the waves need of those around them. */
export interface Shore {
  open(tiles: readonly Tile[], signal: AbortSignal): AsyncIterable<WaveLine>;
  /** It has come already. */
  has(tile: Tile): boolean;
  /** Still worth computing when it is out. */
  isNeeded(tile: Tile): boolean;
  /** Returns what is wrong with it, for people; undefined when it is good. */
  arrived(tile: Tile, result: string, slave: string): string | undefined;
  /** What went wrong, for people; undefined when all is well again. */
  trouble(text: string | undefined): void;
  after(ms: number, then: () => void): void;
}

interface Wave {
  readonly abort: AbortController;
  readonly pending: Map<number, Tile>;
}

export class Waves {
  readonly #shore: Shore;
  readonly #waves = new Set<Wave>();
  #wanted: readonly Tile[] = [];
  #failures = 0;
  /** The pause after a failure that counts; others are over. */
  #pause: object | undefined;
  #cancelled = 0;
  #isHeld = false;

  constructor(shore: Shore) {
    this.#shore = shore;
  }

  /** Tiles whose computation was given up. */
  get cancelled(): number {
    return this.#cancelled;
  }

  get out(): number {
    return [...this.#waves].reduce((sum, { pending }) => sum + pending.size, 0);
  }

  /** All tiles of the picture, the most important first. */
  want(tiles: readonly Tile[]): void {
    this.#wanted = tiles;
    this.#step();
  }

  /** Gives up all that is out. */
  giveUp(): void {
    for (const wave of this.#waves) this.#abort(wave);
  }

  /** From now on what is out comes, and nothing else is asked for. */
  hold(): void {
    this.#isHeld = true;
  }

  /** The end of `hold`. */
  goOn(): void {
    this.#isHeld = false;
    this.#step();
  }

  /** Ends a pause. */
  retryNow(): void {
    this.#pause = undefined;
    this.#step();
  }

  #step(): void {
    for (const wave of [...this.#waves]) {
      if (![...wave.pending.values()].every((tile) => this.#shore.isNeeded(tile))) this.#abort(wave);
    }
    if (this.#isHeld) return;
    while (this.#pause === undefined && this.#waves.size < WAVES_MAX && this.out <= WAVE_TILES / 2) {
      const next = this.#missing().slice(0, WAVE_TILES);
      if (next.length === 0) return;
      void this.#run({ abort: new AbortController(), pending: new Map(next.entries()) }, next);
    }
  }

  #missing(): Tile[] {
    const out = new Set([...this.#waves].flatMap(({ pending }) => [...pending.values()].map(({ key }) => key)));
    return this.#wanted.filter((tile) => !out.has(tile.key) && !this.#shore.has(tile));
  }

  async #run(wave: Wave, tiles: readonly Tile[]): Promise<void> {
    this.#waves.add(wave);
    let refusal: WaveRefused | undefined;
    let hasBrought = false;
    try {
      for await (const line of this.#shore.open(tiles, wave.abort.signal)) {
        if (wave.abort.signal.aborted) return;
        const problem = this.#take(wave, line);
        if (problem === undefined) {
          hasBrought = true;
        } else {
          refusal = problem;
          // What else is out may take long: people are told now.
          this.#shore.trouble(problem.message);
        }
      }
      if (wave.pending.size > 0) refusal ??= new WaveRefused('The answer of the master broke off.');
    } catch (error) {
      refusal = error instanceof WaveRefused ? error : new WaveRefused('The master does not answer.');
    } finally {
      // An answer that is not read to its end would hold its connection, and the master its tasks.
      wave.abort.abort();
    }
    if (!this.#waves.delete(wave)) return;
    // Whoever brings something is asked again soon.
    if (refusal === undefined || hasBrought) this.#failures = 0;
    if (refusal === undefined) this.#shore.trouble(undefined);
    else this.#fail(refusal);
    this.#step();
  }

  #take({ pending }: Wave, line: WaveLine): WaveRefused | undefined {
    const tile = pending.get(line.index);
    if (tile === undefined) return undefined;
    pending.delete(line.index);
    if ('problem' in line) return new WaveRefused(line.problem);
    const wrong = this.#shore.arrived(tile, line.result, line.slave);
    if (wrong !== undefined) return new WaveRefused(wrong);
    this.#step();
    return undefined;
  }

  #fail({ message, retryAfterMs }: WaveRefused): void {
    const backoffMs = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
    this.#shore.trouble(message);
    const pause = {};
    this.#pause = pause;
    this.#shore.after(Math.max(retryAfterMs, backoffMs), () => {
      if (this.#pause === pause) this.retryNow();
    });
  }

  #abort(wave: Wave): void {
    this.#waves.delete(wave);
    this.#cancelled += wave.pending.size;
    wave.abort.abort();
  }
}
