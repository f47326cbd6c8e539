// Who is in the cluster, asked again and again, and how a machine joins it. A master that does not answer is lost until it does.
import type { About, JoinCommand } from '../../common/feed/feed.ts';

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
    const slaves = await namesOf();
    const wasThere = state !== undefined && !state.isLost;
    const isLost = slaves === undefined;
    // Another master may be there now, or the same one on other networks.
    const join = isLost || wasThere ? (state?.join ?? []) : await joinCommands();
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

async function namesOf(): Promise<string[] | undefined> {
  const slaves = await getJson('/slaves');
  return Array.isArray(slaves) ? slaves.map(({ name }: { name: string }) => name) : undefined;
}

async function joinCommands(): Promise<readonly JoinCommand[]> {
  const about = (await getJson('/about')) as Partial<About> | undefined;
  return about?.join ?? [];
}

/** Undefined when there is no answer, or another one than JSON. */
async function getJson(path: string): Promise<unknown> {
  try {
    const response = await fetch(path, {
      signal: AbortSignal.timeout(LIMIT_MS),
      headers: { accept: 'application/json' },
    });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}
