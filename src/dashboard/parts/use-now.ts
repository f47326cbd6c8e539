// The browser's clock, once a second, for what counts up on the page.
import { useEffect, useState } from 'preact/hooks';

const TICK_MS = 1000;

/** Milliseconds since 1970; stands still while `isRunning` is false. */
export function useNow(isRunning: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isRunning) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [isRunning]);
  return now;
}
