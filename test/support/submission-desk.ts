// Submitted tasks with everything around them but sockets and time: a dispatch desk, admission, a journal, and the desk that doors
// ask.
import { expect } from 'chai';
import { Admission } from '../../src/master/dispatch/admission.ts';
import { Catalogue } from '../../src/master/dispatch/catalogue.ts';
import type { Accepted, Refused, Submission, TaskDesk, TaskRequest, TaskView } from '../../src/master/doors/door.ts';
import type { Failure } from '../../src/common/errors.ts';
import type { Journal } from '../../src/master/journal/journal.ts';
import { MemoryJournal } from '../../src/master/journal/memory-journal.ts';
import { EventHub } from '../../src/master/observe/event-hub.ts';
import { invariantsView } from '../../src/master/observe/invariants-view.ts';
import { endView, type TimeOfDay } from '../../src/master/observe/task-view.ts';
import { EndWatchers } from '../../src/master/submissions/end-watchers.ts';
import type { KeepLimits } from '../../src/master/submissions/kept-results.ts';
import { Submissions } from '../../src/master/submissions/submissions.ts';
import { createTaskDesk } from '../../src/master/submissions/task-desk.ts';
import { DispatchDesk, MASTER_ID, type DeskSlave, type DeskTask } from './dispatch-desk.ts';
import { requestFor } from './task-request.ts';

/** The time of day when the clock shows 0. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);

/** Of the built-in types; one for all desks, since it takes time to make. */
const CATALOGUE = new Catalogue();

export interface SubmissionDeskOptions {
  readonly queueLimit?: number;
  readonly keep?: Partial<KeepLimits>;
  readonly journal?: Journal;
  readonly paramsBytesMax?: number;
}

export class SubmissionDesk {
  readonly desk: DispatchDesk;
  readonly journal: Journal;
  readonly admission: Admission;
  readonly submissions: Submissions;
  readonly watchers = new EndWatchers<TaskView>();
  /** What doors ask. */
  readonly tasks: TaskDesk;

  constructor(options: SubmissionDeskOptions = {}) {
    const { queueLimit = 100, keep = {}, journal = new MemoryJournal(), paramsBytesMax = 1e9 } = options;
    const timeOfDay = (clockMs: number): number => EPOCH_MS + clockMs;
    const time: TimeOfDay = { nowMs: () => this.desk.clock.nowMs(), of: timeOfDay };
    const { watchers } = this;
    const hub = new EventHub(watchers, (task, answer) => endView(task, answer, time));
    this.desk = new DispatchDesk('first-available', { queueLimit, observer: hub });
    this.journal = journal;
    const { dispatcher, pool, clock } = this.desk;
    this.admission = new Admission({ catalogue: CATALOGUE, dispatcher, pool, clock, masterId: MASTER_ID });
    const { admission } = this;
    const limits = { keepMs: 60_000, countMax: 1000, bytesMax: 1e6, ...keep };
    this.submissions = new Submissions({ admission, journal, clock, timeOfDay, keep: limits, paramsBytesMax });
    const { submissions } = this;
    this.tasks = createTaskDesk({ admission, dispatcher, submissions, journal, watchers, time });
  }

  /** Submits tasks as one request. */
  submit(
    tasks: readonly (TaskRequest | Failure)[],
    rest: Partial<Omit<Submission, 'tasks'>> = {},
  ): Promise<Accepted | Refused> {
    const one = { submitter: '10.0.0.1', idempotencyKey: undefined, fingerprint: 'f' };
    return this.tasks.accept({ tasks, ...one, ...rest });
  }

  /** Submits tasks that must all be taken in; their ids. */
  async accept(tasks: readonly TaskRequest[], rest: Partial<Omit<Submission, 'tasks'>> = {}): Promise<string[]> {
    const answer = await this.submit(tasks, rest);
    return outcomesOf(answer).map((outcome) => ('id' in outcome ? outcome.id : `failed with ${outcome.code}`));
  }

  /** A task that has not ended, as a desk slave takes it. */
  live(id: string): DeskTask {
    const task = this.desk.dispatcher.lives.find(id);
    if (task === undefined) throw new Error(`${id} has ended or never was`);
    return { task, answers: [] };
  }

  /** Ends a task that this slave has. */
  finish(slave: DeskSlave, id: string, result: Parameters<DeskSlave['finish']>[1] = {}): void {
    slave.finish(this.live(id), result);
  }

  /** Fails unless every invariant holds. */
  check(): void {
    const { pool, dispatcher, clock } = this.desk;
    const { submissions } = this;
    expect(invariantsView({ pool, dispatcher, submissions }, clock.nowMs()).violations).to.deep.equal([]);
  }
}

/** What became of each task of a submission that was not refused as a whole. */
export function outcomesOf(answer: Accepted | Refused): Accepted['tasks'] {
  if (!answer.ok) throw new Error(`refused: ${answer.failure.message}`);
  return answer.tasks;
}

/** A request for fib(n), which weighs n. */
export function fib(n: number, rest: Partial<TaskRequest> = {}): TaskRequest {
  return requestFor('fib', { form: 'json', values: { n } }, rest);
}
