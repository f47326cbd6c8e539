// The form of one task type. What is wrong is said at its field, in the master's words.
import { useRef, useState } from 'preact/hooks';
import type { Problem } from '../api.ts';
import { FieldInput, inputId, Wrong } from './field-input.tsx';
import {
  fieldsOf,
  initialEntries,
  parameterNamed,
  readEntries,
  type Mistake,
  type TaskTypeInfo,
} from './form-values.ts';
import { MoreFields } from './more-fields.tsx';
import { NO_MORE, orderOf, type More, type TaskOrder } from './order.ts';

interface RunFormProps {
  readonly types: readonly TaskTypeInfo[];
  readonly type: TaskTypeInfo;
  readonly onType: (name: string) => void;
  readonly start: (order: TaskOrder) => Promise<Problem | null>;
}

const FORM_WRONG_ID = 'run-form-wrong';

export function RunForm({ types, type, onType, start }: RunFormProps) {
  const fields = fieldsOf(type);
  const [entries, setEntries] = useState(() => initialEntries(fields));
  const [more, setMore] = useState<More>(NO_MORE);
  const [mistakes, setMistakes] = useState<readonly Mistake[]>([]);
  const [isSending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const wrongOf = (name: string): string => mistakes.find((mistake) => mistake.name === name)?.why ?? '';

  const refuse = (found: readonly Mistake[]): void => {
    setMistakes(found);
    const [{ name } = { name: '' }] = found;
    if (name !== '') form.current?.querySelector<HTMLElement>(`#${CSS.escape(inputId(name))}`)?.focus();
  };
  const send = async (): Promise<void> => {
    const read = readEntries(type.name, fields, entries);
    if (!read.ok) {
      refuse(read.mistakes);
      return;
    }
    setSending(true);
    const problem = await start({ type: type.name, params: read.params, ...orderOf(more) });
    setSending(false);
    const names = [...fields.map(({ name }) => name), 'timeoutMs'];
    if (problem === null) setMistakes([]);
    else refuse([{ name: parameterNamed(problem.detail, names) ?? '', why: problem.detail }]);
  };
  return (
    <form
      ref={form}
      noValidate
      class="run-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isSending) void send();
      }}
    >
      <TypeField {...{ types, type, onType }} />
      {fields.map((field) => (
        <FieldInput
          key={field.name}
          field={field}
          value={entries[field.name] ?? ''}
          wrong={wrongOf(field.name)}
          onInput={(text) => setEntries((before) => ({ ...before, [field.name]: text }))}
        />
      ))}
      <MoreFields more={more} onMore={setMore} wrong={wrongOf('timeoutMs')} />
      <Wrong id={FORM_WRONG_ID} text={wrongOf('')} />
      <button type="submit" class="primary" aria-disabled={isSending} aria-describedby={FORM_WRONG_ID}>
        Run {type.name}
      </button>
    </form>
  );
}

function TypeField({ types, type, onType }: Pick<RunFormProps, 'types' | 'type' | 'onType'>) {
  return (
    <div class="field">
      <label for="run-type-choice">Task type</label>
      <select
        id="run-type-choice"
        value={type.name}
        aria-describedby="run-type-hint"
        onChange={({ currentTarget }) => onType(currentTarget.value)}
      >
        {types.map(({ name }) => (
          <option key={name} value={name} selected={name === type.name}>
            {name}
          </option>
        ))}
      </select>
      <p class="hint" id="run-type-hint">
        {type.description}
      </p>
    </div>
  );
}
