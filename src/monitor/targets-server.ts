// GET /prometheus/targets of a monitor: what its master would answer, for a Prometheus that may not reach the master.
import type { Page } from '../common/http/page.ts';
import { openSmallServer, type SmallServer } from '../common/http/small-server.ts';
import { HOST_EXPECTED, hostsOf, targetGroups, TARGETS_CONTENT_TYPE } from '../common/prometheus/targets.ts';
import type { SlaveInfo } from '../common/protocol/slave-info.ts';

const TEXT = 'text/plain; charset=utf-8';
/** As much of a wrong value as is shown. */
const SHOWN_CHARS = 60;

export interface TargetsServerOptions {
  readonly host: string;
  /** 0 is chosen by the system. */
  readonly port: number;
  readonly cluster: string;
  /** Those known by now; undefined until a master has told them for the first time. */
  readonly slaves: () => readonly SlaveInfo[] | undefined;
}

/** Opens the server; fails with a LanyardError when the port cannot be bound. */
export function openTargetsServer({ host, port, cluster, slaves }: TargetsServerOptions): Promise<SmallServer> {
  const routes = new Map([['/prometheus/targets', (url: URL) => targetsPage(url, cluster, slaves())]]);
  return openSmallServer({ host, port, what: 'targets', option: '--targets-port', routes });
}

/** An answer other than 200 lets Prometheus keep the targets that it has. */
function targetsPage(url: URL, cluster: string, slaves: readonly SlaveInfo[] | undefined): Page {
  const unknown = [...url.searchParams.keys()].find((name) => name !== 'host');
  if (unknown !== undefined)
    return refusal(400, `unknown name ${unknown.slice(0, SHOWN_CHARS)} in the URL: expected host`);
  const asked = hostsOf(url.searchParams.getAll('host'));
  if ('wrong' in asked) return refusal(400, `${HOST_EXPECTED} ${asked.wrong.slice(0, SHOWN_CHARS) || 'nothing'}`);
  if (slaves === undefined) {
    return refusal(503, 'no master has told this monitor its slaves yet; is ./master running in this network?');
  }
  const body = JSON.stringify(targetGroups(cluster, slaves, asked.hosts));
  return { contentType: TARGETS_CONTENT_TYPE, body };
}

function refusal(status: number, sentence: string): Page {
  return { status, contentType: TEXT, body: `${sentence}\n` };
}
