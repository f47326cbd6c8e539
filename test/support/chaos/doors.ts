// A task through each door, from the request to the end that goes into the account: GET /task waited for, POST /tasks alone, in an
// array, or with its results as a stream of lines.
import { sleep } from '../wait.ts';
import { describe, hasEnded, problemOf, type Account, type Entry, type Reported } from './account.ts';
import { HUNG_UP, NO_ANSWER, type Answer, type Client } from './client.ts';
import type { Lives } from './lives.ts';
import type { Treatment, Work } from './work.ts';

type Task = Work & Treatment;

/** An answer that takes so much longer than the task's limit is a request that hangs. */
const HANG_MS = 10_000;
/** One question of GET /tasks/{id}; it is asked again until the task has ended. */
const WAIT_S = 10;
/** Small requests are answered at once. */
const SOON_MS = 10_000;
const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' };
const NDJSON_HEADERS = { ...JSON_HEADERS, accept: 'application/x-ndjson' };

export interface DoorParts {
  readonly client: Client;
  readonly account: Account;
  readonly lives: Lives;
}

/** GET /task. A task to be cancelled is one whose client hangs up. */
export async function askAndWait({ client, account, lives }: DoorParts, work: Task): Promise<void> {
  const entry = account.begin('get', work, lives.current);
  const query = new URLSearchParams({ type: work.type, priority: work.priority });
  query.set('timeout', `${work.timeoutMs}ms`);
  if (work.runTimeoutMs !== undefined) query.set('runTimeout', `${work.runTimeoutMs}ms`);
  for (const [name, value] of Object.entries(work.params)) query.set(name, value.toString());
  const limitMs = work.timeoutMs + HANG_MS;
  const path = `/task?${query.toString()}`;
  const sent = client.send({ method: 'GET', path, headers: { accept: 'application/json' }, limitMs });
  if (work.cancelAfterMs !== undefined) setTimeout(() => sent.hangUp(), work.cancelAfterMs);
  const answer = await sent.answer;
  entry.id = answer.headers['x-task-id'];
  if (answer.status === 200) account.report(entry, parse(answer.body));
  else if (answer.status === 0) noAnswer({ account, lives }, entry, answer);
  else refusedOrFailed(account, entry, answer);
}

/** POST /tasks, alone or in an array, and GET /tasks/{id} for each until it has ended. */
export async function submit(parts: DoorParts, works: readonly Task[], key: string | undefined): Promise<void> {
  const { client, account, lives } = parts;
  const isSingle = works.length === 1;
  const entries = works.map((work) => account.begin(isSingle ? 'post' : 'array', work, lives.current));
  const headers = { ...JSON_HEADERS, ...(key === undefined ? {} : { 'idempotency-key': key }) };
  const bodies = works.map(bodyOf);
  const body = JSON.stringify(isSingle ? bodies[0] : bodies);
  const post = (): Promise<Answer> =>
    client.send({ method: 'POST', path: '/tasks', headers, body, limitMs: SOON_MS }).answer;
  const answer = await post();
  if (answer.status !== 202) {
    for (const entry of entries) notTaken(parts, entry, answer);
    return;
  }
  accepted(account, entries, answer);
  if (key !== undefined) void sendAgain(parts, entries, answer, post);
  await Promise.all(entries.map((entry) => follow(parts, entry)));
}

