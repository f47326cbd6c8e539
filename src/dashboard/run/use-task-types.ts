// The task types that the cluster knows: asked for when the page opens, after a lost connection, and when slaves come, who may bring
// types of their own.
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../api.ts';
import { readTaskTypes, type TaskTypeInfo } from './form-values.ts';

/** After a change, so that slaves that come together are one question. */
const SETTLE_MS = 300;
const AGAIN_MS = 3000;

/** `occasion` is asked about again whenever it changes. */
export function useTaskTypes(occasion: string): readonly TaskTypeInfo[] {
  const [types, setTypes] = useState<readonly TaskTypeInfo[]>([]);
  const [failures, setFailures] = useState(0);
  useEffect(() => {
    const leave = new AbortController();
    const look = async (): Promise<void> => {
      const answer = await ask('/task-types', { signal: leave.signal });
      if (leave.signal.aborted) return;
      if (!answer.ok) {
        setFailures((count) => count + 1);
        return;
      }
      const found = readTaskTypes(answer.value);
      setTypes((before) => (JSON.stringify(before) === JSON.stringify(found) ? before : found));
    };
    const timer = setTimeout(
      () => void look(),
      types.length === 0 && failures === 0 ? 0 : failures === 0 ? SETTLE_MS : AGAIN_MS,
    );
    return () => {
      clearTimeout(timer);
      leave.abort();
    };
  }, [occasion, failures]);
  return types;
}
