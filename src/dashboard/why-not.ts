// Why the cluster may not be changed from this page: the master's words as a sentence of the page's.
import type { About } from '../common/feed/feed.ts';
import { asSentence } from './format.ts';

/** Why the cluster may not be changed from here, as a sentence; null when it may. */
export function whyNotOf({ mayChange, whyNot }: About): string | null {
  if (mayChange) return null;
  return asSentence(whyNot ?? 'the cluster may not be changed from here');
}