/** POST /tasks with the results as lines. Nobody can ask for them again: what is cancelled, is by DELETE. */
export async function stream({ client, account, lives }: DoorParts, works: readonly Task[]): Promise<void> {
  const entries = works.map((work) => account.begin('stream', work, lives.current));
  const onLine = (line: string): void => {
    const reported = parse(line) as Reported & { readonly index: number };
    const entry = entries[reported.index];
    if (entry === undefined) account.violations.push(`a line of a stream belongs to no task: ${line.slice(0, 200)}`);
    else lineOf(account, entry, reported);
  };
  const body = JSON.stringify(works.map(bodyOf));
  const limitMs = Math.max(...works.map(({ timeoutMs }) => timeoutMs)) + HANG_MS;
  const request = { method: 'POST', path: '/tasks', headers: NDJSON_HEADERS, body, limitMs, onLine } as const;
  const answer = await client.send(request).answer;
  for (const entry of entries) {
    if (entry.end !== undefined) continue;
    if (answer.status === 0) noAnswer({ account, lives }, entry, answer);
    else if (answer.status === 200) {
      account.close(entry, { kind: 'violation', what: 'the stream of results ended without its line' });
    } else refusedOrFailed(account, entry, answer);
  }
}

function lineOf(account: Account, entry: Entry, reported: Reported): void {
  entry.id = reported.id;
  const problem = reported.state === undefined ? problemOf(reported.error) : undefined;
  if (problem === undefined) account.report(entry, reported);
  else account.close(entry, { kind: 'refused', problem });
}

/** Reads the ids of a 202. */
function accepted(account: Account, entries: readonly Entry[], answer: Answer): void {
  const given = idsOf(answer);
  for (const [i, entry] of entries.entries()) {
    const { id, error } = given[i] ?? {};
    entry.id = id;
    entry.acceptedAtMs = answer.endedAtMs;
    const problem = problemOf(error);
    if (id !== undefined) continue;
    if (problem === undefined) account.close(entry, { kind: 'violation', what: '202 with neither id nor problem' });
    else account.close(entry, { kind: 'refused', problem });
  }
}

interface Taken {
  readonly id?: string;
  readonly error?: { readonly type?: string };
}

function idsOf({ body }: Answer): readonly Taken[] {
  const answer = parse(body) as Taken & { readonly tasks?: readonly Taken[] };
  return answer.tasks ?? [answer];
}

/** The same request once more: the same ids, from the same life of the master. */
async function sendAgain(
  { account, lives }: DoorParts,
  entries: readonly Entry[],
  first: Answer,
  post: () => Promise<Answer>,
): Promise<void> {
  const second = await post();
  const [entry] = entries;
  if (entry === undefined || lives.isStruck(entry.life)) return;
  account.sentTwice++;
  const [before, after] = [first, second].map((answer) => idsOf(answer).map(({ id }) => id));
  if (second.status === 202 && JSON.stringify(before) === JSON.stringify(after)) return;
  account.violations.push(`${describe(entry)} sent again with its key: ${second.status} ${second.body.slice(0, 200)}`);
}

/** Asks for the task until it has ended, cancels it if that is what it is for, and sometimes looks again. */
async function follow(parts: DoorParts, entry: Entry): Promise<void> {
  if (entry.end !== undefined) return;
  const { cancelAfterMs } = entry.work;
  if (cancelAfterMs !== undefined) setTimeout(() => void cancel(parts, entry), cancelAfterMs);
  const answer = await untilEnded(parts, entry);
  if (answer.status !== 200) {
    notTaken(parts, entry, answer);
    return;
  }
  parts.account.report(entry, parse(answer.body));
  if (entry.number % 10 === 0) void lookAgain(parts, entry, parse(answer.body));
}

async function untilEnded({ client }: DoorParts, entry: Entry): Promise<Answer> {
  const endMs = Date.now() + entry.work.timeoutMs + HANG_MS;
  for (;;) {
    const answer = await client.send({
      method: 'GET',
      path: `/tasks/${entry.id ?? ''}?wait=${WAIT_S}s`,
      limitMs: WAIT_S * 1000 + HANG_MS,
    }).answer;
    if (answer.status !== 200 || hasEnded(parse(answer.body)) || Date.now() > endMs) return answer;
  }
}

