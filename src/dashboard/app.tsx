// The whole page: head, notices, figures, charts, and the panels in two columns.
import type { FeedState } from './feed/feed-state.ts';
import { isStale } from './feed/feed-state.ts';
import { useFeed } from './feed/use-feed.ts';
import { Charts } from './charts/charts.tsx';
import { Figures } from './figures.tsx';
import { Header } from './header.tsx';
import { FirstSlave, JoinPanel } from './join/join-panel.tsx';
import { LogPanel } from './log/log-panel.tsx';
import { Notices } from './notices.tsx';
import { LiveRegion } from './parts/live-region.tsx';
import { Fence } from './parts/panel.tsx';
import { RunPanel } from './run/run-panel.tsx';
import { useRuns } from './run/use-runs.ts';
import { useTaskTypes } from './run/use-task-types.ts';
import { SlavesPanel } from './slaves/slaves-panel.tsx';
import { TasksPanel } from './tasks/tasks-panel.tsx';
import { useTheme } from './theme.ts';
import { whyNotOf } from './why-not.ts';

export function App() {
  const { state, tell } = useFeed();
  const theme = useTheme();
  return (
    <>
      <a class="skip" href="#content">
        Skip to content
      </a>
      <Header feed={state} theme={theme} />
      <main id="content" tabIndex={-1} class={isStale(state) ? 'is-stale' : ''}>
        <LiveRegion log={state.log} connection={spoken(state)} />
        <Notices feed={state} tell={tell} />
        <Fence>
          <Content feed={state} theme={theme.theme} />
        </Fence>
      </main>
    </>
  );
}

function Content({ feed, theme }: { readonly feed: FeedState; readonly theme: 'light' | 'dark' }) {
  const { about, snapshot, log } = feed;
  const runs = useRuns();
  // Slaves that join may bring task types, also one in the place of another: each is an entry in the log.
  const types = useTaskTypes(`${snapshot?.masterId ?? ''} ${log.at(-1)?.n.toString() ?? ''}`);
  if (snapshot === null || about === null) return <p class="empty waiting">Waiting for the master…</p>;
  const whyNot = whyNotOf(about);
  const isAlone = snapshot.slaves.length === 0;
  return (
    <>
      {isAlone && <FirstSlave about={about} />}
      <Figures feed={feed} />
      <Charts feed={feed} theme={theme} />
      <div class="columns">
        {!isAlone && <SlavesPanel slaves={snapshot.slaves} whyNot={whyNot} />}
        <div class="side">
          <RunPanel types={types} runs={runs} snapshot={snapshot} />
          {!isAlone && <JoinPanel about={about} />}
          <LogPanel log={log} />
        </div>
        <TasksPanel snapshot={snapshot} whyNot={whyNot} own={runs.own} />
      </div>
    </>
  );
}

/** The state of the connection as it is said aloud: once, however long it lasts. */
function spoken({ connection, restart }: FeedState): string {
  if (connection.kind === 'lost') return 'No connection to the master. Trying again.';
  if (connection.kind === 'connecting') return '';
  return restart === null ? 'Connected' : 'Connected. The master was restarted.';
}
