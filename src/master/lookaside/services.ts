// The services that have backends, and what was asked of each. Their names come from strangers, so only so many get a line of their own
// in the metrics, each for as long as it has backends and an hour more: names that come and go make no series without end. What is asked
// of all others is counted together.
import type { Clock } from '../../common/time/clock.ts';

/** How a question for a backend can end. */
export type Answer = 'chosen' | 'no_backend' | 'full' | 'draining';
export type Answers = Record<Answer, number>;

/** So many services are told apart in metrics. */
const NAMED_MAX = 100;
/** A label is free for another service so long after its last backend left. */
const LABEL_KEPT_MS = 3_600_000;
/** The name of all others there. */
export const OTHER_SERVICES = 'other';

export interface Service {
  readonly name: string;
  /** In metrics. */
  readonly label: string;
  /** Shared by all that have no label of their own. */
  readonly answers: Answers;
  backends: number;
  /** Of these, who reports. */
  ready: number;
}

export function newAnswers(): Answers {
  return { chosen: 0, no_backend: 0, full: 0, draining: 0 };
}

interface Named {
  readonly answers: Answers;
  /** When its last backend left; Infinity while it has one. */
  leftAtMs: number;
}

export class Services {
  readonly #clock: Clock;
  readonly #services = new Map<string, Service>();
  /** Of services without a label of their own, and of those that nobody offers. */
  readonly others: Answers = newAnswers();
  readonly #named = new Map<string, Named>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#services.size;
  }

  find(name: string): Service | undefined {
    return this.#services.get(name);
  }

  all(): IterableIterator<Service> {
    return this.#services.values();
  }

  /** What was asked of each service that has a label of its own, also of those that were left within the last hour. */
  *named(): Generator<readonly [label: string, answers: Answers]> {
    for (const [name, { answers }] of this.#named) if (!this.#isOver(name)) yield [name, answers];
  }

  /** One backend more. */
  enter(name: string): Service {
    let service = this.#services.get(name);
    if (service === undefined) {
      const named = this.#nameOf(name);
      const label = named === undefined ? OTHER_SERVICES : name;
      service = { name, label, answers: named?.answers ?? this.others, backends: 0, ready: 0 };
      this.#services.set(name, service);
    }
    service.backends++;
    return service;
  }

  /** One backend less; true when that was the last. */
  leave(service: Service): boolean {
    service.backends--;
    if (service.backends > 0) return false;
    const named = service.label === OTHER_SERVICES ? undefined : this.#named.get(service.label);
    if (named !== undefined) named.leftAtMs = this.#clock.nowMs();
    return this.#services.delete(service.name);
  }

  /** The place of a label, kept from before or free; undefined when there is none. */
  #nameOf(name: string): Named | undefined {
    if (name === OTHER_SERVICES) return undefined;
    for (const known of this.#named.keys()) if (this.#isOver(known)) this.#named.delete(known);
    let named = this.#named.get(name);
    if (named === undefined) {
      if (this.#named.size >= NAMED_MAX) return undefined;
      named = { answers: newAnswers(), leftAtMs: Infinity };
      this.#named.set(name, named);
    }
    named.leftAtMs = Infinity;
    return named;
  }

  #isOver(name: string): boolean {
    return this.#clock.nowMs() - (this.#named.get(name)?.leftAtMs ?? Infinity) >= LABEL_KEPT_MS;
  }
}
