// Every attempt whose lease is open, found by task id and by member. An attempt outlives its task when the task was cancelled or
// expired: the slave still has to confirm that it stopped.
import type { Outcome } from '../../common/protocol/messages.ts';
import type { Lease } from '../pool/lease.ts';
import type { Member } from '../pool/member.ts';
import type { Task } from '../tasks/task.ts';

/** What a slave says at the end of an attempt. */
export interface AttemptResult {
  readonly id: string;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly value: unknown;
  readonly runMs: number;
  readonly tooLarge: boolean;
  /** It would be the same at any slave: not tried again. */
  readonly isFinal?: boolean;
  /** Where it was thrown, when it failed. */
  readonly stack?: string | undefined;
}

export class Attempt {
  readonly task: Task;
  /** 1 for the task's first. */
  readonly number: number;
  readonly lease: Lease;
  /** The slave said that it began. */
  started = false;
  recalled = false;
  /** 0 to 1, as the task last said. */
  progressRatio = 0;
  progressText = '';

  constructor(task: Task, number: number, lease: Lease) {
    this.task = task;
    this.number = number;
    this.lease = lease;
  }
}

const NOTHING: ReadonlySet<Attempt> = new Set();

export class AttemptTable {
  readonly #byTask = new Map<string, Attempt>();
  readonly #byMember = new Map<Member, Set<Attempt>>();

  get size(): number {
    return this.#byTask.size;
  }

  add(attempt: Attempt): void {
    this.#byTask.set(attempt.task.id, attempt);
    const { member } = attempt.lease;
    const held = this.#byMember.get(member);
    if (held === undefined) this.#byMember.set(member, new Set([attempt]));
    else held.add(attempt);
  }

  remove(attempt: Attempt): void {
    this.#byTask.delete(attempt.task.id);
    const { member } = attempt.lease;
    const held = this.#byMember.get(member);
    held?.delete(attempt);
    if (held?.size === 0 && member.state.phase === 'gone') this.#byMember.delete(member);
  }

  /** The open attempt of a task, if `number` is the one that is open. */
  find(taskId: string, number: number): Attempt | undefined {
    const attempt = this.#byTask.get(taskId);
    return attempt?.number === number ? attempt : undefined;
  }

  ofTask(taskId: string): Attempt | undefined {
    return this.#byTask.get(taskId);
  }

  all(): IterableIterator<Attempt> {
    return this.#byTask.values();
  }

  /** Oldest first. */
  ofMember(member: Member): ReadonlySet<Attempt> {
    return this.#byMember.get(member) ?? NOTHING;
  }

  /** Drops what is left of a member that is gone. */
  forget(member: Member): void {
    this.#byMember.delete(member);
  }
}
