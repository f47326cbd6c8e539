// A sum to which is added and from which is taken without end. Plain numbers lose a little each time, and what is lost stays for as long
// as the sum is never empty: something that just fits would fit no more. Here it is kept beside the sum (Neumaier's summation).

export class ExactSum {
  #sum = 0;
  /** What rounding took from the sum. */
  #lost = 0;

  /** To within the rounding of this one number. */
  get value(): number {
    return this.#sum + this.#lost;
  }

  /** Takes away when it is negative. */
  add(part: number): void {
    const sum = this.#sum + part;
    const isSmaller = Math.abs(this.#sum) >= Math.abs(part);
    this.#lost += isSmaller ? this.#sum - sum + part : part - sum + this.#sum;
    this.#sum = sum;
  }

  clear(): void {
    this.#sum = 0;
    this.#lost = 0;
  }

  /** Takes over the sum of another, which stays as it is. */
  become(other: ExactSum): void {
    this.#sum = other.#sum;
    this.#lost = other.#lost;
  }
}
