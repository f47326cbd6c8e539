// One parameter in the form: its control, what may be entered, and what the master said about it.
import type { Field } from './form-values.ts';

interface FieldInputProps {
  readonly field: Field;
  readonly value: string;
  /** What is wrong with it; empty when nothing is known to be. */
  readonly wrong: string;
  readonly onInput: (text: string) => void;
}

export function inputId(name: string): string {
  // Names of parameters are anybody's: none is an id of the page.
  return `run-parameter-${name}`;
}

export function FieldInput({ field, value, wrong, onInput }: FieldInputProps) {
  const { name, hint, description, isRequired } = field;
  const id = inputId(name);
  return (
    <div class={wrong === '' ? 'field' : 'field is-wrong'}>
      <label for={id}>
        {name} {!isRequired && <small>optional</small>}
      </label>
      <Control {...{ field, value, wrong, onInput }} />
      <p class="hint" id={`${id}-hint`}>
        {description !== '' && `${description} · `}
        {hint}
      </p>
      <Wrong id={`${id}-wrong`} text={wrong} />
    </div>
  );
}

/** There from the start, so that it is heard when it fills. */
export function Wrong({ id, text }: { readonly id: string; readonly text: string }) {
  return (
    <p class="wrong" id={id} role="alert">
      {text}
    </p>
  );
}

function Control({ field, value, wrong, onInput }: FieldInputProps) {
  const { name, kind, isRequired, isLong } = field;
  const id = inputId(name);
  const shared = {
    id,
    name,
    'aria-required': isRequired,
    'aria-invalid': wrong !== '',
    'aria-describedby': wrong === '' ? `${id}-hint` : `${id}-wrong ${id}-hint`,
  };
  if (kind === 'choice' || kind === 'flag') {
    const texts = kind === 'flag' ? ['true', 'false'] : field.choices.map(({ text }) => text);
    return (
      <select {...shared} value={value} onChange={({ currentTarget }) => onInput(currentTarget.value)}>
        <option value="">{isRequired ? 'choose…' : '–'}</option>
        {texts.map((text) => (
          <option key={text} value={text}>
            {text}
          </option>
        ))}
      </select>
    );
  }
  const typed = { ...shared, value, spellcheck: false, autocomplete: 'off' };
  if (isLong) return <textarea {...typed} rows={2} onInput={({ currentTarget }) => onInput(currentTarget.value)} />;
  const inputMode = kind === 'integer' ? 'numeric' : kind === 'number' ? 'decimal' : 'text';
  return (
    <input {...typed} type="text" inputMode={inputMode} onInput={({ currentTarget }) => onInput(currentTarget.value)} />
  );
}
