// The tasks that this page has sent, the latest first, each followed to its end while it is shown.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../api.ts';
import { follow, submit } from './follow-run.ts';
import type { TaskOrder } from './order.ts';
import { isOver, type Run, type RunState } from './run-view.ts';

/** So many are shown and followed; older ones run on unseen. Each holds one of the six connections that a browser has for a host. */
const RUNS_MAX = 4;
/** So many ids are remembered as ours. */
const OWN_MAX = 1000;

export interface Runs {
  readonly runs: readonly Run[];
  readonly own: ReadonlySet<string>;
  /** Resolves to what the master has against it; null when it was taken. */
  readonly start: (order: TaskOrder) => Promise<Problem | null>;
  /** What was heard of one. */
  readonly tell: (key: number, state: RunState) => void;
  readonly remove: (key: number) => void;
}

export function useRuns(): Runs {
  const [runs, setRuns] = useState<readonly Run[]>([]);
  const [own, setOwn] = useState<ReadonlySet<string>>(new Set<string>());
  const next = useRef(1);

  const start = async (order: TaskOrder): Promise<Problem | null> => {
    const submitted = await submit(order);
    if (!submitted.ok) return submitted.problem;
    const { id } = submitted;
    const key = next.current++;
    const run: Run = { key, type: order.type, params: order.params, id, state: { kind: 'sent' } };
    setRuns((before) => [run, ...before].slice(0, RUNS_MAX));
    setOwn((before) => new Set([...before, id].slice(-OWN_MAX)));
    return null;
  };
  const tell = (key: number, state: RunState): void =>
    setRuns((before) => before.map((run) => (run.key === key ? { ...run, state } : run)));
  const remove = (key: number): void => setRuns((before) => before.filter((run) => run.key !== key));
  return { runs, own, start, tell, remove };
}

/** Follows a run for as long as the component that calls this shows it: so none is left that is shown, and none goes on that is not. */
export function useFollow({ id, state }: Run, tell: (state: RunState) => void): void {
  useEffect(() => {
    // Shown anew: its answer may be forgotten by the master, and the page has it.
    if (isOver(state)) return undefined;
    const stop = new AbortController();
    void follow(id, { signal: stop.signal, isHidden: () => document.hidden, tell });
    return () => stop.abort();
  }, [id]);
}
