// Which of the master's lines help who reads them.
import type { JoinCommand } from '../../common/feed/feed.ts';

/** `hostname`: of the page's address. Whoever reads it from another machine cannot use what works on the master's own only. */
export function commandsFor(commands: readonly JoinCommand[], hostname: string): readonly JoinCommand[] {
  return isLoopbackName(hostname) ? commands : commands.filter(({ loopback }) => !loopback);
}

function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
