// The head of the page: which cluster this is, how it balances, and whether the page hears from it.
import { useState } from 'preact/hooks';
import type { About } from '../common/feed/feed.ts';
import { ask } from './api.ts';
import type { FeedState } from './feed/feed-state.ts';
import { wholeSeconds } from './format.ts';
import { WHY_NOT_ID } from './notices.tsx';
import { Refusal } from './parts/refusal.tsx';
import { useNow } from './parts/use-now.ts';
import type { ThemeSwitch } from './theme.ts';
import { whyNotOf } from './why-not.ts';

/** What was chosen is shown so long, until the snapshots say it too. */
const SETTLE_MS = 1500;

interface HeaderProps {
  readonly feed: FeedState;
  readonly theme: ThemeSwitch;
}

export function Header({ feed, theme }: HeaderProps) {
  const { about, snapshot } = feed;
  return (
    <header class="top">
      <div class="identity">
        <Mark />
        <h1>Lanyard {about !== null && <span class="cluster">{about.cluster}</span>}</h1>
        {about !== null && <Facts about={about} nowMs={snapshot?.at ?? about.startedAt} />}
      </div>
      <div class="controls">
        <ConnectionState feed={feed} />
        {about !== null && snapshot !== null && <AlgorithmSwitch about={about} current={snapshot.algorithm} />}
        <a class="button" href="/mandelbrot">
          See it work
        </a>
        <button
          type="button"
          class="quiet icon"
          aria-label={theme.theme === 'dark' ? 'Change to light colours' : 'Change to dark colours'}
          onClick={theme.change}
        >
          <span aria-hidden="true">{theme.theme === 'dark' ? '☀' : '☾'}</span>
        </button>
      </div>
    </header>
  );
}

/** A loop with what hangs on it. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M16 19C7 14 8 4 16 4s9 10 0 15Z" />
      <path d="M16 19v4" />
      <circle cx="16" cy="26" r="3" />
    </svg>
  );
}

function Facts({ about, nowMs }: { readonly about: About; readonly nowMs: number }) {
  return (
    <p class="facts">
      <span title={about.masterId}>{about.masterName}</span>
      <span>{about.version}</span>
      <span>up {wholeSeconds(nowMs - about.startedAt)}</span>
    </p>
  );
}

function ConnectionState({ feed }: { readonly feed: FeedState }) {
  const { connection, trouble } = feed;
  const now = useNow(connection.kind === 'lost');
  if (connection.kind === 'lost') {
    return (
      <span class="connection tone-bad" aria-hidden="true">
        Lost {wholeSeconds(now - connection.sinceAtMs)} ago
      </span>
    );
  }
  // Nothing that comes can be shown: the notice says why.
  if (trouble !== null) return <span class="connection tone-warn">Not understood</span>;
  const isLive = connection.kind === 'live';
  return <span class={`connection tone-${isLive ? 'good' : 'calm'}`}>{isLive ? 'Live' : 'Connecting…'}</span>;
}

function AlgorithmSwitch({ about, current }: { readonly about: About; readonly current: string }) {
  const [refusal, setRefusal] = useState('');
  const [choice, setChoice] = useState<{ readonly name: string } | null>(null);
  const change = async (name: string): Promise<void> => {
    const mine = { name };
    setChoice(mine);
    const answer = await ask('/algorithm', { method: 'PUT', body: { name } });
    setRefusal(answer.ok ? '' : answer.problem.detail);
    // Another one may have been chosen meanwhile.
    const forget = (): void => setChoice((now) => (now === mine ? null : now));
    // The next snapshot tells which it is now.
    if (answer.ok) setTimeout(forget, SETTLE_MS);
    else forget();
  };
  const shown = choice?.name ?? current;
  const picks = about.algorithms.find(({ name }) => name === shown)?.picks;
  return (
    <div class="algorithm">
      <label for="algorithm">Algorithm</label>
      <select
        id="algorithm"
        value={shown}
        disabled={!about.mayChange}
        aria-describedby={about.mayChange ? 'algorithm-note' : WHY_NOT_ID}
        onChange={({ currentTarget }) => void change(currentTarget.value)}
        title={whyNotOf(about) ?? picks}
      >
        {about.algorithms.map(({ name }) => (
          <option key={name} value={name} selected={name === shown}>
            {name}
          </option>
        ))}
      </select>
      <span id="algorithm-note" class="unseen">
        {picks}
      </span>
      <Refusal why={refusal} />
    </div>
  );
}
