// Every provider, as the conformance suite sees it: what it starts is a stand-in for ./slave, which says how it was started and ends as
// it is told to.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ProcessProvider, readProcessTemplate } from '../../src/master/autoscale/process-provider.ts';
import type { Provider, ReplicaOrder } from '../../src/master/autoscale/provider.ts';
import { TemplateFields } from '../../src/master/autoscale/template-fields.ts';
import { ROOT } from './node-process.ts';

/** `hangs`: does not end when it is asked to, nor does its service. `fails`: cannot run. */
export type Behaviour = 'plain' | 'hangs' | 'fails';

/** One provider under test, of one cluster and group. */
export interface ProviderUnderTest {
  readonly provider: Provider;
  /** What the replica found in its environment; undefined as long as it does not run. */
  environmentOf(id: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Whether anything of it runs, its service included. */
  isAlive(id: string): Promise<boolean>;
  /** Ends it as a crash would. */
  crash(id: string): Promise<void>;
}

export interface ProviderCase {
  readonly name: string;
  /** Why there can be none here, as a sentence for a title. */
  readonly whyNot?: string | undefined;
  /** Another one for the same cluster sees the same replicas, as another master would. */
  open(cluster: string, behaviour: Behaviour): Promise<ProviderUnderTest>;
  /** Ends all that was started, and what it was started with. */
  close(): Promise<void>;
}

interface Started {
  readonly env: Readonly<Record<string, string>>;
  readonly service?: number;
}

/** Processes of this machine. */
export class ProcessCase implements ProviderCase {
  readonly name = 'process';
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'lanyard-provider-'));
  readonly #pids = new Set<number>();

  open(cluster: string, behaviour: Behaviour): Promise<ProviderUnderTest> {
    const file = path.join(this.#folder, `${behaviour}.json`);
    writeFileSync(file, JSON.stringify({ command: 'true', environment: { BEHAVIOUR: behaviour } }));
    const template = readProcessTemplate(new TemplateFields(file), 'web');
    const launcher = [process.execPath, path.join(ROOT, 'test/support/stub-slave.mjs')];
    const provider = new ProcessProvider({ place: { cluster, discoveryPort: 1 }, template, launcher });
    const started = this.#started.bind(this);
    const fileOf = (id: string): string => path.join(this.#folder, `${id}.started`);
    const start = (order: ReplicaOrder): Promise<void> =>
      provider.start({ ...order, environment: { ...order.environment, STARTED_FILE: fileOf(order.id) } });
    const pidsOf = async (id: string): Promise<number[]> => {
      const replica = (await provider.list()).find((one) => one.id === id);
      const pid = Number(/^pid (\d+)/.exec(replica?.detail ?? '')?.[1] ?? 0);
      return [pid, started(fileOf(id))?.service ?? 0].filter((one) => one > 0);
    };
    return Promise.resolve({
      provider: { name: 'process', start, list: () => provider.list(), stop: (...of) => provider.stop(...of) },
      environmentOf: (id) => Promise.resolve(started(fileOf(id))?.env),
      isAlive: async (id) => [...(await pidsOf(id)), ...this.#pids].some(isAlive),
      crash: async (id) => {
        for (const pid of await pidsOf(id)) process.kill(pid, 'SIGKILL');
      },
    });
  }

  close(): Promise<void> {
    for (const pid of this.#pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    rmSync(this.#folder, { recursive: true });
    return Promise.resolve();
  }

  #started(file: string): Started | undefined {
    try {
      const started = JSON.parse(readFileSync(file, 'utf8')) as Started;
      if (started.service !== undefined) this.#pids.add(started.service);
      return started;
    } catch {
      return undefined; // it has not said it yet
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}
