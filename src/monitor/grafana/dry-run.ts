// --dry-run: the same passes over a transport that shows each write instead of sending it. Reads go to Grafana when it can be asked;
// otherwise it is taken for empty, and that is said.
import type { Answer, GrafanaRequest, Transport } from './transport.ts';
import { troubleFrom, type Trouble } from './trouble.ts';

/** So many requests are remembered as shown; then all may be shown again. */
const SHOWN_MAX = 1000;

export interface DryRunOptions {
  /** Undefined without a key. */
  readonly reads: Transport | undefined;
  /** Grafana's address, shown before the path. */
  readonly address: string;
  /** Takes what would be sent, as text. */
  readonly show: (text: string) => void;
  /** Takes a sentence for the person at the terminal. */
  readonly say: (sentence: string) => void;
}

/** A transport that changes nothing. A write is shown once, and again when its body changes: every pass wants the same writes. */
export function dryRun({ reads, address, show, say }: DryRunOptions): Transport {
  const shown = new Map<string, string>();
  let said: string | undefined;
  const sayOnce = (sentence: string): void => {
    if (said !== sentence) say(sentence);
    said = sentence;
  };
  const read = async (request: GrafanaRequest): Promise<Answer<unknown>> => {
    if (reads === undefined) sayOnce('no key: shown is what an empty Grafana would be sent');
    const answer = await reads?.(request);
    if (answer === undefined) return asIfEmpty(request);
    if (answer.ok || answer.trouble.kind === 'not-found') return answer;
    sayOnce(`Grafana cannot be asked (${reasonOf(answer.trouble)}): shown is what an empty one would be sent`);
    return asIfEmpty(request);
  };
  return async (request) => {
    if (request.method === 'GET') return read(request);
    const where = `${request.method} ${address}${request.path}`;
    const body = request.body === undefined ? '' : `\n${JSON.stringify(request.body, null, 2)}`;
    const key = `${where} ${uidIn(request.body)}`;
    if (shown.get(key) === body) return DONE;
    if (shown.size >= SHOWN_MAX) shown.clear();
    shown.set(key, body);
    show(`${where}${body}\n`);
    return DONE;
  };
}

const DONE = { ok: true, value: {} } as const;

function asIfEmpty({ method, path }: GrafanaRequest): Answer<unknown> {
  if (path === '/api/datasources') return { ok: true, value: [] };
  return { ok: false, trouble: troubleFrom(`${method} ${path}`, { status: 404 }) };
}

function reasonOf({ sentence, said }: Trouble): string {
  return said === undefined ? sentence : `${sentence}; ${said}`;
}

/** All new data sources are posted to one path. */
function uidIn(body: object | undefined): string {
  const uid = (body as { uid?: unknown } | undefined)?.uid;
  return typeof uid === 'string' ? uid : '';
}
