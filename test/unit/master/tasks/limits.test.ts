// What falls due when, for a task in each state: the table behind the deadline wheel.
import { expect } from 'chai';
import { dueMsOf, whatIsDue } from '../../../../src/master/tasks/limits.ts';
import type { Task } from '../../../../src/master/tasks/task.ts';
import type { TaskState } from '../../../../src/common/task-types/task-states.ts';
import { newTask, type PartialOrder } from '../../../support/new-task.ts';

type Facts = Partial<Pick<Task, 'state' | 'attempts' | 'hasStarted' | 'startedAtMs' | 'restUntilMs' | 'strandedAtMs'>>;

function taskWith(order: PartialOrder, facts: Facts = {}): Task {
  return Object.assign(newTask(order), facts);
}

const EVERY_LIMIT = { totalMs: 1000, waitMs: 400, runMs: 300 };
const RUNNING = { state: 'running', attempts: 1, hasStarted: true } as const;
const AGAIN = { attempts: 1, hasStarted: true } as const;

describe('limits of a task', () => {
  it('are never due when it has none', () => {
    for (const task of [taskWith({}), taskWith({}, RUNNING), taskWith({}, { ...RUNNING, startedAtMs: 5 })]) {
      expect([dueMsOf(task), whatIsDue(task, 1e15)]).to.deep.equal([Infinity, undefined]);
    }
  });

  const cases: readonly (readonly [string, Task, number, string])[] = [
    ['waiting time first while it has never started', taskWith(EVERY_LIMIT), 400, 'wait'],
    [
      'waiting time also at a slave, until it starts',
      taskWith(EVERY_LIMIT, { state: 'running', attempts: 1 }),
      400,
      'wait',
    ],
    ['total time when that is shorter', taskWith({ ...EVERY_LIMIT, totalMs: 200 }), 200, 'total'],
    ['total time only, once it has started and waits again', taskWith(EVERY_LIMIT, AGAIN), 1000, 'total'],
    ['total time only while its second attempt has not started', taskWith(EVERY_LIMIT, RUNNING), 1000, 'total'],
    ['run time from its start on', taskWith(EVERY_LIMIT, { ...RUNNING, startedAtMs: 500 }), 800, 'run'],
    [
      'total time before a run time that ends later',
      taskWith(EVERY_LIMIT, { ...RUNNING, startedAtMs: 900 }),
      1000,
      'total',
    ],
    ['no run time once it waits again', taskWith(EVERY_LIMIT, { ...AGAIN, startedAtMs: 100 }), 1000, 'total'],
    ['patience with nobody to take it', taskWith(EVERY_LIMIT, { strandedAtMs: 300 }), 300, 'stranded'],
    ['no patience while it runs', taskWith(EVERY_LIMIT, { ...RUNNING, strandedAtMs: 300 }), 1000, 'total'],
    ['the end of its rest', taskWith(EVERY_LIMIT, { ...AGAIN, restUntilMs: 250 }), 250, 'rested'],
    ['total time before a rest that ends later', taskWith(EVERY_LIMIT, { ...AGAIN, restUntilMs: 1500 }), 1000, 'total'],
  ];
  for (const [what, task, dueMs, due] of cases) {
    it(`make due: ${what}`, () => {
      expect(dueMsOf(task)).to.equal(dueMs);
      expect(whatIsDue(task, dueMs - 0.001), 'a moment before').to.be.undefined;
      expect(whatIsDue(task, dueMs)).to.equal(due);
      expect(whatIsDue(task, dueMs + 0.001)).to.equal(due);
    });
  }

  it('are the total time when several have passed: it is the one that cannot be helped', () => {
    expect(whatIsDue(taskWith(EVERY_LIMIT), 5000)).to.equal('total');
    expect(whatIsDue(taskWith(EVERY_LIMIT, { ...RUNNING, startedAtMs: 100 }), 5000)).to.equal('total');
  });

  it('are an end before they are the end of a rest', () => {
    expect(whatIsDue(taskWith({}, { ...AGAIN, restUntilMs: 100, strandedAtMs: 100 }), 100)).to.equal('stranded');
  });

  for (const state of ['done', 'failed', 'cancelled', 'expired'] satisfies TaskState[]) {
    it(`other than the total one mean nothing for a task that is ${state}`, () => {
      const facts = { state, startedAtMs: 1, strandedAtMs: 1, restUntilMs: 1 };
      expect(whatIsDue(taskWith({ ...EVERY_LIMIT, totalMs: Infinity }, facts), 5000)).to.be.undefined;
    });
  }
});
