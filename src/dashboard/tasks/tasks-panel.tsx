// Tasks that run, wait, and ended lately. The list may be stopped to be read, since a busy cluster ends thousands a second.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Snapshot } from '../../common/feed/feed.ts';
import { wholeNumber } from '../format.ts';
import { Panel } from '../parts/panel.tsx';
import { Refusal } from '../parts/refusal.tsx';
import { cancelTask } from '../run/follow-run.ts';
import { TaskLine } from './task-line.tsx';

interface TasksPanelProps {
  readonly snapshot: Snapshot;
  /** Why tasks of others may not be cancelled from here; null when they may. */
  readonly whyNot: string | null;
  /** Ids of tasks that this page has submitted: they may be cancelled in any case. */
  readonly own: ReadonlySet<string>;
}

/** So many rows of each kind at first: the list keeps its height while it changes. */
const CAPS = { running: 6, waiting: 3, ended: 9 };
const NO_CAPS = { running: Infinity, waiting: Infinity, ended: Infinity };

const COLUMNS = [
  ['Task', 'c-task'],
  ['State', 'c-state'],
  ['Slave', 'c-slave'],
  ['Waited', 'c-time'],
  ['Ran', 'c-time'],
  ['Tries', 'c-tries'],
];

export function TasksPanel({ snapshot, whyNot, own }: TasksPanelProps) {
  const [paused, setPaused] = useState<Snapshot | null>(null);
  const [isAll, setAll] = useState(false);
  const [refusal, setRefusal] = useState('');
  const { tasks, queued, at } = paused ?? snapshot;
  const all = [...tasks.running, ...tasks.queued, ...tasks.ended];
  const { running, waiting, ended } = isAll ? NO_CAPS : CAPS;
  const rows = [...tasks.running.slice(0, running), ...tasks.queued.slice(0, waiting), ...tasks.ended.slice(0, ended)];
  const unseen = queued - Math.min(waiting, tasks.queued.length);
  const cancel = async (id: string): Promise<void> => setRefusal((await cancelTask(id)) ?? '');
  return (
    <Panel
      id="tasks"
      title="Tasks"
      note={paused === null ? 'running, waiting, ended lately' : 'stopped: the list stands still'}
      tools={
        <button
          type="button"
          class="quiet"
          aria-pressed={paused !== null}
          onClick={() => setPaused(paused === null ? snapshot : null)}
        >
          {paused === null ? 'Pause list' : 'Go on'}
        </button>
      }
    >
      <Refusal why={refusal} />
      {rows.length === 0 ? (
        <p class="empty">No task yet. Run one with the form, or from anywhere with curl.</p>
      ) : (
        <TaskTable>
          {rows.map((task) => (
            <TaskLine
              key={task.id}
              task={task}
              nowMs={at}
              whyNot={own.has(task.id) ? null : whyNot}
              onCancel={(id) => void cancel(id)}
            />
          ))}
        </TaskTable>
      )}
      {unseen > 0 && <p class="note more">{unseen === 1 ? '1 more waits.' : `${wholeNumber(unseen)} more wait.`}</p>}
      {(isAll || all.length > rows.length) && (
        <button type="button" class="quiet more" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
          {isAll ? 'Show fewer' : 'Show more'}
        </button>
      )}
    </Panel>
  );
}

function TaskTable({ children }: { readonly children: ComponentChildren }) {
  return (
    <table class="tasks cards" role="table" aria-label="Tasks">
      <thead role="rowgroup">
        <tr role="row">
          {COLUMNS.map(([title, name]) => (
            <th key={title} role="columnheader" scope="col" class={name}>
              {title}
            </th>
          ))}
          <th role="columnheader" scope="col">
            <span class="unseen">Cancel</span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">{children}</tbody>
    </table>
  );
}
