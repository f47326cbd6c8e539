// Ids in order of a rising sequence number, from which any may be taken out: two plain arrays, searched by bisection, and packed
// again when more than half of them is empty. So the memory follows those that are left, not all that ever were.

const PACK_FROM = 1024;

export class SequenceList {
  #sequences: number[] = [];
  #ids: (string | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `sequence` is greater than all before. */
  add(sequence: number, id: string): void {
    this.#sequences.push(sequence);
    this.#ids.push(id);
    this.#size++;
  }

  remove(sequence: number): void {
    const at = this.#firstFrom(sequence);
    if (this.#sequences[at] !== sequence || this.#ids[at] === undefined) return;
    this.#ids[at] = undefined;
    this.#size--;
    if (this.#ids.length >= PACK_FROM && this.#size * 2 < this.#ids.length) this.#pack();
  }

  /** Those up to `sequence`, the greatest first. */
  *downFrom(sequence: number): Generator<readonly [sequence: number, id: string]> {
    for (let at = this.#firstFrom(sequence + 1) - 1; at >= 0; at--) {
      const id = this.#ids[at];
      if (id !== undefined) yield [this.#sequences[at] ?? 0, id];
    }
  }

  /** The place of the first sequence that is not less; the length when there is none. */
  #firstFrom(sequence: number): number {
    let low = 0;
    let high = this.#sequences.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sequences[middle] ?? Infinity) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #pack(): void {
    const kept = this.#ids.flatMap((id, at) => (id === undefined ? [] : [at]));
    this.#sequences = kept.map((at) => this.#sequences[at] ?? 0);
    this.#ids = kept.map((at) => this.#ids[at]);
  }
}
