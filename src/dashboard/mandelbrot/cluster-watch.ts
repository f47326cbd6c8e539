// Who is in the cluster, asked again and again, and how a machine joins it. A master that does not answer is lost until it does, and so is
// one whose answer is not what was expected.
import type { JoinCommand } from '../../common/feed/feed.ts';
import { ask } from '../api.ts';
import { readAbout } from '../feed/read-feed.ts';

const EVERY_MS = 2000;
/** While nothing can be computed people wait for it. */
const EVERY_WAITING_MS = 1000;
const LIMIT_MS = 4000;

export interface ClusterState {
  /** Names in join order. */
  readonly slaves: readonly string[];
  readonly isLost: boolean;
  readonly join: readonly JoinCommand[];
}

/** Calls back with every state, until the page goes. `isWatched` says whether anybody looks. */
export function watchCluster(onState: (state: ClusterState) => void, isWatched: () => boolean): void {
  let state: ClusterState | undefined;
  const look = async (): Promise<void> => {
    const slaves = namesIn(await valueOf('/slaves'));
    const wasThere = state !== undefined && !state.isLost;
    const isLost = slaves === undefined;
    // Another master may be there now, or the same one on other networks.
    const join = isLost || wasThere ? (state?.join ?? []) : commandsIn(await valueOf('/about'));
    state = { slaves: slaves ?? state?.slaves ?? [], isLost, join };
    onState(state);
  };
  const loop = async (): Promise<void> => {
    if (state === undefined || isWatched()) await look();
    const isWaiting = state === undefined || state.isLost || state.slaves.length === 0;
    setTimeout(() => void loop(), isWaiting ? EVERY_WAITING_MS : EVERY_MS);
  };
  void loop();
}

/** The names in an answer of `GET /slaves`; undefined when it is none. */
export function namesIn(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const names = value.map((slave: unknown) => (slave as { name?: unknown } | null | undefined)?.name);
  return names.every((name) => typeof name === 'string') ? names : undefined;
}

/** The commands in an answer of `GET /about`; none when it is none. */
export function commandsIn(value: unknown): readonly JoinCommand[] {
  const about = readAbout(value);
  return about.ok ? about.value.join : [];
}

/** Undefined when there is no answer, or another one than JSON. */
async function valueOf(path: string): Promise<unknown> {
  const answer = await ask(path, { signal: AbortSignal.timeout(LIMIT_MS) });
  return answer.ok ? answer.value : undefined;
}
