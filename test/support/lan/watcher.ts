// A host of the LAN that watches the others: a stand-in for Grafana on its port 3000, and a monitor that keeps it.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from '../wait.ts';
import { inside, SEARCH_PATH } from './commands.ts';
import type { Host } from './host.ts';
import { HttpClient } from './http-client.ts';
import { LanNode } from './lan-node.ts';

const STAND_IN = path.join(import.meta.dirname, '../grafana/process.ts');
const PORT = 3000;
const KEY = 'glsa_of_the_watcher';
const BOARD = '/api/dashboards/uid/lanyard-lanyard';
/** Loading and compiling Grafana's description takes seconds. */
const START_MS = 30_000;

export class Watcher {
  readonly monitor: LanNode;
  readonly #client: HttpClient;

  private constructor(monitor: LanNode, client: HttpClient) {
    this.monitor = monitor;
    this.#client = client;
  }

  /** Starts both. The monitor gets `args` beside its key. */
  static async start(host: Host, ...args: readonly string[]): Promise<Watcher> {
    await startStandIn(host);
    const client = new HttpClient(host, '127.0.0.1', PORT);
    return new Watcher(new LanNode(host, 'monitor', [KEY, ...args]), client);
  }

  /** Names of the slaves that the board shows, sorted; undefined while there is no board. */
  async shown(): Promise<string[] | undefined> {
    const { status, body } = await this.#client.send({ path: BOARD, headers: { authorization: `Bearer ${KEY}` } });
    if (status !== 200) return undefined;
    const { dashboard } = JSON.parse(body) as { dashboard: { panels: { title: string }[] } };
    return dashboard.panels.flatMap(({ title }) => /^(.*): CPU$/.exec(title)?.[1] ?? []).sort();
  }

  /** Waits until the board shows exactly these; says when it did, in milliseconds since 1970. */
  async shows(slaves: readonly string[], limitMs: number): Promise<number> {
    let last: string[] | undefined;
    const isShown = async (): Promise<boolean> => {
      last = await this.shown();
      return last?.join() === slaves.join();
    };
    await eventually(`a board with ${slaves.join()}`, isShown, limitMs).catch((error: unknown) => {
      throw new Error(`${String(error)}, but with ${last?.join() ?? 'none'}:\n${this.monitor.tail()}`);
    });
    return Date.now();
  }
}

async function startStandIn(host: Host): Promise<void> {
  const [program, ...args] = inside(host.namespace);
  const node = [process.execPath, '--import', 'tsx', STAND_IN, PORT.toString(), KEY];
  const child = spawn(program, [...args, ...node], {
    env: { ...process.env, PATH: SEARCH_PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  host.runs(child);
  let isUp = false;
  createInterface({ input: child.stdout }).on('line', (line) => (isUp ||= line.includes('is up')));
  await eventually('a stand-in for Grafana', () => isUp, START_MS);
}
