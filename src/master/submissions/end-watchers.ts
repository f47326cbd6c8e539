// Who waits for the end of which task, beside the request that brought it.

export class EndWatchers<Told> {
  readonly #watchers = new Map<string, Set<(told: Told) => void>>();

  /** Tasks that somebody waits for. */
  get size(): number {
    return this.#watchers.size;
  }

  has(id: string): boolean {
    return this.#watchers.has(id);
  }

  /** Returns how to stop waiting. */
  add(id: string, onEnd: (told: Told) => void): () => void {
    // A wrapper of its own for each, so that the same function may wait twice.
    const watcher = (told: Told): void => onEnd(told);
    const waiting = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, waiting.add(watcher));
    return () => {
      waiting.delete(watcher);
      if (waiting.size === 0 && this.#watchers.get(id) === waiting) this.#watchers.delete(id);
    };
  }

  /** Tells everybody who waits for `id`; what they are told is built only if there is anybody. */
  tell(id: string, build: () => Told): void {
    const waiting = this.#watchers.get(id);
    if (waiting === undefined) return;
    this.#watchers.delete(id);
    const told = build();
    for (const onEnd of waiting) onEnd(told);
  }
}
