// What any task may have beside its parameters: who goes first, and how long it may take.
import { inputId, Wrong } from './field-input.tsx';
import type { More } from './order.ts';

const PRIORITIES = ['high', 'normal', 'low'];

interface MoreFieldsProps {
  readonly more: More;
  readonly onMore: (more: More) => void;
  /** What is wrong with the time limit. */
  readonly wrong: string;
}

export function MoreFields({ more, onMore, wrong }: MoreFieldsProps) {
  const id = inputId('timeoutMs');
  return (
    <details class="more-fields">
      <summary>More: priority, time limit</summary>
      <div class="pair">
        <div class="field">
          <label for="run-priority">Priority</label>
          <select
            id="run-priority"
            value={more.priority}
            onChange={({ currentTarget }) => onMore({ ...more, priority: currentTarget.value })}
          >
            {PRIORITIES.map((name) => (
              <option key={name} value={name} selected={name === more.priority}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <div class={wrong === '' ? 'field' : 'field is-wrong'}>
          <label for={id}>
            Time limit in seconds <small>optional</small>
          </label>
          <input
            id={id}
            type="text"
            inputMode="decimal"
            autocomplete="off"
            value={more.timeout}
            aria-invalid={wrong !== ''}
            aria-describedby={`${id}-wrong`}
            onInput={({ currentTarget }) => onMore({ ...more, timeout: currentTarget.value })}
          />
        </div>
      </div>
      <Wrong id={`${id}-wrong`} text={wrong} />
    </details>
  );
}
