// Strikes as planned: waits until the victim is at work and enough tasks are in flight, does the damage, and undoes it in time.
import { eventually, sleep } from '../wait.ts';
import type { Account } from './account.ts';
import { FAULTS, type FaultKind } from './faults.ts';
import type { LanNode } from '../lan/lan-node.ts';
import type { Observer } from './observer.ts';
import type { Load } from './load.ts';
import { SLAVES, type Strike } from './plan.ts';
import type { Seat, Site } from './site.ts';

/** So many tasks in flight make a strike count. */
export const IN_FLIGHT_MIN = 10;
const LOSS_PERCENT = 30;
/** A strike is late rather than in vain, by so much at most. */
const READY_WAIT_MS = 10_000;
const BACK_WAIT_MS = 20_000;
/** The nodes' own limit is 30 s. */
const DRAIN_LIMIT_MS = 33_000;
/** Bait is for cuts that are longer than this, and laid so long before. */
const BAIT_MIN_MS = 2200;
const BAIT_LEAD_MS = 250;
/** How often the victim's tasks are looked at while it suffers. */
const LOOK_MS = 300;

/** A strike that has happened. */
export interface Struck {
  readonly kind: FaultKind;
  readonly victim: string;
  readonly atMs: number;
  /** Tasks in flight by the clients' account. */
  readonly inFlight: number;
  /** Attempts seen at the victim from the strike on: id to the highest number. */
  readonly atVictim: Map<string, number>;
  healedAtMs?: number;
  /** When the victim was ready again. */
  backAtMs?: number;
}

export interface StrikeParts {
  readonly site: Site;
  readonly account: Account;
  readonly observer: Observer;
  readonly load: Load;
}

export class Strikes {
  readonly done: Struck[] = [];
  readonly violations: string[] = [];
  readonly #parts: StrikeParts;
  readonly #site: Site;
  /** The last strike on each victim: the next waits for it. */
  readonly #tails = new Map<number | undefined, Promise<void>>();

  constructor(parts: StrikeParts) {
    this.#parts = parts;
    this.#site = parts.site;
  }

  /** Strikes at its time; resolves when all is well again. */
  async schedule(strike: Strike, startMs: number): Promise<void> {
    await sleep(Math.max(0, startMs + strike.atMs - Date.now()));
    const before = this.#tails.get(strike.victim) ?? Promise.resolve();
    const run = before.then(() => this.#strike(strike));
    const safe = run.catch((error: unknown) => {
      const victim = strike.victim === undefined ? 'the master' : (this.#site.seats[strike.victim]?.name ?? '');
      this.violations.push(`${FAULTS[strike.kind].title}, ${victim}: ${String(error)}`);
    });
    this.#tails.set(strike.victim, safe);
    await safe;
  }

  async #strike({ kind, lastsMs, victim }: Strike): Promise<void> {
    const { lives } = this.#site;
    await eventually('a master that takes work', () => lives.isWell, DRAIN_LIMIT_MS);
    const seat = victim === undefined ? undefined : this.#site.seats[victim];
    if (seat !== undefined) await this.#untilReady(seat.node, READY_WAIT_MS);
    if (cutsOff(kind) && lastsMs > BAIT_MIN_MS) await this.#bait(lastsMs);
    const enough = (): boolean => this.#parts.account.open.size >= IN_FLIGHT_MIN && lives.isWell;
    await eventually('tasks in flight', enough, DRAIN_LIMIT_MS).catch(() => undefined);
    const atVictim = new Map<string, number>();
    const atMs = Date.now();
    const struck: Struck = {
      kind,
      victim: seat?.name ?? 'master',
      atMs,
      inFlight: this.#parts.account.open.size,
      atVictim,
    };
    this.done.push(struck);
    if (seat === undefined) await this.#strikeMaster(kind, lastsMs, struck);
    else await this.#strikeSlave(kind, lastsMs, seat, struck);
  }

  /** Gives slaves tasks that end when this one is cut off and not yet back: their answers come late. */
  async #bait(lastsMs: number): Promise<void> {
    void this.#parts.load.occupy(SLAVES, lastsMs);
    await sleep(BAIT_LEAD_MS);
  }

