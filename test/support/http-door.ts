// The real HTTP door on loopback before a fake cluster, with a clock turned by hand. Call `closeDoors` in an `afterEach` hook.
import * as http from 'node:http';
import { createLog } from '../../src/common/log.ts';
import type { Page } from '../../src/common/http/page.ts';
import { ManualClock } from '../../src/common/time/manual-clock.ts';
import { openHttpDoor, type HttpDoor } from '../../src/master/doors/http/http-door.ts';
import { pageFile, type PageFiles } from '../../src/master/doors/http/page-files.ts';
import { FakeCluster, type FakeDesk } from './fake-cluster.ts';
import { request, type Answer, type RequestOptions } from './http.ts';
import { eventually } from './wait.ts';

export interface OpenDoor {
  readonly cluster: FakeCluster;
  readonly desk: FakeDesk;
  readonly clock: ManualClock;
  readonly port: number;
  readonly url: string;
  readonly door: HttpDoor;
}

const opened = new Set<HttpDoor>();

const PAGES: PageFiles = new Map([
  ['/', pageFile(Buffer.from('<!doctype html><title>Lanyard</title>'), 'text/html; charset=utf-8')],
]);

const SLAVE_FILES: PageFiles = new Map([
  ['/slave.mjs', pageFile(Buffer.from('// the slave\n'), 'text/javascript; charset=utf-8')],
]);

export interface DoorOptions {
  /** Where it listens; `127.0.0.1` unless the test is about addresses. */
  readonly host?: string;
  readonly open?: boolean;
}

export async function openDoor({ host = '127.0.0.1', open = false }: DoorOptions = {}): Promise<OpenDoor> {
  const cluster = new FakeCluster();
  const clock = new ManualClock();
  const metrics = (): Promise<Page> => Promise.resolve({ body: '', contentType: 'text/plain' });
  const log = createLog('test', 'silent');
  const names = { allowedHosts: [], version: '0.0.0', pages: PAGES, slaveFiles: SLAVE_FILES };
  const door = await openHttpDoor({ cluster, clock, log, metrics, host, port: 0, open, ...names });
  opened.add(door);
  const { port } = door;
  return { cluster, desk: cluster.tasks, clock, port, url: `http://127.0.0.1:${port}`, door };
}

export async function closeDoors(): Promise<void> {
  await Promise.all([...opened].map((door) => door.close()));
  opened.clear();
}

/** A request with a JSON body. */
export function sendJson(
  url: string,
  value: unknown,
  { headers = {}, ...options }: RequestOptions = {},
): Promise<Answer> {
  const all = { 'content-type': 'application/json', ...headers };
  return request(url, { method: 'POST', body: JSON.stringify(value), headers: all, ...options });
}

export function parsed({ body }: Answer): Record<string, unknown> {
  return JSON.parse(body) as Record<string, unknown>;
}

/** A response whose text is read as it comes. */
export class Streaming {
  readonly response: http.IncomingMessage;
  text = '';
  ended = false;

  constructor(response: http.IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (this.text += chunk));
    response.on('end', () => (this.ended = true));
    response.on('error', () => undefined);
  }

  get lines(): string[] {
    return this.text.split('\n').filter((line) => line !== '');
  }

  /** Each line as JSON. */
  json(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Waits until so many lines, or more, have come. */
  async until(count: number): Promise<void> {
    await eventually(`${count} lines`, () => this.lines.length >= count);
  }

  async end(): Promise<void> {
    await eventually('the stream ends', () => this.ended);
  }

  /** The client goes away. */
  leave(): void {
    this.response.destroy();
  }
}

/** Asks and returns as soon as the head has come. The connection is not used again unless an agent is given. */
export function stream(url: string, options: RequestOptions = {}): Promise<Streaming> {
  const { method = 'GET', headers = {}, body, agent = false } = options;
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, { method, headers, agent }, (response) => resolve(new Streaming(response)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** POST /tasks with results as they come. */
export function streamTasks(
  url: string,
  tasks: unknown,
  { headers = {}, ...options }: RequestOptions = {},
): Promise<Streaming> {
  const all = { 'content-type': 'application/json', accept: 'application/x-ndjson', ...headers };
  return stream(`${url}/tasks`, { method: 'POST', body: JSON.stringify(tasks), headers: all, ...options });
}
