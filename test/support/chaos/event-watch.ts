// A listener at GET /events all through a run: the master must tell of no task that it ended twice, nor that anything happened to it
// after its end, and must never be too slow for one reader.
import { sleep } from '../wait.ts';
import { hasEnded } from './account.ts';
import type { Site } from './site.ts';

const AGAIN_MS = 200;
/** The connection stays as long as the master lives. */
const LIMIT_MS = 24 * 3_600_000;
const DATA = 'data: ';

interface TaskEvent {
  readonly id?: string;
  readonly event?: string;
  readonly state?: string;
  /** Of the event `lost`. */
  readonly count?: number;
}

export class EventWatch {
  readonly violations: string[] = [];
  events = 0;
  readonly #site: Site;
  /** Tasks of all masters whose end was told. */
  readonly #ended = new Set<string>();
  #isRunning = false;
  #hangUp: () => void = () => undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(site: Site) {
    this.#site = site;
  }

  /** Tasks whose end was told. */
  get ends(): number {
    return this.#ended.size;
  }

  start(): void {
    this.#isRunning = true;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#hangUp();
    await this.#loop;
  }

  /** One connection after the other: each ends with its master. */
  async #run(): Promise<void> {
    while (this.#isRunning) {
      const path = '/events?kinds=task';
      const onLine = (line: string): void => this.#read(line);
      const sent = this.#site.client.send({ method: 'GET', path, limitMs: LIMIT_MS, onLine });
      this.#hangUp = () => sent.hangUp();
      const { status } = await sent.answer;
      if (status >= 400 && status !== 503) this.violations.push(`GET ${path} answered ${status}`);
      await sleep(AGAIN_MS);
    }
  }

  #read(line: string): void {
    if (!line.startsWith(DATA)) return;
    const told = JSON.parse(line.slice(DATA.length)) as TaskEvent;
    const { id, event = '', count } = told;
    if (id === undefined) {
      if (count !== undefined) this.violations.push(`the listener lost ${count} events`);
      return;
    }
    this.events++;
    if (this.#ended.has(id)) this.violations.push(`event ${event} of ${id} after its end`);
    if (hasEnded(told)) this.#ended.add(id);
  }
}