  async #strikeMaster(kind: FaultKind, lastsMs: number, struck: Struck): Promise<void> {
    const { lives, master } = this.#site;
    await this.#parts.observer.count(); // what it has counted ends with it
    this.#site.dooms(master);
    lives.strike(kind === 'master-kill' ? 'killed' : 'terminated');
    master.kill(kind === 'master-kill' ? 'SIGKILL' : 'SIGTERM');
    const exit = await within(DRAIN_LIMIT_MS, master.exited);
    if (kind === 'master-terminate' && exit?.code !== 0) {
      this.violations.push(
        `the master did not end in good order after SIGTERM: ${describeExit(exit)}\n${master.tail()}`,
      );
      master.kill('SIGKILL');
      await master.exited;
    }
    if (master.logged('tasks are given up unanswered', { with: { why: 'no slave takes work' } }).length > 0)
      lives.leftAlone();
    await sleep(lastsMs);
    await this.#site.restartMaster();
    struck.healedAtMs = Date.now();
    await eventually('a slave at the new master', async () => (await this.#site.members()).length > 0, BACK_WAIT_MS);
    struck.backAtMs = Date.now();
  }

  async #strikeSlave(kind: FaultKind, lastsMs: number, seat: Seat, struck: Struck): Promise<void> {
    const { node } = seat;
    const look = this.#watch(node, struck.atVictim);
    await look.look();
    const undo = await this.#damage(kind, seat);
    await sleep(lastsMs);
    await undo();
    look.stop();
    struck.healedAtMs = Date.now();
    await this.#untilReady(seat.node, BACK_WAIT_MS);
    struck.backAtMs = Date.now();
  }

  /** Does the damage; returns how to undo it. */
  async #damage(kind: FaultKind, seat: Seat): Promise<() => unknown> {
    const { site, node } = { site: this.#site, node: seat.node };
    const { cable } = seat.host;
    switch (kind) {
      case 'kill':
      case 'restart':
        site.dooms(node);
        node.kill('SIGKILL');
        return () => site.reseat(seat);
      case 'terminate':
        site.dooms(node);
        node.kill('SIGTERM');
        return async () => {
          site.reseat(seat); // while the old one may still be at work
          await this.#expectGoodEnd(node, seat.name);
        };
      case 'stop-short':
      case 'stop-long':
        node.kill('SIGSTOP');
        return () => node.kill('SIGCONT');
      case 'unplug':
        cable.pull();
        return () => cable.plugIn();
      case 'cut-to-slave':
        return site.lan.cutOneWay(site.masterHost.cable, cable);
      case 'cut-from-slave':
        return site.lan.cutOneWay(cable, site.masterHost.cable);
      case 'loss':
        seat.host.loseInput(LOSS_PERCENT);
        return () => seat.host.loseNothing();
      case 'drain':
        await site.control.send({ method: 'POST', path: `/slaves/${node.id}/drain` });
        return () => this.#resume(node);
      case 'master-kill':
      case 'master-terminate':
        throw new Error(`${kind} is not for a slave`);
    }
  }

  async #expectGoodEnd(node: LanNode, name: string): Promise<void> {
    const exit = await within(DRAIN_LIMIT_MS, node.exited);
    if (exit?.code === 0) return;
    this.violations.push(
      `slave ${name} did not end in good order after SIGTERM: ${describeExit(exit)}\n${node.tail()}`,
    );
    node.kill('SIGKILL');
  }

  /** A master that came meanwhile may not know that it drains: then it is ready there without being told. */
  async #resume(node: LanNode): Promise<void> {
    await eventually(
      'a drained slave resumed',
      async () => {
        const { status } = await this.#site.control.send({ method: 'POST', path: `/slaves/${node.id}/resume` });
        return status === 200 || (await this.#site.isReady(node));
      },
      BACK_WAIT_MS,
    );
  }

  async #untilReady(node: LanNode, limitMs: number): Promise<void> {
    const what = `slave ${node.host.namespace} ready`;
    await eventually(what, () => node.exit !== undefined || this.#site.isReady(node), limitMs);
    if (node.exit !== undefined) throw new Error(`its process had ended: ${describeExit(node.exit)}`);
  }

  /** Notes again and again which tasks the master believes to be at this slave. */
  #watch(node: LanNode, seen: Map<string, number>): { look: () => Promise<void>; stop: () => void } {
    const look = async (): Promise<void> => {
      const { status, body } = await this.#site.control.get(`/slaves/${node.id}/tasks`);
      if (status !== 200) return;
      for (const { id, attempt } of JSON.parse(body) as { id: string; attempt: number }[]) {
        seen.set(id, Math.max(attempt, seen.get(id) ?? 0));
      }
    };
    const timer = setInterval(() => void look(), LOOK_MS);
    return { look, stop: () => clearInterval(timer) };
  }
}

function cutsOff(kind: FaultKind): boolean {
  return kind === 'unplug' || kind === 'cut-to-slave' || kind === 'cut-from-slave';
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function describeExit(exit: Ended | undefined): string {
  if (exit === undefined) return 'still running';
  return exit.signal ?? `exit code ${exit.code ?? '?'}`;
}

/** Undefined after the limit, which keeps no process alive. */
function within<T>(limitMs: number, promise: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), limitMs).unref();
    void promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
