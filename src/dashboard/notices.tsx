// What the user has to know beside the figures: a lost connection, another master, one that goes, and what may not be done from here.
import type { FeedEvent, FeedState } from './feed/feed-state.ts';
import { asSentence, timeOfDay, wholeSeconds, withStop } from './format.ts';
import { useNow } from './parts/use-now.ts';
import { whyNotOf } from './why-not.ts';

/** The id of the sentence that says why the cluster may not be changed from here. */
export const WHY_NOT_ID = 'why-not';

export function Notices({ feed, tell }: { readonly feed: FeedState; readonly tell: (event: FeedEvent) => void }) {
  const { about, connection, snapshot, restart, detailsTrouble } = feed;
  const isLost = connection.kind === 'lost';
  const notUnderstood = feed.trouble ?? (detailsTrouble?.isAnswer === true ? detailsTrouble.why : null);
  return (
    <div class="notices">
      {isLost && <Lost feed={feed} />}
      {notUnderstood !== null && (
        <p class="notice tone-warn">
          The master sent something that this page does not understand ({notUnderstood}).{' '}
          {feed.trouble !== null && 'What is shown is what came before. '}
          If the master was updated,{' '}
          <button type="button" class="link" onClick={() => location.reload()}>
            load the page again
          </button>
          .
        </p>
      )}
      {detailsTrouble?.isAnswer === false && !isLost && (
        <p class="notice tone-warn">
          The master does not say what it is and what has happened. {asSentence(detailsTrouble.why)} Asking again.
        </p>
      )}
      {restart !== null && (
        <p class="notice tone-calm">
          Another master answers here since {timeOfDay(restart.atMs)}: it was restarted, and tasks of before are gone
          with the old one.{' '}
          {restart.version !== null && (
            <>
              It is version {restart.version}:{' '}
              <button type="button" class="link" onClick={() => location.reload()}>
                load the page again
              </button>{' '}
              to match it.{' '}
            </>
          )}
          <button type="button" class="link" onClick={() => tell({ kind: 'restart dismissed' })}>
            Dismiss
          </button>
        </p>
      )}
      {snapshot?.draining === true && (
        <p class="notice tone-warn">The master is shutting down: it ends what runs and takes nothing new.</p>
      )}
      {about !== null && !about.mayChange && (
        <p class="notice tone-calm" id={WHY_NOT_ID}>
          You can look, run tasks and cancel your own. {whyNotOf(about)}
        </p>
      )}
    </div>
  );
}

function Lost({ feed }: { readonly feed: FeedState }) {
  const now = useNow(true);
  const { connection, heardAtMs } = feed;
  if (connection.kind !== 'lost') return null;
  return (
    <p class="notice tone-bad" id="lost">
      <strong>No connection to the master</strong> for {wholeSeconds(now - connection.sinceAtMs)}.{' '}
      {connection.why !== null && `It says: ${withStop(connection.why)} `}
      {heardAtMs !== null && `Everything below is from ${timeOfDay(heardAtMs)}. `}
      Trying again every few seconds.
    </p>
  );
}
