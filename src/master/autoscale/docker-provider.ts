// Replicas as Docker containers. A container carries the labels of its cluster, group and replica, and is known again by them, whoever
// started it. None is restarted; what it writes is kept within bounds; every call to Docker has a limit.
import type { Container, ContainerCreateOptions, ContainerInfo } from 'dockerode';
import { DockerCalls, orSo } from './docker-calls.ts';
import { endOf } from './docker-end.ts';
import type { DockerTemplate } from './docker-template.ts';
import { NoDocker } from './docker-trouble.ts';
import {
  GROUP_LABEL,
  REPLICA_LABEL,
  type ClusterPlace,
  type Provider,
  type Replica,
  type ReplicaOrder,
} from './provider.ts';
import { slaveArguments } from './template.ts';

/** Labels of the container that say which cluster it is of; the others are those of the replica's slave. */
const CLUSTER_LABEL = 'lanyard.cluster';
const PORT_LABEL = 'lanyard.discovery-port';

/** Limits of calls to Docker, below those that the autoscaler has for the whole: what is told then says what to do. */
const LIMITS_MS = {
  /** Of most calls. */
  call: 8000,
  /** Making a container may copy its whole image, where Docker has no better way. */
  make: 20_000,
  /** How a container ended is good to know, and not worth waiting for. */
  end: 1500,
};
/** What a container writes: so many files of so many bytes at most. */
const LOG_CONFIG = { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2' } };
/** The longest name of a host that Linux takes. */
const HOSTNAME_MAX = 63;

export interface DockerProviderOptions {
  readonly place: ClusterPlace;
  readonly template: DockerTemplate;
  /** As in the variable DOCKER_HOST: unix:///path, or tcp://host:port; the usual socket when undefined. */
  readonly dockerHost: string | undefined;
  /** How long calls may take; shorter in tests. */
  readonly limitsMs?: typeof LIMITS_MS;
}

export class DockerProvider implements Provider {
  readonly name = 'docker';
  readonly #options: DockerProviderOptions;
  readonly #calls: DockerCalls;
  readonly #limitsMs: typeof LIMITS_MS;
  /** Replicas whose container is being made or started: it has not ended. */
  readonly #starting = new Set<string>();
  /** How containers ended that are still there, by their id: asked once. */
  #ends = new Map<string, string>();

  /** Throws BAD_OPTION for a `dockerHost` that cannot be used. */
  constructor(options: DockerProviderOptions) {
    this.#options = options;
    this.#calls = new DockerCalls(options.dockerHost);
    this.#limitsMs = options.limitsMs ?? LIMITS_MS;
  }

  async start(order: ReplicaOrder): Promise<void> {
    this.#starting.add(order.id);
    try {
      await this.#start(order);
    } finally {
      this.#starting.delete(order.id);
    }
  }

  async list(): Promise<readonly Replica[]> {
    const containers = await this.#containers([]);
    const ends = new Map<string, string>();
    const replicas = await Promise.all(containers.map((container) => this.#replica(container, ends)));
    this.#ends = ends;
    return replicas;
  }

  async stop(id: string, graceMs: number): Promise<void> {
    const containers = await this.#containers([`${REPLICA_LABEL}=${id}`]);
    await Promise.all(containers.map((container) => this.#stop(container, graceMs)));
  }

  async #start(order: ReplicaOrder): Promise<void> {
    const { place, template } = this.#options;
    const name = `lanyard-${place.cluster}-${order.id}`;
    const about = { image: template.image, container: name };
    const making = { ...about, doing: `making the container ${name}`, limitMs: this.#limitsMs.make };
    const starting = { ...about, doing: `starting the container ${name}`, limitMs: this.#limitsMs.call };
    const description = { name, ...this.#describe(order, template) };
    const container = await this.#calls.ask(making, (abortSignal) =>
      this.#calls.docker.createContainer({ ...description, abortSignal }),
    );
    try {
      await this.#calls.ask(starting, (abortSignal) => container.start({ abortSignal }));
    } catch (error) {
      await this.#remove(container).catch(() => undefined); // why it did not start matters more
      throw error;
    }
  }

  /** The container for a replica, as Docker wants it described. */
  #describe({ id, group, environment }: ReplicaOrder, template: DockerTemplate): ContainerCreateOptions {
    const { image, entrypoint, memoryBytes, cpus, labels, network } = template;
    const variables = Object.entries({ ...template.environment, ...environment });
    return {
      Image: image,
      ...(entrypoint.length === 0 ? {} : { Entrypoint: [...entrypoint] }),
      Cmd: [...slaveArguments(template, group)],
      // On the host's network it would have the host's name: with one of its own it also gets a UTS namespace of its own.
      Hostname: id.replaceAll(/[^A-Za-z0-9-]/g, '-').slice(-HOSTNAME_MAX),
      Env: variables.map(([variable, value]) => `${variable}=${value}`),
      Labels: { ...labels, ...this.#placeLabels(), [GROUP_LABEL]: group, [REPLICA_LABEL]: id },
      HostConfig: {
        NetworkMode: network,
        Memory: memoryBytes,
        MemorySwap: memoryBytes, // together: no swap beside it
        NanoCpus: Math.round(cpus * 1e9),
        RestartPolicy: { Name: 'no' },
        Init: true, // the first process of a container ignores SIGTERM until it has a handler; Docker's own init passes it on
        LogConfig: LOG_CONFIG,
      },
    };
  }

  #placeLabels(): Readonly<Record<string, string>> {
    const { cluster, discoveryPort } = this.#options.place;
    return { [CLUSTER_LABEL]: cluster, [PORT_LABEL]: discoveryPort.toString() };
  }

  /** All of this cluster with these labels too, those that ended among them. */
  #containers(labels: readonly string[]): Promise<ContainerInfo[]> {
    const place = Object.entries(this.#placeLabels()).map(([name, value]) => `${name}=${value}`);
    const filters = { label: [...place, REPLICA_LABEL, ...labels] };
    const listing = { doing: 'listing containers', limitMs: this.#limitsMs.call };
    return this.#calls.ask(listing, async (abortSignal) => {
      const containers: unknown = await this.#calls.docker.listContainers({ all: true, filters, abortSignal });
      if (!Array.isArray(containers)) throw new NoDocker();
      return containers as ContainerInfo[];
    });
  }

  async #replica({ Id, State, Labels, Names }: ContainerInfo, ends: Map<string, string>): Promise<Replica> {
    const id = Labels[REPLICA_LABEL] ?? '';
    const group = Labels[GROUP_LABEL] ?? '';
    const called = `container ${Id.slice(0, 12)} (${(Names[0] ?? '').replace(/^\//, '')})`;
    if (!isOver(State) || this.#starting.has(id)) return { id, group, state: 'running', detail: called };
    const end = this.#ends.get(Id) ?? (await this.#endOf(Id));
    if (end !== undefined) ends.set(Id, end);
    return { id, group, state: 'ended', detail: `${called} ${end ?? 'ended, and Docker does not say how'}` };
  }

  /** Undefined for one that cannot be asked: it has ended all the same. */
  #endOf(containerId: string): Promise<string | undefined> {
    const asked = { doing: `asking how ${containerId} ended`, limitMs: this.#limitsMs.end };
    const container = this.#calls.docker.getContainer(containerId);
    return this.#calls.ask(asked, (abortSignal) => endOf(container, abortSignal)).catch(() => undefined);
  }

  async #stop({ Id, State }: ContainerInfo, graceMs: number): Promise<void> {
    const container = this.#calls.docker.getContainer(Id);
    if (!isOver(State)) {
      const asked = { doing: `stopping the container ${Id.slice(0, 12)}`, limitMs: graceMs + this.#limitsMs.call };
      const stopping = this.#calls.ask(asked, (abortSignal) =>
        container.stop({ t: Math.ceil(graceMs / 1000), abortSignal }),
      );
      await orSo(stopping, [304, 404]); // it has stopped, or is gone
    }
    await this.#remove(container);
  }

  async #remove(container: Container): Promise<void> {
    const asked = { doing: `removing the container ${container.id.slice(0, 12)}`, limitMs: this.#limitsMs.call };
    const removing = this.#calls.ask(asked, (abortSignal) => container.remove({ force: true, v: true, abortSignal }));
    await orSo(removing, [404, 409]); // it is gone, or about to be
  }
}

/** Whether a container in this state runs no more. */
function isOver(state: string): boolean {
  return ['created', 'exited', 'dead', 'removing'].includes(state);
}
