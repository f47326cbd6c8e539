// Tiles that have come, the latest used ones up to a number. No DOM.

export class TileCache<T> {
  /** The one used longest ago first. */
  readonly #tiles = new Map<string, T>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#tiles.size;
  }

  has(key: string): boolean {
    return this.#tiles.has(key);
  }

  /** Counts as a use. */
  get(key: string): T | undefined {
    const tile = this.#tiles.get(key);
    if (tile === undefined) return undefined;
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    return tile;
  }

  set(key: string, tile: T): void {
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    for (const oldest of this.#tiles.keys()) {
      if (this.#tiles.size <= this.#max) return;
      this.#tiles.delete(oldest);
    }
  }
}
