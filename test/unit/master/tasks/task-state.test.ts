// The whole table of task states and events, cell by cell; undefined is an event that means nothing any more.
import { expect } from 'chai';
import { nextTaskState, type TaskEvent } from '../../../../src/master/tasks/task-state.ts';
import type { TaskState } from '../../../../src/common/task-types/task-states.ts';
import { newTask } from '../../../support/new-task.ts';

const ENDED: readonly TaskState[] = ['done', 'failed', 'cancelled', 'expired'];

const TABLE: Readonly<Record<TaskEvent, readonly [queued: TaskState | undefined, running: TaskState | undefined]>> = {
  dispatched: ['running', undefined],
  adopted: ['running', undefined],
  returned: [undefined, 'queued'],
  succeeded: [undefined, 'done'],
  failed: ['failed', 'failed'],
  cancelled: ['cancelled', 'cancelled'],
  expired: ['expired', 'expired'],
};

describe('task state', () => {
  for (const [event, [queued, running]] of Object.entries(TABLE) as [TaskEvent, (typeof TABLE)[TaskEvent]][]) {
    it(`goes from queued on ${event} ${queued === undefined ? 'nowhere' : `to ${queued}`}`, () => {
      expect(nextTaskState('queued', event)).to.equal(queued);
    });

    it(`goes from running on ${event} ${running === undefined ? 'nowhere' : `to ${running}`}`, () => {
      expect(nextTaskState('running', event)).to.equal(running);
    });

    it(`stays as it ended, also on ${event}`, () => {
      for (const state of ENDED) expect(nextTaskState(state, event), state).to.be.undefined;
    });
  }
});

describe('task', () => {
  it('begins queued, with no attempt, no death and no slave', () => {
    const { state, attempts, deaths, slave } = newTask();
    expect({ state, attempts, deaths, slave }).to.deep.equal({
      state: 'queued',
      attempts: 0,
      deaths: 0,
      slave: undefined,
    });
  });
});
