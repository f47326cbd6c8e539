// Boards' specs for tests: slaves by name, all behind one Prometheus unless a test says otherwise.
import { panelIdOf } from '../../src/monitor/boards/panel-id.ts';
import type { BoardSlave, BoardSpec } from '../../src/monitor/boards/board-spec.ts';

export function boardSlave(name: string, dataSource = 'prometheus-of-slaves'): BoardSlave {
  return { name, dataSource };
}

/** Slaves s1, s2 … when a number is given. */
export function boardSpec(slaves: number | readonly string[], cluster = 'lanyard'): BoardSpec {
  const names = typeof slaves === 'number' ? Array.from({ length: slaves }, (_, i) => `s${i + 1}`) : slaves;
  return { cluster, clusterDataSource: 'prometheus-of-master', slaves: names.map((name) => boardSlave(name)) };
}

/** Two slaves whose CPU panels would have the same id, found by trying hosts in their order. */
export function hostsWithOneId(): [string, string] {
  const seen = new Map<number, string>();
  for (let i = 0; i < 1_000_000; i++) {
    const host = `host-${i}`;
    const id = panelIdOf(`${host}: CPU`);
    const other = seen.get(id);
    if (other !== undefined) return [other, host];
    seen.set(id, host);
  }
  throw new Error('no two of a million titles have the same id');
}
