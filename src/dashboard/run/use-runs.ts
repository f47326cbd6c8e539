// The tasks that this page has sent, the latest first, each followed to its end.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../api.ts';
import { follow, submit } from './follow-run.ts';
import type { TaskOrder } from './order.ts';
import type { Run, RunState } from './run-view.ts';

/** So many are shown and followed; older ones run on unseen. Each holds one of the six connections that a browser has for a host. */
const RUNS_MAX = 4;
/** So many ids are remembered as ours. */
const OWN_MAX = 1000;

export interface Runs {
  readonly runs: readonly Run[];
  readonly own: ReadonlySet<string>;
  /** Resolves to what the master has against it; null when it was taken. */
  readonly start: (order: TaskOrder) => Promise<Problem | null>;
  readonly remove: (key: number) => void;
}

export function useRuns(): Runs {
  const [runs, setRuns] = useState<readonly Run[]>([]);
  const [own, setOwn] = useState<ReadonlySet<string>>(new Set<string>());
  const next = useRef(1);
  const following = useRef(new Map<number, AbortController>());
  const keepOnly = (shown: readonly Run[]): void => {
    for (const [key, stop] of following.current) {
      if (shown.some((run) => run.key === key)) continue;
      stop.abort();
      following.current.delete(key);
    }
  };
  useEffect(() => keepOnly(runs), [runs]);
  useEffect(() => () => keepOnly([]), []);

  const start = async (order: TaskOrder): Promise<Problem | null> => {
    const submitted = await submit(order);
    if (!submitted.ok) return submitted.problem;
    const { id } = submitted;
    const key = next.current++;
    const stop = new AbortController();
    following.current.set(key, stop);
    const run: Run = { key, type: order.type, params: order.params, id, state: { kind: 'sent' } };
    setRuns((before) => [run, ...before].slice(0, RUNS_MAX));
    setOwn((before) => new Set([...before, id].slice(-OWN_MAX)));
    const tell = (state: RunState): void =>
      setRuns((before) => before.map((one) => (one.key === key ? { ...one, state } : one)));
    void follow(id, { signal: stop.signal, isHidden: () => document.hidden, tell });
    return null;
  };
  const remove = (key: number): void => setRuns((before) => before.filter((run) => run.key !== key));
  return { runs, own, start, remove };
}
