// Run a task: a form made from the schemas of the task types, and what came of it.
import { useState } from 'preact/hooks';
import type { Snapshot } from '../../common/feed/feed.ts';
import { Panel } from '../parts/panel.tsx';
import type { TaskTypeInfo } from './form-values.ts';
import { RunCard } from './run-card.tsx';
import { isOver, spokenOf } from './run-view.ts';
import { RunForm } from './run-form.tsx';
import type { Runs } from './use-runs.ts';

interface RunPanelProps {
  readonly types: readonly TaskTypeInfo[];
  readonly runs: Runs;
  readonly snapshot: Snapshot;
}

export function RunPanel({ types, runs, snapshot }: RunPanelProps) {
  const [chosen, setChosen] = useState('fib');
  const type = types.find(({ name }) => name === chosen) ?? types[0];
  const { running, queued, ended } = snapshot.tasks;
  const latest = runs.runs.find(({ state }) => isOver(state));
  const told = latest === undefined ? '' : spokenOf(latest);
  const rows = new Map([...ended, ...queued, ...running].map((row) => [row.id, row]));
  return (
    <Panel id="run" title="Run a task">
      {type === undefined ? (
        <p class="empty">No task type is known yet.</p>
      ) : (
        // Another type is another form, with other fields.
        <RunForm key={type.name} types={types} type={type} onType={setChosen} start={runs.start} />
      )}
      <p class="unseen" role="status">
        {told}
      </p>
      <div class="runs">
        {runs.runs.map((run) => (
          <RunCard
            key={run.key}
            run={run}
            row={rows.get(run.id)}
            onState={(state) => runs.tell(run.key, state)}
            onRemove={() => runs.remove(run.key)}
          />
        ))}
      </div>
    </Panel>
  );
}
