// What happened to the cluster, the latest first.
import { useState } from 'preact/hooks';
import type { LogEntry } from '../../common/feed/feed.ts';
import { timeOfDay, wholeNumber } from '../format.ts';
import { toneOf } from '../parts/marks.tsx';
import { Panel } from '../parts/panel.tsx';
import { sentenceOf } from './log-sentence.ts';

const SHOWN = 12;

export function LogPanel({ log }: { readonly log: readonly LogEntry[] }) {
  const [isAll, setAll] = useState(false);
  const latest = log.toReversed().slice(0, isAll ? undefined : SHOWN);
  return (
    <Panel id="log" title="Events">
      {log.length === 0 && <p class="empty">Nothing yet. Slaves that come and go are listed here.</p>}
      <ol class="log">
        {latest.map((entry) => (
          <Entry key={entry.n} entry={entry} />
        ))}
      </ol>
      {log.length > SHOWN && (
        <button type="button" class="quiet more" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
          {isAll ? 'Show fewer' : `Show all ${wholeNumber(log.length)}`}
        </button>
      )}
    </Panel>
  );
}

function Entry({ entry }: { readonly entry: LogEntry }) {
  const tone = entry.what === 'slave' ? toneOf(entry.to) : 'accent';
  return (
    <li class={`dot-${tone}`}>
      <time dateTime={new Date(entry.at).toISOString()}>{timeOfDay(entry.at)}</time>
      <div>
        {sentenceOf(entry)}
        {entry.what === 'slave' && (
          <small>
            {entry.address}
            {entry.reason !== '' && entry.reason !== 'joined' && ` · ${entry.reason}`}
          </small>
        )}
      </div>
    </li>
  );
}
