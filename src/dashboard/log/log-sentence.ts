// Log entries as sentences: for the list, and for those who hear the page instead of seeing it.
import type { LogEntry } from '../../common/feed/feed.ts';
import { counted } from '../format.ts';

/** So many entries at once are told one by one; more are counted. */
const TOLD_MAX = 3;

/** "pc7 joined", "pc7 is suspect", "Algorithm is now least-load", "Algorithm of web is now least-load". */
export function sentenceOf(entry: LogEntry): string {
  if (entry.what === 'algorithm') {
    const whose = entry.group === undefined ? '' : ` of ${entry.group}`;
    return `Algorithm${whose} is now ${entry.to}, was ${entry.from}`;
  }
  const { name, from, to } = entry;
  switch (to) {
    case 'joining':
      return `${name} is joining`;
    case 'ready':
      return from === 'joining' ? `${name} joined` : `${name} is ready again, was ${from}`;
    case 'gone':
      return from === 'joining' ? `${name} could not join` : `${name} is gone`;
    default:
      return `${name} is ${to}`;
  }
}

/** What is said aloud about entries after number `told`; empty when there is nothing. A slave that is only joining is no news yet. */
export function announcementOf(log: readonly LogEntry[], told: number): string {
  const news = log.filter((entry) => entry.n > told && !(entry.what === 'slave' && entry.to === 'joining'));
  if (news.length > TOLD_MAX) return `${counted(news.length, 'change')} in the event log`;
  return news.map(sentenceOf).join('. ');
}
