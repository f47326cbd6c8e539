// What the look-aside door asks: takes backends in, hears their loads, and chooses whom to call. The call itself passes the master by.
import type { Failure } from '../../common/errors.ts';
import { printable } from '../../common/text/printable.ts';
import type { Backend, BackendWelcome, LookAside } from '../doors/door.ts';
import { takesWork } from '../pool/member-state.ts';
import type { Member } from '../pool/member.ts';
import { backendProblem, loadProblem } from './backend-checks.ts';
import { Backends, type BackendsParts } from './backends.ts';
import { COMPUTE_CALLS, groupOfService, isCompute } from './groups.ts';
import { LookAsideLeases, type LeasesParts } from './leases.ts';
import { newAnswers, type Answers } from './services.ts';
import { whyNoBackend, whyNoSlave, type Crowd } from './why-nobody.ts';

export interface LookAsideParts extends LeasesParts, Omit<BackendsParts, 'draw'> {
  /** Groups in which slaves run tasks: no service of a backend may be called so. */
  readonly catalogue: { hasGroup(name: string): boolean };
  readonly isDraining: () => boolean;
  /** From 0 up to 1; draws among equals while leases are off. */
  readonly random: () => number;
}

/** How often backends said what, by what became of it. */
export interface BackendCounters {
  readonly registrations: { new: number; known: number; refused: number };
  readonly reports: { taken: number; unknown: number; refused: number };
}

export class LookAsideDesk implements LookAside {
  readonly leases: LookAsideLeases;
  readonly backends: Backends;
  readonly counters: BackendCounters = {
    registrations: { new: 0, known: 0, refused: 0 },
    reports: { taken: 0, unknown: 0, refused: 0 },
  };
  /** What was asked of the slaves. */
  readonly computeAnswers = newAnswers();
  readonly #parts: LookAsideParts;
  /** Slaves that take calls, counted when somebody is refused and not before something has changed. */
  #callable: Crowd | undefined;

  constructor(parts: LookAsideParts) {
    this.#parts = parts;
    // Leases keep those who ask at once apart; without them equals would be taken in turn, and nothing would be left to see.
    const draw = parts.leaseMs === 'off' ? parts.random : undefined;
    this.leases = new LookAsideLeases(parts);
    this.backends = new Backends({ ...parts, draw });
    parts.pool.setRules(COMPUTE_CALLS, { equalWithin: 0, draw, yieldsToTasks: true });
    // What a slave offers changes only when it says anew what it is.
    const forget = ({ profile }: Member): void => {
      if (profile.kind === 'slave') this.#callable = undefined;
    };
    parts.pool.observe({ onMember: forget, onProfile: forget });
  }

  register(given: Backend, peer: string): BackendWelcome | Failure {
    const { registrations } = this.counters;
    const backend = { ...given, address: given.address === '' ? peer : given.address };
    const problem = backendProblem(backend, (name) => this.#parts.catalogue.hasGroup(name)) ?? this.#refusal(backend);
    if (problem !== undefined) {
      registrations.refused++;
      return problem;
    }
    const isNew = this.backends.register(backend);
    registrations[isNew ? 'new' : 'known']++;
    const { id, service, address, port } = backend;
    return this.#welcome(`${id} is registered for ${service} at ${address}:${port.toString()}`);
  }

  report(id: string, load: number): BackendWelcome | Failure {
    const { reports } = this.counters;
    const problem = loadProblem(load);
    if (problem !== undefined) {
      reports.refused++;
      return problem;
    }
    if (this.backends.report(id, load)) {
      reports.taken++;
      return this.#welcome('');
    }
    reports.unknown++;
    const who = id === '' ? 'without an id' : `"${printable(id)}"`;
    const why = 'the master may have been started anew, or has heard nothing of it for too long';
    return { code: 'NOT_FOUND', message: `no backend ${who} is registered here (${why}): call RegisterBackend again` };
  }

  choose(service: string): Backend | Failure {
    const answers = this.#answersOf(service);
    if (this.#parts.isDraining()) {
      answers.draining++;
      return { code: 'DRAINING', message: 'the master is shutting down' };
    }
    const { pool } = this.#parts;
    const group = groupOfService(service);
    const member = pool.hasGroup(group) ? this.leases.take(group) : undefined;
    if (member !== undefined) {
      answers.chosen++;
      return placeOf(member, service);
    }
    const failure = this.#whyNobody(service);
    answers[failure.code === 'NO_ROOM' ? 'full' : 'no_backend']++;
    return failure;
  }

  #answersOf(service: string): Answers {
    if (isCompute(service)) return this.computeAnswers;
    const { services } = this.backends;
    return services.find(service)?.answers ?? services.others;
  }

  #whyNobody(service: string): Failure {
    const { pool } = this.#parts;
    if (isCompute(service)) {
      const algorithm = pool.algorithmOf(COMPUTE_CALLS);
      return whyNoSlave((this.#callable ??= this.#countCallable()), pool.slaveCount, algorithm);
    }
    return whyNoBackend(service, this.backends.services.find(service)?.backends ?? 0);
  }

  #countCallable(): Crowd {
    const callable = Array.from(this.#parts.pool.slaves()).filter(({ places }) => places.has(COMPUTE_CALLS));
    return { all: callable.length, ready: callable.filter(({ state }) => takesWork(state)).length };
  }

  #refusal({ id }: Backend): Failure | undefined {
    if (this.#parts.isDraining())
      return { code: 'DRAINING', message: 'the master is shutting down: register when it is back' };
    if (!this.backends.isFull || this.backends.has(id)) return undefined;
    const message = `${this.backends.max.toString()} backends are registered, this master takes no more`;
    return { code: 'TOO_MANY_BACKENDS', message };
  }

  #welcome(message: string): BackendWelcome {
    return { message, reportIntervalMs: this.#parts.reportIntervalMs };
  }
}

/** Where a chosen member is called. */
function placeOf({ profile, load }: Member, service: string): Backend {
  const { name: id, address, grpcPort: port } = profile;
  return { id, address: address.slice(0, address.lastIndexOf(':')), port, load, service };
}
