// A real master that keeps real replicas of a small web service, as processes on loopback; nothing of it outlives the tests.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ProcessTable, type ReplicaProcess } from '../../src/master/autoscale/process-table.ts';
import type { ScaledGroupView } from '../../src/master/doors/autoscale-view.ts';
import { LOOPBACK, Master } from './cluster.ts';
import { getJson } from './http.ts';
import { processesOf } from './process-group.ts';
import { eventually } from './wait.ts';

const SERVER = `
import http from 'node:http';
const answer = (request, response) => setTimeout(() => response.end(String(process.pid)), Number(process.env.DELAY_MS));
http.createServer(answer).listen(Number(process.env.PORT), '127.0.0.1');
`;
const SLAVE = ['--concurrency', '1', '--grpc-port', 'off', '--metrics-port', 'off'];

export class ReplicaCluster {
  readonly discoveryPort: number;
  readonly folder = mkdtempSync(path.join(tmpdir(), 'lanyard-replicas-test-'));
  readonly #groups = new Set<number>();

  constructor(discoveryPort: number) {
    this.discoveryPort = discoveryPort;
    writeFileSync(path.join(this.folder, 'server.mjs'), SERVER);
  }

  /** Writes a template of the service; `fields` instead of, or beside, what it has. */
  template(fields: Readonly<Record<string, unknown>> = {}): string {
    const file = path.join(this.folder, 'web.json');
    const service = { command: 'exec node server.mjs', maxConnections: 2, slaveOptions: SLAVE };
    writeFileSync(file, JSON.stringify({ ...service, environment: { DELAY_MS: '300' }, ...fields }));
    return file;
  }

  async master(args: readonly string[]): Promise<Master> {
    return new Master(this.discoveryPort, {
      args: [...LOOPBACK, '--poll-interval', '200ms', ...args],
      // For what replicas write.
      env: { TMPDIR: this.folder },
    }).ready();
  }

  /** The slaves of all replicas that run. */
  async processes(): Promise<ReplicaProcess[]> {
    const place = { cluster: 'lanyard', discoveryPort: this.discoveryPort, interfaces: ['lo'] };
    const found = await new ProcessTable(place).replicas();
    for (const { pid } of found) this.#groups.add(pid);
    return found;
  }

  async pids(): Promise<number[]> {
    return (await this.processes()).map(({ pid }) => pid).sort((a, b) => a - b);
  }

  /** What runs of all that was ever seen here: slaves and services. */
  left(): string[] {
    return [...this.#groups].flatMap((pid) => processesOf(pid).map(({ line }) => line));
  }

  /** Ends what is left, by force. */
  async close(): Promise<void> {
    await this.processes();
    for (const pid of this.#groups) if (processesOf(pid).length > 0) process.kill(-pid, 'SIGKILL');
    rmSync(this.folder, { recursive: true });
  }
}

export async function groupView({ url }: Master): Promise<ScaledGroupView> {
  const { groups } = await getJson<{ groups: ScaledGroupView[] }>(`${url}/autoscale`);
  return groups[0]!;
}

/** Waits until so many replicas are there, all of them taking work. */
export function replicasReady(master: Master, count: number, limitMs = 15_000): Promise<ScaledGroupView> {
  return eventually(
    `${count} replicas that take work`,
    async () => {
      const view = await groupView(master);
      return view.ready === count && view.actual === count && view;
    },
    limitMs,
  );
}
