// Which requests were made under which Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): the same request again gets the
// same answer, another request under the same key is refused. A key lives as long as one of its tasks is known.
import type { ErrorCode, Failure } from '../../common/errors.ts';
import type { Accepted, Refused } from '../doors/door.ts';

/** Tasks, taken or refused, of all requests that are remembered. */
const ITEMS_MAX = 2_000_000;
const REFUSED_BEFORE = 'refused when this request was first made; send it under a new Idempotency-Key to try again';

interface Use {
  readonly fingerprint: string;
  accepted: Promise<Accepted | Refused>;
  readonly items: number;
  /** Tasks that are still known; undefined until they are accepted. */
  left: number | undefined;
}

export class IdempotencyKeys {
  readonly #uses = new Map<string, Use>();
  #items = 0;

  get size(): number {
    return this.#uses.size;
  }

  /** Whether a request with so many tasks can be remembered. */
  hasRoomFor(items: number): boolean {
    return this.#items + items <= ITEMS_MAX;
  }

  /** What an earlier request under this key got; `'other'` when that was another request; undefined when there was none. */
  find(key: string, fingerprint: string): Promise<Accepted | Refused> | 'other' | undefined {
    const use = this.#uses.get(key);
    if (use === undefined) return undefined;
    return use.fingerprint === fingerprint ? use.accepted : 'other';
  }

  /** Remembers a request that is being accepted. One that is refused, fails, or of which no task was taken, is forgotten. */
  add(key: string, fingerprint: string, accepted: Promise<Accepted | Refused>, items = 1): void {
    const use: Use = { fingerprint, accepted, items, left: undefined };
    this.#uses.set(key, use);
    this.#items += items;
    accepted.then(
      (answer) => {
        use.accepted = Promise.resolve(slim(answer));
        this.#count(key, use, answer.ok ? answer.tasks.filter((task) => 'id' in task).length : 0);
      },
      () => this.#count(key, use, 0),
    );
  }

  /** One of the key's tasks is forgotten. */
  release(key: string): void {
    const use = this.#uses.get(key);
    if (use !== undefined) this.#count(key, use, -1);
  }

  #count(key: string, use: Use, change: number): void {
    use.left = (use.left ?? 0) + change;
    if (use.left !== 0) return;
    this.#uses.delete(key);
    this.#items -= use.items;
  }
}

/** What is remembered of an answer: ids, and of what was refused no more than its code, so that rubbish costs no memory. */
function slim(answer: Accepted | Refused): Accepted | Refused {
  if (!answer.ok) return answer;
  const failures = new Map<ErrorCode, Failure>();
  const failureOf = (code: ErrorCode): Failure => {
    const failure = failures.get(code) ?? { code, message: REFUSED_BEFORE };
    failures.set(code, failure);
    return failure;
  };
  return { ...answer, tasks: answer.tasks.map((task) => ('id' in task ? task : failureOf(task.code))) };
}
