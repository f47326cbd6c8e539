// The services that have backends, and what was asked of each. Their names come from strangers, so only so many get a line of their own
// in the metrics, each for as long as it has backends; what is asked of all others is counted together.

/** How a question for a backend can end. */
export type Answer = 'chosen' | 'no_backend' | 'full' | 'draining';
export type Answers = Record<Answer, number>;

/** So many services are told apart in metrics. */
const NAMED_MAX = 100;
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

export class Services {
  readonly #services = new Map<string, Service>();
  /** Of services without a label of their own, and of those that nobody offers. */
  readonly others: Answers = newAnswers();
  #named = 0;

  get size(): number {
    return this.#services.size;
  }

  find(name: string): Service | undefined {
    return this.#services.get(name);
  }

  all(): IterableIterator<Service> {
    return this.#services.values();
  }

  /** One backend more. */
  enter(name: string): Service {
    let service = this.#services.get(name);
    if (service === undefined) {
      const isNamed = this.#named < NAMED_MAX && name !== OTHER_SERVICES;
      if (isNamed) this.#named++;
      const counted = isNamed
        ? { label: name, answers: newAnswers() }
        : { label: OTHER_SERVICES, answers: this.others };
      service = { name, ...counted, backends: 0, ready: 0 };
      this.#services.set(name, service);
    }
    service.backends++;
    return service;
  }

  /** One backend less; true when that was the last. */
  leave(service: Service): boolean {
    service.backends--;
    if (service.backends > 0) return false;
    if (service.label !== OTHER_SERVICES) this.#named--;
    return this.#services.delete(service.name);
  }
}
