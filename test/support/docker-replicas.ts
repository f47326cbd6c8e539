// Masters whose replicas are containers, and what of them is seen: by `GET /autoscale`, by the daemon, and by who asks the service.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Agent } from 'node:http';
import type { ContainerInfo } from 'dockerode';
import { startMaster, type Master } from './cluster.ts';
import type { Dockerd } from './docker.ts';
import { getJson, request } from './http.ts';
import { eventually } from './wait.ts';

/** The image of examples/web-replicas. */
export const WEB_IMAGE = 'lanyard-web-replicas:test';
/** A container starts a node for the slave and one for the service: on two busy cores that takes a while. */
export const START_LIMIT_MS = 40_000;

/** Of one group, as `GET /autoscale` shows it. */
export interface Scale {
  readonly wanted: number;
  readonly actual: number;
  readonly ready: number;
  readonly lastError: string | null;
  readonly replicas: readonly { readonly id: string; readonly state: string; readonly detail: string }[];
  readonly history: readonly { readonly from: number; readonly to: number; readonly reason: string }[];
}

export interface BoxedOptions {
  readonly dockerd: Dockerd;
  /** As in --autoscale: `1:4`. */
  readonly replicas: string;
  readonly discoveryPort?: number;
  /** Beside them. */
  readonly args?: readonly string[];
  /** Fields of the template, beside or instead of the usual ones. */
  readonly template?: object;
  readonly prefix?: readonly string[];
}

/** A master that keeps so many containers of the web server, of three requests at once each. */
export async function startBoxedMaster(options: BoxedOptions): Promise<Master> {
  const { dockerd, replicas, args = [], template = {}, prefix = [], ...rest } = options;
  const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-template-'));
  const file = path.join(folder, 'web.json');
  chmodSync(folder, 0o755); // a master may run as somebody else
  writeFileSync(file, JSON.stringify({ ...TEMPLATE, ...template }));
  const scaling = ['--autoscale', `web=${replicas}`, '--provider', 'docker', '--template', file];
  const env = { DOCKER_HOST: dockerd.host };
  try {
    return await startMaster({ ...rest, prefix, env, args: ['least-connections', ...scaling, ...args] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const TEMPLATE = {
  image: WEB_IMAGE,
  command: 'exec node server.mjs',
  maxConnections: 3,
  healthPath: '/health',
  environment: { SERVER_DELAY_MS: '300' },
  slaveOptions: ['--concurrency', '1', '--grpc-port', 'off', '--metrics-port', 'off'],
  memory: '192MB',
  cpus: 1,
};

/** What the master says of its web servers. */
export async function scaleOf(master: Master): Promise<Scale> {
  const { groups } = await getJson<{ groups: readonly Scale[] }>(`${master.url}/autoscale`);
  return groups[0]!;
}

/** Waits until so many replicas take requests, and there are no others. */
export async function readyReplicas(master: Master, count: number): Promise<Scale> {
  const look = async (): Promise<Scale | false> => {
    const scale = await scaleOf(master);
    return scale.ready === count && scale.actual === count && scale;
  };
  return eventually(() => `${count} replicas\n${master.output}`, look, START_LIMIT_MS);
}

/** The containers of this master's cluster, those that ended among them. */
export async function boxesOf(dockerd: Dockerd, master: Master): Promise<ContainerInfo[]> {
  const port = master.discoveryPort.toString();
  return (await dockerd.containers()).filter(({ Labels }) => Labels['lanyard.discovery-port'] === port);
}

/** Who answers: requests one after the other, `width` at a time, until told to stop. */
export class Visitors {
  /** The hosts that answered, and how often. */
  readonly hosts = new Map<string, number>();
  /** Answers that were none. */
  readonly failures: string[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #lines: Promise<void>[];
  #isStopped = false;

  constructor(master: Master, width: number) {
    this.#lines = Array.from({ length: width }, () => this.#line(`${master.url}/services/web/`));
  }

  /** Resolves when the last has its answer. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#lines);
    this.#agent.destroy();
  }

  async #line(url: string): Promise<void> {
    while (!this.#isStopped) {
      const { status, body } = await request(url, { agent: this.#agent }).catch((error: unknown) => {
        this.#isStopped = true;
        return { status: 0, body: String(error) };
      });
      const host = /^Hello World from server (\S+)\n$/.exec(body)?.[1];
      if (status === 200 && host !== undefined) this.hosts.set(host, (this.hosts.get(host) ?? 0) + 1);
      else this.failures.push(`${status} ${body}`);
    }
  }
}
