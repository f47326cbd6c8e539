// Plays a golden script against a real cluster: CPU loads through files, tasks through GET /task, and who got each as the cluster
// says it itself. One step is over before the next begins, so that the outcome does not depend on time.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startCluster, type Master, type SlaveView } from './cluster.ts';
import type { GoldenSlave, GoldenStep } from './golden-script.ts';
import type { Answer } from './http.ts';
import { eventually } from './wait.ts';

const REVERSE = '/task?type=reverse&text=abc&workMs=';

/** A task that stays: who has it, how to end it, and what it is answered. */
interface Hold {
  readonly slave: string;
  readonly client: AbortController;
  readonly answer: Promise<Answer | undefined>;
}

export interface Played {
  /** The slave of each task in order: by X-Slave, or by its lease when it was still running. */
  readonly slaves: readonly string[];
  /** The same of those that were held to the end, by the X-Slave of the answer that they got when the master stopped. */
  readonly held: readonly (readonly [task: number, slave: string])[];
}

/** Starts `./master <algorithm>` and the slaves one after another, plays, and stops the master. `stopAll` ends the rest. */
export async function play(
  algorithm: string,
  slaves: readonly GoldenSlave[],
  script: readonly GoldenStep[],
): Promise<Played> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lanyard-golden-'));
  try {
    for (const { name, cpuLoad } of slaves) writeCpuLoad(folder, name, cpuLoad);
    const { master } = await startCluster({
      master: [algorithm, '--poll-interval', '500ms', '--drain-timeout', '0', '--call-back', 'off'],
      slaves: slaves.map((slave) => argumentsOf(slave, folder)),
    });
    const game = new Game(master, folder);
    for (const { name, cpuLoad } of slaves) await game.cpuLoadIs(name, cpuLoad);
    for (const step of script) await game.step(step);
    return await game.end();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

class Game {
  readonly #master: Master;
  readonly #folder: string;
  readonly #slaves: string[] = [];
  readonly #holds: Hold[] = [];
  readonly #heldTasks = new Map<Hold, number>();

  constructor(master: Master, folder: string) {
    this.#master = master;
    this.#folder = folder;
  }

  async step(step: GoldenStep): Promise<void> {
    if (step[0] === 'run') await this.#run(step[1]);
    else if (step[0] === 'hold') await this.#hold(step[1]);
    else if (step[0] === 'end') await this.#endHold(step[1]);
    else {
      writeCpuLoad(this.#folder, step[1], step[2]);
      await this.cpuLoadIs(step[1], step[2]);
    }
  }

  async cpuLoadIs(name: string, cpuLoad: number): Promise<void> {
    await eventually(`CPU load ${cpuLoad} of ${name}`, async () => {
      const slaves = (await this.#master.slaves()) as (SlaveView & { readonly cpu: number })[];
      return slaves.find((slave) => slave.name === name)?.cpu === cpuLoad;
    });
  }

  /** Stops the master, whose drain time is 0: it answers what is left with 503, and still says who has it. */
  async end(): Promise<Played> {
    this.#master.kill('SIGTERM');
    const held: [number, string][] = [];
    for (const [hold, task] of this.#heldTasks) held.push([task, slaveOf(await hold.answer, 503)]);
    await this.#master.exited;
    return { slaves: this.#slaves, held };
  }

  async #run(weight: number): Promise<void> {
    this.#slaves.push(slaveOf(await this.#master.get(`${REVERSE}${weight}`), 200));
  }

  async #hold(weight: number): Promise<void> {
    const before = await this.#leases();
    const client = new AbortController();
    const path = `${REVERSE}${weight}&timeout=10m`;
    const answer = this.#master.get(path, { signal: client.signal }).catch(() => undefined);
    const slave = await eventually(`a lease for task ${this.#slaves.length + 1}`, async () => {
      for (const [name, leases] of await this.#leases()) if (leases > before.get(name)!) return name;
      return undefined;
    });
    const hold = { slave, client, answer };
    this.#heldTasks.set(hold, this.#slaves.length);
    this.#holds.push(hold);
    this.#slaves.push(slave);
  }

  async #endHold(index: number): Promise<void> {
    const hold = this.#holds[index]!;
    const before = (await this.#leases()).get(hold.slave)!;
    hold.client.abort();
    this.#heldTasks.delete(hold);
    await eventually(`the end of hold ${index}`, async () => (await this.#leases()).get(hold.slave) === before - 1);
  }

  async #leases(): Promise<Map<string, number>> {
    return new Map((await this.#master.slaves()).map(({ name, leases }) => [name, leases]));
  }
}

function slaveOf(answer: Answer | undefined, status: number): string {
  if (answer?.status !== status)
    throw new Error(`expected ${status}, got ${answer?.status ?? 'none'}: ${answer?.body ?? ''}`);
  return String(answer.headers['x-slave']);
}

function argumentsOf({ name, concurrency, maxLoad }: GoldenSlave, folder: string): string[] {
  const numbers = ['--concurrency', concurrency.toString(), '--max-load', maxLoad.toString()];
  return ['--name', name, ...numbers, '--cpu-source', `file:${cpuFile(folder, name)}`, '--drain-timeout', '0'];
}

function cpuFile(folder: string, name: string): string {
  return path.join(folder, `cpu-${name}`);
}

/** Replaces the file as a whole: a slave must not read half of it. */
function writeCpuLoad(folder: string, name: string, cpuLoad: number): void {
  const draft = path.join(folder, 'draft');
  writeFileSync(draft, `${cpuLoad}\n`);
  renameSync(draft, cpuFile(folder, name));
}
