// One pass: read what Grafana has, compare, write only what differs. It needs no memory of earlier passes, so that after any crash, of
// the monitor or of Grafana, one pass puts all in order, and the one after it writes nothing.
import type { Board, BoardSpec } from '../boards/board-spec.ts';
import { mergeBoard } from './board-merge.ts';
import { bringDataSources, READ_AGAIN_MAX, removeDataSources } from './data-source-pass.ts';
import { dataSourceOf, wantedDataSources, type DataSourcePlan } from './data-sources.ts';
import type { Grafana } from './grafana.ts';
import { PassNotes, type PassResult } from './pass-notes.ts';
import { boardUid, clusterDataSourceUid } from './uids.ts';

/** Of a slave, what Grafana is concerned with. */
export interface ShownSlave {
  readonly name: string;
  /** IP address of its host. */
  readonly address: string;
  /** 0 when it has no metrics: there is nothing to show of it then. */
  readonly metricsPort: number;
}

export interface ConvergePlan extends DataSourcePlan {
  readonly boardOf: (spec: BoardSpec) => Board;
}

/** So long a message in the board's history is, in characters. */
const MESSAGE_CHARS_MAX = 200;

/** Brings Grafana up to date with `slaves`. `reason` stands in the board's history: "s4 joined". */
export async function converge(
  grafana: Grafana,
  plan: ConvergePlan,
  slaves: readonly ShownSlave[],
  reason: string,
): Promise<PassResult> {
  const notes = new PassNotes();
  const scraped = slaves.filter(({ metricsPort }) => metricsPort !== 0);
  const wanted = wantedDataSources(
    plan,
    scraped.map(({ address }) => address),
  );
  const unused = await bringDataSources(grafana, plan, wanted, notes);
  if (notes.hopeless) return notes;
  const saved = await bringBoard(grafana, plan, boardSpec(plan, slaves), reason, notes);
  // Last, so that the board never refers to what is gone.
  if (saved) await removeDataSources(grafana, unused, notes);
  return notes;
}

/** Sorted by name, so that two monitors of one cluster want the same board whatever they saw first. */
function boardSpec(plan: ConvergePlan, slaves: readonly ShownSlave[]): BoardSpec {
  return {
    cluster: plan.cluster,
    clusterDataSource: clusterDataSourceUid(plan.cluster),
    slaves: [...slaves]
      .sort((a, b) => byName.compare(a.name, b.name) || (a.name < b.name ? -1 : 1))
      .map(({ name, address, metricsPort }) => ({
        name,
        dataSource: metricsPort === 0 ? undefined : dataSourceOf(plan, address),
      })),
  };
}

/** s2 before s10. */
const byName = new Intl.Collator('en', { numeric: true });

/** Whether the board no longer needs anything that it needed before. */
async function bringBoard(
  grafana: Grafana,
  { cluster, boardOf }: ConvergePlan,
  spec: BoardSpec,
  reason: string,
  notes: PassNotes,
): Promise<boolean> {
  const uid = boardUid(cluster);
  const board = boardOf(spec);
  const message = `lanyard: ${reason}`.slice(0, MESSAGE_CHARS_MAX);
  for (let again = 0; ; again++) {
    const stored = await grafana.getBoard(uid);
    if (!notes.done(stored) || !stored.ok) return false;
    const { dashboard, folderUid, provisioned = false } = stored.value ?? {};
    const merge = mergeBoard(uid, board, dashboard);
    if (merge.do === 'nothing') return true;
    if (merge.do === 'leave' || provisioned) {
      notes.left('board', uid, provisioned ? 'read-only' : 'not-ours');
      return true;
    }
    const folder = folderUid === undefined ? {} : { folderUid };
    const saved = await grafana.saveBoard({ dashboard: merge.dashboard, ...folder, message, overwrite: false });
    if (saved.ok) notes.wrote(`${dashboard === undefined ? 'made' : 'changed'} board ${uid}: ${reason}`);
    else if (saved.trouble.kind === 'stale' && again < READ_AGAIN_MAX) continue;
    else notes.trouble(saved.trouble);
    return saved.ok;
  }
}
