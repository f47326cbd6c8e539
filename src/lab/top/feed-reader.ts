// Reads the master's feed: /about once per connection, then snapshots as they come. A connection that breaks or falls silent is opened
// again after a moment, until the process ends.
import * as http from 'node:http';
import * as https from 'node:https';
import { messageOf } from '../../common/errors.ts';
import type { About, Snapshot } from '../../common/feed/feed.ts';
import type { Clock } from '../../common/time/clock.ts';
import { EventParser } from './event-parser.ts';

/** An answer begins within this time. */
const ANSWER_MS = 5000;
/** The master says something every few seconds; silence for longer means that it cannot be reached. */
export const SILENCE_MS = 15_000;
export const RETRY_MS = 1000;
/** What is not from a master may be long. */
const ANSWER_CHARS_MAX = 1024 * 1024;

export interface FeedReaderOptions {
  /** Of the master, without a slash at its end. */
  readonly url: string;
  readonly clock: Clock;
  readonly onSnapshot: (snapshot: Snapshot, about: About) => void;
  /** A connection failed or ended; another one will be tried. */
  readonly onLost: (reason: string) => void;
}

export class FeedReader {
  readonly #options: FeedReaderOptions;
  #request: http.ClientRequest | undefined;

  constructor(options: FeedReaderOptions) {
    this.#options = options;
    this.#connect();
  }

  #connect(): void {
    const { url, clock, onLost } = this.#options;
    this.#follow().catch((error: unknown) => {
      this.#request?.destroy();
      onLost(reasonOf(error, url));
      clock.after(RETRY_MS, () => this.#connect());
    });
  }

  /** Never resolves: a stream that ends is a connection that is lost. */
  async #follow(): Promise<never> {
    const about = aboutIn(await bodyOf(await this.#get('/about')));
    const response = await this.#get('/events?kinds=snapshot');
    const parser = new EventParser();
    response.setEncoding('utf8');
    for await (const text of response as AsyncIterable<string>) {
      for (const { event, data } of parser.push(text)) {
        if (event === 'snapshot') this.#options.onSnapshot(snapshotIn(data), about);
      }
    }
    throw new Error('the master ended the connection');
  }

  #get(path: string): Promise<http.IncomingMessage> {
    const { url } = this.#options;
    return new Promise((resolve, reject) => {
      const options = { agent: false as const, timeout: ANSWER_MS, headers: { accept: '*/*' } };
      const request = (url.startsWith('https:') ? https : http).get(`${url}${path}`, options, (response) => {
        request.setTimeout(SILENCE_MS);
        if (response.statusCode === 200) resolve(response);
        else bodyOf(response).then((body) => reject(new Error(refusalIn(response.statusCode ?? 0, body))), reject);
      });
      this.#request = request;
      request.on('timeout', () => request.destroy(new Error('it does not answer')));
      request.on('error', reject);
    });
  }
}

async function bodyOf(response: http.IncomingMessage): Promise<string> {
  let body = '';
  response.setEncoding('utf8');
  for await (const text of response as AsyncIterable<string>) {
    body += text;
    if (body.length > ANSWER_CHARS_MAX) throw new Error(NO_MASTER);
  }
  return body;
}

const NO_MASTER = 'what answers there is not a master of this version';

function aboutIn(body: string): About {
  const about = parsed(body) as Partial<About> | null | undefined;
  if (typeof about?.masterId !== 'string' || typeof about.cluster !== 'string') throw new Error(NO_MASTER);
  return about as About;
}

function snapshotIn(data: string): Snapshot {
  const snapshot = parsed(data) as Partial<Snapshot> | null | undefined;
  if (!Array.isArray(snapshot?.slaves) || !Array.isArray(snapshot.log) || !Array.isArray(snapshot.tasks?.ended))
    throw new Error(NO_MASTER);
  return snapshot as Snapshot;
}

/** Why it refused: the sentence of a problem, if it is one. */
function refusalIn(status: number, body: string): string {
  const detail = (parsed(body) as { detail?: unknown } | null | undefined)?.detail;
  if (status === 404) return NO_MASTER;
  return typeof detail === 'string' ? detail : `it answered ${status.toString()}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection broke',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'it does not answer',
  HPE_INVALID_CONSTANT: 'what listens there does not speak HTTP',
};

/** A sentence that names the URL. */
function reasonOf(error: unknown, url: string): string {
  const { code } = error as { code?: string };
  return `${url}: ${(code === undefined ? undefined : REASONS[code]) ?? messageOf(error)}`;
}
