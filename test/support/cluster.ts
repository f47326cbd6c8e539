// Real clusters on loopback for system tests: `startCluster`, or master and slaves one by one. Call `stopAll` in an `after` hook.
import { getJson, request, type Answer, type RequestOptions } from './http.ts';
import { scrape, type Metrics } from './metrics.ts';
import { NodeProcess, type NodeOptions } from './node-process.ts';
import { freeDiscoveryPort } from './ports.ts';
import { eventually } from './wait.ts';

export { stopAll } from './node-process.ts';

/** The network rule of every test: loopback, and nothing else. */
export const LOOPBACK = ['--interface', 'lo'];

export interface SlaveView {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly state: string;
  readonly load: number;
  readonly weight: number;
  readonly maxLoad: number;
  readonly slots: number;
  readonly leases: number;
  readonly running: number;
}

export interface GrpcOption {
  /** Opens a gRPC port, chosen by the system; closed otherwise. */
  readonly grpc?: boolean;
}

const GRPC = ['--grpc-port', '0'];

export class Master extends NodeProcess {
  readonly discoveryPort: number;
  /** Of the look-aside door; 0 when it is closed, and until the master is ready. */
  grpcPort = 0;
  /** `http://127.0.0.1:<port>`, without a slash at the end; empty until it is ready. */
  url = '';

  constructor(discoveryPort: number, { args = [], grpc = false, ...options }: NodeOptions & GrpcOption = {}) {
    const ports = ['--discovery-port', discoveryPort.toString(), '--http-host', '127.0.0.1', '--http-port', '0'];
    super('bin/master', { ...options, args: [...LOOPBACK, ...ports, ...(grpc ? GRPC : []), ...args] });
    this.discoveryPort = discoveryPort;
  }

  async ready(): Promise<this> {
    await this.log('waiting for slaves');
    const [url = ''] = (this.logs.find(({ urls }) => Array.isArray(urls))?.['urls'] ?? []) as string[];
    this.url = url.replace(/\/$/, '');
    this.grpcPort = Number(this.logs.find(({ msg }) => msg === 'look-aside door is open')?.['port'] ?? 0);
    return this;
  }

  /** A request to a path such as `/task?type=fib&n=80`. */
  get(path: string, options?: RequestOptions): Promise<Answer> {
    return request(this.url + path, options);
  }

  metrics(): Promise<Metrics> {
    return scrape(this.url);
  }

  slaves(): Promise<SlaveView[]> {
    return getJson(`${this.url}/slaves`);
  }

  /** Waits until exactly `count` slaves are ready. */
  async members(count: number, limitMs = 10_000): Promise<SlaveView[]> {
    return eventually(
      `${count} ready slaves`,
      async () => {
        const slaves = await this.slaves();
        return slaves.length === count && slaves.every(({ state }) => state === 'ready') && slaves;
      },
      limitMs,
    );
  }
}

export class Slave extends NodeProcess {
  /** Of the load, dispatch and results listeners; empty until it is ready. */
  ports: readonly number[] = [];
  metricsPort = 0;
  /** Where it takes calls; 0 when it does not, and until it is ready. */
  grpcPort = 0;

  constructor(discoveryPort: number, { args = [], grpc = false, ...options }: NodeOptions & GrpcOption = {}) {
    const ports = ['--discovery-port', discoveryPort.toString(), ...(grpc ? GRPC : [])];
    super('bin/slave', { ...options, args: [...LOOPBACK, ...ports, ...args] });
  }

  /** Up and looking for a master. */
  async ready(): Promise<this> {
    const { ports, metricsPort, grpcPort } = await this.log('slave is up');
    this.ports = ports as number[];
    this.metricsPort = metricsPort as number;
    this.grpcPort = grpcPort === 'off' ? 0 : (grpcPort as number);
    return this;
  }

  metrics(): Promise<Metrics> {
    return scrape(`http://127.0.0.1:${this.metricsPort}`);
  }
}

export interface MasterOptions extends NodeOptions, GrpcOption {
  readonly discoveryPort?: number;
}

export async function startMaster(options: MasterOptions = {}): Promise<Master> {
  const { discoveryPort = await freeDiscoveryPort(), ...rest } = options;
  return new Master(discoveryPort, rest).ready();
}

/** Starts a slave and waits until it listens; `master.members(n)` says when it has joined. */
export async function startSlave(discoveryPort: number, options: NodeOptions & GrpcOption = {}): Promise<Slave> {
  return new Slave(discoveryPort, options).ready();
}

/** Slaves that have been started, and stand still: each joins soon after SIGCONT, however long it takes to start one. */
export async function startStopped(master: Master, ...slaves: readonly (readonly string[])[]): Promise<Slave[]> {
  // Until they stand still nobody answers them.
  master.kill('SIGSTOP');
  const started = await Promise.all(slaves.map((args) => startSlave(master.discoveryPort, { args })));
  for (const slave of started) slave.kill('SIGSTOP');
  master.kill('SIGCONT');
  return started;
}

export interface ClusterOptions extends GrpcOption {
  /** Command-line options of the master. */
  readonly master?: readonly string[];
  /** One entry per slave: its command-line options. They join in this order, named s1, s2 … unless `--name` says otherwise. */
  readonly slaves?: readonly (readonly string[])[];
}

export interface Cluster {
  readonly master: Master;
  readonly slaves: readonly Slave[];
}

/** A master with its slaves joined, in order. Two slaves of one thread when nothing is said. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { master: masterArgs = [], slaves: slaveArgs = [[], []], grpc = false } = options;
  const master = await startMaster({ args: masterArgs, grpc });
  const slaves: Slave[] = [];
  for (const args of slaveArgs) {
    const defaults = ['--name', `s${slaves.length + 1}`, '--concurrency', '1'];
    slaves.push(await startSlave(master.discoveryPort, { args: [...defaults, ...args], grpc }));
    await master.members(slaves.length);
  }
  return { master, slaves };
}
