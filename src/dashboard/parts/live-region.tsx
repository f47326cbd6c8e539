// Tells those who hear the page what has changed: politely, and all that came within a few seconds at once.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { LogEntry } from '../../common/feed/feed.ts';
import { announcementOf } from '../log/log-sentence.ts';

const EVERY_MS = 4000;

/** The log and the state of the connection, spoken. */
export function LiveRegion({ log, connection }: { readonly log: readonly LogEntry[]; readonly connection: string }) {
  const [said, setSaid] = useState('');
  const latest = useRef(log);
  latest.current = log;
  const told = useRef<number | null>(null);
  // What was there when the page was opened is no news.
  if (log.length > 0) told.current ??= log.at(-1)?.n ?? 0;
  useEffect(() => {
    const timer = setInterval(() => {
      const entries = latest.current;
      const text = announcementOf(entries, told.current ?? 0);
      told.current = entries.at(-1)?.n ?? told.current;
      if (text !== '') setSaid(text);
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      <p class="unseen" role="status">
        {connection}
      </p>
      <p class="unseen" role="status" id="news">
        {said}
      </p>
    </>
  );
}
