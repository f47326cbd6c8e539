// The load that a member reports for one group alone, such as a service by its own metric. What was opened since the report was asked
// for is not in it yet, so it is added: reported value + weight of the leases opened since that are still open (DESIGN §4). Every step
// costs the same, however many leases there are: a lease remembers how many asks came before it.
import { ExactSum } from '../../common/numbers/exact-sum.ts';

/** Weight of open leases that were opened after the n-th ask. */
class OpenedSince {
  ask = 0;
  readonly #sum = new ExactSum();

  get weight(): number {
    return this.#sum.value;
  }

  opened(weight: number): void {
    this.#sum.add(weight);
  }

  settled(weight: number, asks: number): void {
    if (asks >= this.ask) this.#sum.add(-weight);
  }

  restart(ask: number): void {
    this.ask = ask;
    this.#sum.clear();
  }

  become(other: OpenedSince): void {
    this.ask = other.ask;
    this.#sum.become(other.#sum);
  }
}

export class ReportedLoad {
  #asks = 0;
  #reported: number | undefined;
  /** Since the ask that the last report answered, and since the last ask. */
  readonly #unseen = new OpenedSince();
  readonly #fresh = new OpenedSince();

  /** How often it was asked for. A lease that opens keeps it. */
  get asks(): number {
    return this.#asks;
  }

  /** Undefined before the first report. */
  get load(): number | undefined {
    return this.#reported === undefined ? undefined : this.#reported + this.#unseen.weight;
  }

  asked(): void {
    this.#fresh.restart(++this.#asks);
  }

  /** The answer to the last ask. */
  told(load: number): void {
    this.#reported = load;
    this.#unseen.become(this.#fresh);
  }

  opened(weight: number): void {
    this.#unseen.opened(weight);
    this.#fresh.opened(weight);
  }

  /** `asks`: as many as there were when the lease opened. */
  settled(weight: number, asks: number): void {
    this.#unseen.settled(weight, asks);
    this.#fresh.settled(weight, asks);
  }
}
