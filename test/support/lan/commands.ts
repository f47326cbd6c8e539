// Runs the system's network programs (ip, nft, ss) and says what they complained about. Everything happens inside network
// namespaces: no command here may touch an interface of the machine itself.
import { execFileSync } from 'node:child_process';
import { SEARCH_PATH } from '../../runner/requirements.ts';

export { SEARCH_PATH } from '../../runner/requirements.ts';

const LIMIT_MS = 10_000;

/** The program of iproute2 that makes hosts and cables. */
const IP = 'ip';

/** What to put in front of a command to run it inside a namespace; it replaces itself by the command, so the pid is that one's. */
export function inside(namespace: string): readonly [program: string, ...args: string[]] {
  return [IP, 'netns', 'exec', namespace];
}

/** Runs `ip …` and returns what it printed; throws with its error output. */
export function ip(...args: readonly string[]): string {
  return execFileSync(IP, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: SEARCH_PATH },
    timeout: LIMIT_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs a program inside a network namespace. */
export function runIn(namespace: string, program: string, ...args: readonly string[]): string {
  return ip('netns', 'exec', namespace, program, ...args);
}

/** One or more nft commands inside a network namespace. */
export function nft(namespace: string, ...commands: readonly string[]): void {
  runIn(namespace, 'nft', commands.join('; '));
}
