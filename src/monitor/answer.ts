// One answer of the master as it comes in: all slaves, in as many messages as it takes. Pure.
import type { SlavesMessage } from '../common/protocol/messages.ts';
import type { SlaveInfo } from '../common/protocol/slave-info.ts';

/** No cluster is larger; who goes on counting is no master. */
export const SLAVES_MAX = 100_000;

export type Progress =
  | { readonly kind: 'more' }
  | { readonly kind: 'complete'; readonly slaves: readonly SlaveInfo[]; readonly upMs: number }
  | { readonly kind: 'wrong'; readonly problem: string };

/** Puts the pages of one request after the other together. Requests are numbered upwards from 1. */
export class Answer {
  /** The request that is being answered. */
  #sequence = 0;
  #slaves: SlaveInfo[] = [];
  #isComplete = true;

  /** The next page. `askedLast` is the number of the last request that was sent. */
  take([, sequence, isLast, slaves, upMs = Infinity]: SlavesMessage, askedLast: number): Progress {
    const isNext = sequence > this.#sequence;
    if (sequence > askedLast || (!isNext && (this.#isComplete || sequence < this.#sequence))) {
      return { kind: 'wrong', problem: `an answer to request ${sequence.toString()}, which is not open` };
    }
    if (isNext) this.#slaves = [];
    this.#sequence = sequence;
    this.#isComplete = isLast;
    if (this.#slaves.length + slaves.length > SLAVES_MAX) {
      return { kind: 'wrong', problem: `more than ${SLAVES_MAX.toString()} slaves` };
    }
    this.#slaves.push(...slaves);
    return isLast ? { kind: 'complete', slaves: this.#slaves, upMs } : { kind: 'more' };
  }
}
