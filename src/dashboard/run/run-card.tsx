// A task that was sent from this page: its progress while it runs, its answer afterwards.
import { useRef, useState } from 'preact/hooks';
import type { TaskRow } from '../../common/feed/feed.ts';
import { asSentence, counted, duration, percent } from '../format.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Badge, Bar } from '../parts/marks.tsx';
import { Refusal } from '../parts/refusal.tsx';
import { cancelTask } from './follow-run.ts';
import { callOf, isOver, type Run, type RunState, type TaskAnswer } from './run-view.ts';
import { useFollow } from './use-runs.ts';

/** Longer answers are folded. */
const FOLDED_CHARS = 240;
/** Of an error, so much is shown; `GET /tasks/{id}` has all of it. */
const ERROR_CHARS = 2000;

interface RunCardProps {
  readonly run: Run;
  /** The same task in the latest snapshot, if it is there: fresher while it runs. */
  readonly row: TaskRow | undefined;
  readonly onState: (state: RunState) => void;
  readonly onRemove: () => void;
}

export function RunCard({ run, row, onState, onRemove }: RunCardProps) {
  useFollow(run, onState);
  const { state } = run;
  const call = callOf(run);
  const word = state.kind === 'ended' ? state.answer.state : state.kind === 'unknown' ? 'unknown' : wordOf(run, row);
  return (
    <article class="run" aria-label={call} data-state={word}>
      <header>
        <code title={call}>{call}</code>
        <Badge state={word} />
        {isOver(state) && (
          <button type="button" class="quiet" aria-label={`Remove ${call}`} onClick={onRemove}>
            <span aria-hidden="true">×</span>
          </button>
        )}
      </header>
      {!isOver(state) && <UnderWay run={run} row={row} />}
      {state.kind === 'unknown' && <p class="wrong">{state.why}</p>}
      {state.kind === 'ended' && <Ended answer={state.answer} />}
    </article>
  );
}

function wordOf({ state }: Run, row: TaskRow | undefined): string {
  return row?.state ?? (state.kind === 'under way' ? state.answer?.state : undefined) ?? 'queued';
}

function UnderWay({ run, row }: { readonly run: Run; readonly row: TaskRow | undefined }) {
  const [refusal, setRefusal] = useState('');
  const answer = run.state.kind === 'under way' ? run.state.answer : null;
  const trouble = run.state.kind === 'under way' ? run.state.trouble : null;
  const progress = Math.max(row?.progress ?? 0, answer?.progress ?? 0);
  const slave = row?.slave ?? answer?.slave ?? null;
  const message = row?.message ?? answer?.message ?? '';
  return (
    <div class="under-way">
      <Bar ratio={progress} />
      <p>
        {slave === null ? 'waits for a slave' : `at ${slave}`} {progress > 0 && percent(progress)} {message}
      </p>
      <button
        type="button"
        aria-label={`Cancel ${callOf(run)}`}
        onClick={() => void cancelTask(run.id).then((why) => setRefusal(why ?? ''))}
      >
        Cancel
      </button>
      {trouble !== null && <p class="wrong">{asSentence(trouble)} Asking again.</p>}
      <Refusal why={refusal} />
    </div>
  );
}

function Ended({ answer }: { readonly answer: TaskAnswer }) {
  const { result, error, slave, attempts, queuedMs, ranMs, state } = answer;
  return (
    <>
      {result !== undefined && <Result text={result} />}
      {error !== undefined && <p class={state === 'cancelled' ? 'note' : 'wrong'}>{shownError(error)}</p>}
      <p class="facts">
        <span>{slave === null ? 'never reached a slave' : `by ${slave}`}</span>
        <span>{counted(attempts, 'attempt')}</span>
        <span>waited {duration(queuedMs)}</span>
        {ranMs !== null && <span>ran {duration(ranMs)}</span>}
      </p>
    </>
  );
}

function shownError(error: string): string {
  return error.length <= ERROR_CHARS ? error : `${error.slice(0, ERROR_CHARS)}…`;
}

function Result({ text }: { readonly text: string }) {
  const [isOpen, setOpen] = useState(false);
  const output = useRef<HTMLPreElement>(null);
  const isLong = text.length > FOLDED_CHARS;
  return (
    <div class="result">
      <pre ref={output} tabIndex={isOpen ? 0 : undefined} class={isOpen ? 'answer is-open' : 'answer'}>
        {isLong && !isOpen ? `${text.slice(0, FOLDED_CHARS)}…` : text}
      </pre>
      <div class="tools">
        {isLong && (
          <button type="button" class="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? 'Fold' : `Show all ${counted(text.length, 'character')}`}
          </button>
        )}
        <CopyButton text={text} source={() => output.current} what="the answer" />
      </div>
    </div>
  );
}
