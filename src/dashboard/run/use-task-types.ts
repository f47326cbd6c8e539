// The task types that the cluster knows: asked for when the page opens, of another master, and after changes in its log, since slaves
// that come may bring types of their own.
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../api.ts';
import { readTaskTypes, type TaskTypeInfo } from './form-values.ts';

/** After a change, so that slaves that come together are one question. */
const SETTLE_MS = 300;
/** After a question that was not answered. */
const AGAIN_MS = 3000;

/** They are asked for again whenever `occasion` changes. */
export function useTaskTypes(occasion: string): readonly TaskTypeInfo[] {
  const [types, setTypes] = useState<readonly TaskTypeInfo[]>([]);
  useEffect(() => {
    const leave = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const lookIn = (ms: number): void => {
      timer = setTimeout(() => void look(), ms);
    };
    const look = async (): Promise<void> => {
      const answer = await ask('/task-types', { signal: leave.signal });
      if (leave.signal.aborted) return;
      if (!answer.ok) {
        lookIn(AGAIN_MS);
        return;
      }
      const found = readTaskTypes(answer.value);
      setTypes((before) => (JSON.stringify(before) === JSON.stringify(found) ? before : found));
    };
    lookIn(types.length === 0 ? 0 : SETTLE_MS);
    return () => {
      clearTimeout(timer);
      leave.abort();
    };
  }, [occasion]);
  return types;
}
