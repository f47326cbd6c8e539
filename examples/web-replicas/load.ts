// Requests that come ever faster and then ever slower, each with work of its own, the same ones in each run; and what each was answered.
import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from '../common/seeded.ts';

export interface Answer {
  readonly status: number;
  /** Who answered: `Hello World from server <name>`; empty when it was nobody. */
  readonly server: string;
  /** The master's member that served it; empty when there was none. */
  readonly member: string;
  /** When the answer came, in seconds from the first request. */
  readonly atSeconds: number;
  /** From the question to the answer. */
  readonly seconds: number;
  /** What went wrong; empty when nothing did. */
  readonly why: string;
}

export interface Load {
  /** http://host:port/services/web/ */
  readonly url: string;
  readonly requests: number;
  /** Over so much time they are sent. */
  readonly seconds: number;
  /** How long an answer takes at the server: evenly between these. */
  readonly workMs: readonly [least: number, most: number];
  /** One request may take so long. */
  readonly timeoutMs: number;
  readonly onAnswer?: (answer: Answer) => void;
}

const WHY_CHARS_MAX = 200;

/** When the request comes that is preceded by this ratio of all, as a ratio of the time: the rate rises evenly until the middle, and falls. */
export function hill(ratio: number): number {
  return ratio < 0.5 ? Math.sqrt(ratio / 2) : 1 - Math.sqrt((1 - ratio) / 2);
}

/** Sends all requests, and resolves when each has an answer, or none in time. */
export async function send({ url, requests, seconds, workMs, timeoutMs, onAnswer }: Load): Promise<Answer[]> {
  const random = seeded(requests);
  const [least, most] = workMs;
  const beginMs = performance.now();
  const asked: Promise<Answer>[] = [];
  for (let i = 0; i < requests; i++) {
    const delayMs = Math.round(least + (most - least) * random());
    const waitMs = beginMs + 1000 * seconds * hill(i / requests) - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    const asking = ask(`${url}?delayMs=${delayMs}`, beginMs, timeoutMs);
    if (onAnswer) void asking.then(onAnswer);
    asked.push(asking);
  }
  return Promise.all(asked);
}

async function ask(url: string, beginMs: number, timeoutMs: number): Promise<Answer> {
  const askedMs = performance.now();
  const times = (): Pick<Answer, 'atSeconds' | 'seconds'> => {
    const nowMs = performance.now();
    return { atSeconds: (nowMs - beginMs) / 1000, seconds: (nowMs - askedMs) / 1000 };
  };
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await answer.text();
    const server = /^Hello World from server (\S+)/.exec(text)?.[1] ?? '';
    const member = answer.headers.get('x-served-by') ?? '';
    const why = server === '' ? `${answer.status}: ${text.slice(0, WHY_CHARS_MAX)}` : '';
    return { status: answer.status, server, member, ...times(), why };
  } catch (error) {
    return { status: 0, server: '', member: '', ...times(), why: String(error) };
  }
}