async function cancel({ client, account, lives }: DoorParts, entry: Entry): Promise<void> {
  if (entry.end !== undefined) return;
  const path = `/tasks/${entry.id ?? ''}`;
  const answer = await client.send({ method: 'DELETE', path, limitMs: SOON_MS }).answer;
  if (answer.status >= 200 && answer.status < 300) entry.cancelAskedAtMs = answer.endedAtMs;
  else if (answer.status !== 409 && !lives.isStruck(entry.life)) {
    account.violations.push(`DELETE of ${describe(entry)}: ${answer.status} ${answer.error}${answer.body}`);
  }
}

const AGAIN_MS = 1000;

/** An answer that was given stays as it is. */
async function lookAgain({ client, account, lives }: DoorParts, entry: Entry, first: Reported): Promise<void> {
  await sleep(AGAIN_MS);
  if (lives.isStruck(entry.life)) return;
  const path = `/tasks/${entry.id ?? ''}`;
  const answer = await client.send({ method: 'GET', path, limitMs: SOON_MS }).answer;
  if (lives.isStruck(entry.life)) return;
  account.checkedAgain++;
  const again = answer.status === 200 ? (parse(answer.body) as Reported) : {};
  const facts = ({ state, result, attempts, slave }: Reported): string =>
    JSON.stringify([state, result, attempts, slave]);
  if (facts(again) === facts(first)) return;
  account.violations.push(
    `${describe(entry)} changed after its end: ${facts(first)}, then ${answer.status} ${facts(again)}`,
  );
}

/** An answer other than the one hoped for: of a master that has gone, or a problem. */
function notTaken(parts: DoorParts, entry: Entry, answer: Answer): void {
  const { account, lives } = parts;
  const isNewMaster = answer.status === 404 && lives.isStruck(entry.life);
  if (isNewMaster) account.close(entry, { kind: 'gone-with-master' });
  else if (answer.status === 0) noAnswer(parts, entry, answer);
  else refusedOrFailed(account, entry, answer);
}

function noAnswer({ account, lives }: Omit<DoorParts, 'client'>, entry: Entry, answer: Answer): void {
  const { error, sentAtMs, endedAtMs } = answer;
  const isExcused = lives.excuses(entry.life, sentAtMs);
  if (isExcused && error === 'ECONNREFUSED' && entry.id === undefined) {
    account.close(entry, { kind: 'refused', problem: 'no-master' });
  } else if (error === HUNG_UP) account.close(entry, { kind: 'hung-up' });
  else if (error === NO_ANSWER) account.close(entry, { kind: 'violation', what: `no answer: the request hangs` });
  else if (isExcused) account.close(entry, { kind: 'gone-with-master' });
  else {
    const what = `no answer from a master that ${lives.isStruck(entry.life) ? 'drains' : 'lives'}: ${error} after ${endedAtMs - sentAtMs} ms`;
    account.close(entry, { kind: 'violation', what });
  }
}

/** A problem: of the task when it was accepted, else of the door. */
function refusedOrFailed(account: Account, entry: Entry, answer: Answer): void {
  const error = parse(answer.body) as { type?: string; detail?: string };
  const problem = problemOf(error);
  const isTasks = entry.id !== undefined;
  if (problem === undefined) {
    const what = `HTTP ${answer.status} without a known problem: ${answer.body.slice(0, 200)}`;
    account.close(entry, { kind: 'violation', what });
  } else if (isTasks) account.report(entry, { state: 'failed', error });
  else if (REFUSALS.has(problem)) account.close(entry, { kind: 'refused', problem });
  else account.close(entry, { kind: 'violation', what: `refused with ${problem}: ${error.detail ?? ''}` });
}

/** What a door may say to a task that is in order. */
const REFUSALS: ReadonlySet<string> = new Set(['no-slave', 'draining']);

function bodyOf({ type, params, priority, timeoutMs, runTimeoutMs }: Task): object {
  return { type, params, priority, timeoutMs, ...(runTimeoutMs === undefined ? {} : { runTimeoutMs }) };
}

/** What is not JSON is nothing. */
function parse(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}
