// One task in the list.
import type { TaskRow } from '../../common/feed/feed.ts';
import { hasEnded } from '../../common/task-types/task-states.ts';
import { duration, percent } from '../format.ts';
import { WHY_NOT_ID } from '../notices.tsx';
import { Badge, Bar } from '../parts/marks.tsx';

/** Of the table. */
const COLUMN_COUNT = 7;

interface TaskLineProps {
  readonly task: TaskRow;
  /** By the master's clock. */
  readonly nowMs: number;
  /** Why it may not be cancelled from here; null when it may. */
  readonly whyNot: string | null;
  readonly onCancel: (id: string) => void;
}

export function TaskLine({ task, nowMs, whyNot, onCancel }: TaskLineProps) {
  const { id, type, state, slave, attempts, message, error } = task;
  const waitedMs = (task.startedAt ?? task.endedAt ?? nowMs) - task.queuedAt;
  const ranMs = task.runMs ?? (task.startedAt === null ? null : (task.endedAt ?? nowMs) - task.startedAt);
  const words = error ?? (state === 'running' ? message : '');
  // Somebody wanted it so: nothing went wrong.
  const isWrong = error !== null && state !== 'cancelled';
  const facts = (
    <tr role="row" class="task" data-task={id}>
      <th role="rowheader" scope="row" class="c-task">
        <span class="name">{type}</span> <TaskId task={task} />
      </th>
      <td role="cell" class="c-state">
        <Badge state={state} />
        {state === 'running' && task.progress > 0 && (
          <span class="progress">
            <Bar ratio={task.progress} /> {percent(task.progress)}
          </span>
        )}
      </td>
      <td role="cell" class="c-slave" data-label="Slave">
        <span class="name">{slave ?? '–'}</span>
      </td>
      <td role="cell" class="c-time" data-label="Waited">
        {duration(waitedMs)}
      </td>
      <td role="cell" class="c-time" data-label="Ran">
        {ranMs === null ? '–' : duration(ranMs)}
      </td>
      <td role="cell" class="c-tries" data-label="Tries">
        {attempts}
      </td>
      <td role="cell" class="c-action">
        {!hasEnded(state) && <Cancel {...{ task, whyNot, onCancel }} />}
      </td>
    </tr>
  );
  return (
    <>
      {facts}
      {words !== '' && <Words text={words} isWrong={isWrong} />}
    </>
  );
}

function Words({ text, isWrong }: { readonly text: string; readonly isWrong: boolean }) {
  return (
    <tr role="row" class="words">
      <td role="cell" colSpan={COLUMN_COUNT} aria-colspan={COLUMN_COUNT}>
        <small class={isWrong ? 'wrong' : ''}>{text}</small>
      </td>
    </tr>
  );
}

function Cancel({ task: { id, type }, whyNot, onCancel }: Omit<TaskLineProps, 'nowMs'>) {
  return (
    <button
      type="button"
      class="quiet"
      disabled={whyNot !== null}
      title={whyNot ?? undefined}
      aria-label={`Cancel ${type} ${id}`}
      aria-describedby={whyNot === null ? undefined : WHY_NOT_ID}
      onClick={() => onCancel(id)}
    >
      Cancel
    </button>
  );
}

/** Leads to all about the task where the master still answers for it. */
function TaskId({ task: { id, kept } }: { readonly task: TaskRow }) {
  if (!kept) return <span class="id">{id}</span>;
  return (
    <a
      class="id"
      href={`/tasks/${encodeURIComponent(id)}`}
      target="_blank"
      rel="noreferrer"
      title="All about it, as JSON"
    >
      {id}
    </a>
  );
}
