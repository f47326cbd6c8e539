// Where chaos happens: a LAN of six hosts in namespaces, one for the master, four for slaves, one for clients. Starts and ends the
// nodes, and notices those that end although nobody told them to.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { SlaveView } from '../../../src/master/doors/door.ts';
import type { Host } from '../lan/host.ts';
import { HttpClient } from '../lan/http-client.ts';
import { Lan } from '../lan/lan.ts';
import { LanNode } from '../lan/lan-node.ts';
import { eventually } from '../wait.ts';
import { Client } from './client.ts';
import type { Pace } from './faults.ts';
import { Lives } from './lives.ts';
import { SLAVES } from './plan.ts';

const HTTP_PORT = 4242;
export const THREADS = 2;
/** In turn, for the lives of the master: those that give all slaves work. */
const ALGORITHMS = ['least-load', 'round-robin'];
const JOIN_LIMIT_MS = 10_000;
/** Two of the heaviest tasks do not fit a slave together, so that heads wait while others pass. */
const MAX_LOAD = '100000000';
/** All namespaces share one load average: a constant instead, so that weights alone count. */
const CPU_LOAD = '0.5';

/** A place for one slave process at a time. */
export interface Seat {
  readonly index: number;
  readonly name: string;
  readonly host: Host;
  node: LanNode;
}

export class Site {
  readonly lan = new Lan();
  readonly lives = new Lives();
  readonly seats: readonly Seat[];
  readonly client: Client;
  /** Asks from the master's own host, which may change the cluster. */
  readonly control: HttpClient;
  /** Sentences about nodes that ended, or complained, without cause. */
  readonly violations: string[] = [];
  readonly masterHost: Host;
  master: LanNode;
  readonly pace: Pace;
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), 'lanyard-chaos-'));
  readonly #doomed = new Set<LanNode>();

  constructor(pace: Pace) {
    this.pace = pace;
    writeFileSync(this.#cpuFile, CPU_LOAD);
    this.masterHost = this.lan.host('m', '10.77.0.1/24');
    const clients = this.lan.host('c', '10.77.0.100/24');
    this.master = this.#startMaster();
    this.control = new HttpClient(this.masterHost, '127.0.0.1', HTTP_PORT);
    this.client = new Client(clients, this.masterHost.address, HTTP_PORT);
    this.seats = Array.from({ length: SLAVES }, (_, index) => {
      const name = `s${(index + 1).toString()}`;
      const host = this.lan.host(name, `10.77.0.${(index + 11).toString()}/24`);
      return { index, name, host, node: this.#startSlave(host, name) };
    });
  }

  get #cpuFile(): string {
    return path.join(this.#folder, 'cpu');
  }

  /** The master waits for slaves, and all have joined. */
  async untilUp(): Promise<void> {
    await this.master.until('waiting for slaves');
    await Promise.all(this.seats.map(({ node }) => node.until('joined')));
    await this.untilAllReady(JOIN_LIMIT_MS);
  }

  /** A new process in the place of one that has ended, or is about to. */
  reseat(seat: Seat): LanNode {
    seat.node = this.#startSlave(seat.host, seat.name);
    return seat.node;
  }

  async restartMaster(): Promise<void> {
    this.master = this.#startMaster();
    await this.master.until('waiting for slaves');
    this.lives.begin();
  }

  /** From now on the end of this node is no surprise. */
  dooms(node: LanNode): void {
    this.#doomed.add(node);
  }

  /** The members now; none while there is no master. */
  async members(): Promise<readonly SlaveView[]> {
    const { status, body } = await this.control.get('/slaves');
    return status === 200 ? (JSON.parse(body) as SlaveView[]) : [];
  }

  /** The member that this node is; undefined when it is none. */
  async memberOf(node: LanNode): Promise<SlaveView | undefined> {
    return (await this.members()).find(({ id }) => id === node.id);
  }

  async isReady(node: LanNode): Promise<boolean> {
    return (await this.memberOf(node))?.state === 'ready';
  }

  /** All slaves are ready, and no others are members. */
  untilAllReady(limitMs: number): Promise<readonly SlaveView[]> {
    const ids = new Set(this.seats.map(({ node }) => node.id));
    return eventually(
      'every slave ready, and no other member',
      async () => {
        const members = await this.members();
        return (
          members.length === ids.size && members.every(({ id, state }) => ids.has(id) && state === 'ready') && members
        );
      },
      limitMs,
    );
  }

  /** Ends everything, whatever state it is in. */
  remove(): void {
    for (const { node } of this.seats) this.dooms(node);
    this.dooms(this.master);
    this.client.close();
    this.control.close();
    this.lan.remove();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #startMaster(): LanNode {
    const { pollMs, graceMs } = this.pace;
    const patience = ['--poll-interval', `${pollMs}ms`, '--grace', `${graceMs}ms`];
    const algorithm = ALGORITHMS[this.lives.current % ALGORITHMS.length]!;
    return this.#watched(new LanNode(this.masterHost, 'master', [algorithm, ...patience]), 'the master');
  }

  #startSlave(host: Host, name: string): LanNode {
    const cpu = ['--cpu-source', `file:${this.#cpuFile}`];
    const options = ['--name', name, '--concurrency', THREADS.toString(), '--max-load', MAX_LOAD, ...cpu];
    return this.#watched(new LanNode(host, 'slave', options), `slave ${name}`);
  }

  #watched(node: LanNode, what: string): LanNode {
    void node.exited.then(({ code, signal }) => {
      if (this.#doomed.has(node)) return;
      const how = signal ?? `exit code ${code ?? '?'}`;
      this.violations.push(`${what} ended by itself (${how}):\n${node.tail()}`);
    });
    return node;
  }
}
