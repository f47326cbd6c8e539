// ./monitor --dry-run: one pass that shows what it would send instead of sending it; then the process ends.
import type { Log } from '../common/log.ts';
import { converge, type ConvergePlan, type ShownSlave } from './grafana/converge.ts';
import { dryRun } from './grafana/dry-run.ts';
import { createGrafana } from './grafana/grafana-api.ts';
import type { Transport } from './grafana/transport.ts';

/** A rehearsal that no master has taken part in by then is over. */
export const NO_MASTER_MS = 6000;

export interface Rehearsal {
  readonly plan: ConvergePlan;
  /** Shown before the path of each request. */
  readonly address: string;
  /** Asks Grafana what is there; undefined without a key: then it is taken for empty. */
  readonly reads: Transport | undefined;
  /** Not to standard output: that is for what would be sent. */
  readonly log: Log;
}

/** Prints what Grafana would be sent to show `slaves`, and ends the process. */
export async function rehearse({ plan, address, reads, log }: Rehearsal, slaves: readonly ShownSlave[]): Promise<void> {
  const say = (sentence: string): void => log.warn(sentence);
  const show = (text: string): void => void process.stdout.write(`${text}\n`);
  const grafana = createGrafana(dryRun({ reads, address, show, say }));
  const { writes, leftAlone } = await converge(grafana, plan, slaves, 'dry run');
  for (const { at, sentence } of leftAlone) log.warn({ at, todo: sentence }, 'would be left alone in Grafana');
  if (writes.length === 0) say('nothing to send: Grafana is in order');
  process.stdout.write('', () => process.exit(0));
}

/** Nobody said which slaves there are. */
export function endWithoutMaster(log: Log): never {
  log.fatal({ waitedMs: NO_MASTER_MS }, 'no master took this monitor: there is no cluster to show');
  process.exit(1);
}
