// The feed as a preact hook: connected while the page is shown.
import { useEffect, useReducer, useRef } from 'preact/hooks';
import { FeedConnection } from './feed-connection.ts';
import { BROWSER } from './feed-world.ts';
import { feedReducer, NOTHING_HEARD, type FeedEvent, type FeedState } from './feed-state.ts';

export interface Feed {
  readonly state: FeedState;
  readonly tell: (event: FeedEvent) => void;
}

export function useFeed(): Feed {
  const [state, tell] = useReducer(feedReducer, NOTHING_HEARD);
  const connection = useRef<FeedConnection | null>(null);
  useEffect(() => {
    const made = new FeedConnection(tell, BROWSER);
    connection.current = made;
    return () => made.close();
  }, []);
  const { wantsDetails, snapshot } = state;
  useEffect(() => {
    if (wantsDetails && snapshot !== null) connection.current?.askDetails();
  }, [wantsDetails, snapshot]);
  return { state, tell };
}
