// What doors may ask about tasks: those that have not ended, and the submitted ones whose results are kept.
import type { Failure } from '../../common/errors.ts';
import type { Admission } from '../dispatch/admission.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import type { TaskDesk, TaskView } from '../doors/door.ts';
import type { Journal, TaskRecord } from '../journal/journal.ts';
import { endedView, liveView, type TimeOfDay } from '../observe/task-view.ts';
import type { EndWatchers } from './end-watchers.ts';
import type { Submissions } from './submissions.ts';
import { listTasks } from './task-listing.ts';

export interface TaskDeskParts {
  readonly admission: Admission;
  readonly dispatcher: Dispatcher;
  readonly submissions: Submissions;
  readonly journal: Journal;
  readonly watchers: EndWatchers<TaskView>;
  readonly time: TimeOfDay;
}

export function createTaskDesk({
  admission,
  dispatcher,
  submissions,
  journal,
  watchers,
  time,
}: TaskDeskParts): TaskDesk {
  const live = (id: string): TaskView | undefined => {
    const task = dispatcher.lives.find(id);
    return task && liveView(task, dispatcher.attempts.ofTask(id), time);
  };
  const view = (id: string): TaskView | undefined => {
    const record = submissions.find(id);
    return live(id) ?? (record && endedView(record));
  };
  const summary = (record: TaskRecord): TaskView => live(record.id) ?? endedView(record);
  return {
    durable: journal.isDurable,
    submit: (request, onEnd) => admission.submit(request, onEnd),
    accept: (submission) => submissions.accept(submission),
    task: view,
    tasks(filter) {
      const stateOf = ({ id, ending }: TaskRecord) => dispatcher.lives.find(id)?.state ?? ending?.state ?? 'queued';
      const page = listTasks(submissions, filter, stateOf);
      return 'code' in page ? page : { tasks: page.records.map(summary), next: page.next };
    },
    whenEnded(id, onEnd) {
      if (dispatcher.lives.find(id) !== undefined) return watchers.add(id, onEnd);
      const record = submissions.find(id);
      if (record === undefined) return undefined;
      onEnd(endedView(record));
      return () => undefined;
    },
    submitterOf: (id) => submissions.find(id)?.submitter ?? (dispatcher.lives.find(id) && ''),
    cancel(id, reason): Failure | undefined {
      const task = dispatcher.lives.find(id);
      if (task !== undefined) {
        dispatcher.cancel(task, reason);
        return undefined;
      }
      const state = submissions.find(id)?.ending?.state;
      if (state === undefined) return { code: 'NOT_FOUND', message: `no task has the id ${id.slice(0, 60)}` };
      return { code: 'CONFLICT', message: `task ${id} has ended already: it is ${state}` };
    },
  };
}
