// Submitted tasks of a real cluster, for system tests: take them in, wait for them, hear their results or the cluster's events as they come.
import type { Master } from './cluster.ts';
import { parsed, sendJson, stream, streamTasks, type Streaming } from './http-door.ts';
import { request, type RequestOptions } from './http.ts';

export type TaskJson = Record<string, unknown> & { readonly id: string; readonly state: string };

/** POST /tasks of one task: its id. Fails when it is not taken in. */
export async function submit(master: Master, task: object): Promise<string> {
  const answer = await sendJson(`${master.url}/tasks`, task);
  if (answer.status !== 202) throw new Error(`POST /tasks answered ${answer.status}: ${answer.body}`);
  return parsed(answer)['id'] as string;
}

/** POST /tasks of many: what became of each. */
export async function submitAll(
  master: Master,
  tasks: readonly unknown[],
): Promise<{ id: string; error?: Record<string, unknown> }[]> {
  const answer = await sendJson(`${master.url}/tasks`, tasks);
  if (answer.status !== 202) throw new Error(`POST /tasks answered ${answer.status}: ${answer.body}`);
  return parsed(answer)['tasks'] as { id: string }[];
}

/** GET /tasks/{id}, waiting for its end for up to `wait`. */
export async function taskOf(master: Master, id: string, wait = '0'): Promise<TaskJson> {
  const answer = await request(`${master.url}/tasks/${id}?wait=${wait}`);
  if (answer.status !== 200) throw new Error(`GET /tasks/${id} answered ${answer.status}: ${answer.body}`);
  return parsed(answer) as TaskJson;
}

/** The results of a batch as they come. */
export function streamOf(master: Master, tasks: unknown, options?: RequestOptions): Promise<Streaming> {
  return streamTasks(master.url, tasks, options);
}

export interface ToldEvent {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Listens to GET /events from now on; `events()` is what was told so far. */
export async function listenTo(
  master: Master,
  query = '',
): Promise<{ readonly events: () => ToldEvent[]; readonly stream: Streaming }> {
  const listener = await stream(`${master.url}/events${query}`);
  await listener.until(1);
  return { stream: listener, events: () => eventsIn(listener.text) };
}

function eventsIn(text: string): ToldEvent[] {
  const frames = text.split('\n\n').slice(0, -1);
  return frames.flatMap((frame) => {
    const [, event = ''] = /^event: (.*)$/m.exec(frame) ?? [];
    const [, data] = /^data: (.*)$/m.exec(frame) ?? [];
    return data === undefined ? [] : [{ event, data: JSON.parse(data) as Record<string, unknown> }];
  });
}

/** Fails with what does not hold, as GET /debug/invariants says. */
export async function invariantsHold(master: Master): Promise<void> {
  const { status, body } = await request(`${master.url}/debug/invariants`);
  if (status !== 200) throw new Error(`GET /debug/invariants answered ${status}: ${body}`);
}
