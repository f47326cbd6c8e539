// One pass over the data sources: read all, then make, mend or leave each, and at the end remove what nobody uses any more.
import {
  createCommand,
  secondName,
  stepFor,
  stepsFor,
  updateCommand,
  type DataSourcePlan,
  type DataSourceStep,
  type WantedDataSource,
} from './data-sources.ts';
import type { Grafana } from './grafana.ts';
import type { PassNotes } from './pass-notes.ts';
import type { Answer } from './transport.ts';
import type { Trouble } from './trouble.ts';

/** So often a data source that somebody changes at the same moment is read again in one pass. */
export const READ_AGAIN_MAX = 3;

type Make = Extract<DataSourceStep, { do: 'create' | 'update' }>;
type Delete = Extract<DataSourceStep, { do: 'delete' }>;

/** Makes and mends; returns what is left to be removed once no board refers to it. */
export async function bringDataSources(
  grafana: Grafana,
  plan: DataSourcePlan,
  wanted: readonly WantedDataSource[],
  notes: PassNotes,
): Promise<readonly Delete[]> {
  const stored = await grafana.listDataSources();
  if (!stored.ok) {
    notes.trouble(stored.trouble);
    return [];
  }
  const deletes: Delete[] = [];
  for (const step of stepsFor(plan.cluster, wanted, stored.value)) {
    if (notes.hopeless) return [];
    if (step.do === 'delete') deletes.push(step);
    else if (step.do === 'leave') notes.left('data source', step.uid, step.why);
    else await take(grafana, plan.cluster, step, notes);
  }
  return deletes;
}

export async function removeDataSources(grafana: Grafana, deletes: readonly Delete[], notes: PassNotes): Promise<void> {
  for (const { uid, name } of deletes) {
    if (notes.hopeless) return;
    if (notes.done(await grafana.deleteDataSource(uid))) notes.wrote(`removed data source ${name}`);
  }
}

async function take(grafana: Grafana, cluster: string, step: Make, notes: PassNotes): Promise<void> {
  const { wanted } = step;
  let readAgain = step.do === 'update'; // the list carries no versions
  for (let again = 0; again <= READ_AGAIN_MAX; again++) {
    const stored = readAgain ? await grafana.getDataSource(wanted.uid) : ABSENT;
    if (!notes.done(stored) || !stored.ok) return;
    const next = stepFor(cluster, wanted, stored.value);
    if (next?.do === 'leave') notes.left('data source', next.uid, next.why);
    if (next?.do !== 'create' && next?.do !== 'update') return;
    const answer = await (stored.value === undefined
      ? create(grafana, wanted)
      : grafana.updateDataSource(updateCommand(wanted, stored.value)));
    if (answer.ok) notes.wrote(`${next.do === 'create' ? 'made' : 'changed'} data source ${wanted.name}`);
    if (answer.ok) return;
    // Of somebody who was faster we learn by reading again what is left to do.
    if (!isRace(answer.trouble) || again === READ_AGAIN_MAX) {
      notes.trouble(answer.trouble);
      return;
    }
    readAgain = true;
  }
}

const ABSENT: Answer<undefined> = { ok: true, value: undefined };

function isRace({ kind }: Trouble): boolean {
  return kind === 'taken' || kind === 'stale' || kind === 'not-found';
}

async function create(grafana: Grafana, wanted: WantedDataSource): Promise<Answer<void>> {
  const answer = await grafana.createDataSource(createCommand(wanted));
  if (answer.ok || answer.trouble.kind !== 'taken') return answer;
  // Either the name is somebody else's or the uid is there by now; of the latter the caller learns by this one's answer.
  return grafana.createDataSource(createCommand(wanted, secondName(wanted)));
}
