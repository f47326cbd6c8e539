// A dispatch desk under any sequence of events, and a naive account of which task may go where: the property test of who may pass whom.
import { expect } from 'chai';
import { PRIORITIES } from '../../src/common/task-types/priority.ts';
import type { Algorithm } from '../../src/master/balancing/algorithm.ts';
import type { Member } from '../../src/master/pool/member.ts';
import type { Task } from '../../src/master/tasks/task.ts';
import { DispatchDesk, type DeskSlave, type DeskTask } from './dispatch-desk.ts';
import { NAIVE_ALGORITHMS, type NaiveChoice, type NaiveMember } from './naive-algorithms.ts';

export type Kind = 'submit' | 'finish' | 'join' | 'vanish' | 'slots' | 'load' | 'time' | 'cancel' | 'drain';
export type Step = readonly [kind: Kind, which: number, amount: number];

const LIMITS = new Map([['burn', 2]]);

/** A course of events at a dispatch desk, and what must hold of who waits and who went where, by the records alone. */
export class BackfillPlay {
  readonly desk: DispatchDesk;
  readonly waits: boolean;
  readonly #choose: NaiveChoice;
  /** Join sequence of the slave that got the last task. */
  #lastSent = 0;
  readonly #slaves: DeskSlave[] = [];

  constructor({ name, waits }: Algorithm) {
    this.waits = waits;
    this.#choose = NAIVE_ALGORITHMS[name]!;
    this.desk = new DispatchDesk(name, { queueLimit: 1000, typeLimits: LIMITS });
  }

  get #live(): DeskSlave[] {
    return this.#slaves.filter(({ member }) => member.state.phase !== 'gone');
  }

  apply([kind, which, amount]: Step): void {
    const { desk } = this;
    const slave = this.#live[which % this.#live.length];
    const running = desk.submitted.filter(({ task }) => task.state === 'running');
    const any = running[which % running.length];
    if (kind === 'submit') {
      const type = which % 4 === 0 ? 'burn' : 'fib';
      desk.submit({ weight: amount, priority: PRIORITIES[which % 3]!, type, patienceMs: Infinity });
    } else if (kind === 'join') this.#join(amount, which);
    else if (kind === 'time') desk.clock.advance(amount * 10);
    else if (kind === 'cancel') this.#cancel(which);
    else if (kind === 'finish' && any !== undefined) this.#slaveOf(any)?.finish(any);
    else if (slave === undefined) return;
    else if (kind === 'vanish') slave.vanish('silent');
    else if (kind === 'slots') desk.pool.setSlots(slave.member, 'compute', which % 5);
    else if (kind === 'drain') desk.pool.transition(slave.member, which % 2 === 0 ? 'drain-asked' : 'resume-asked');
    else if (kind === 'load') {
      desk.pool.report(slave.member, { cpuLoad: amount / 40, memoryRatio: 0, foreignWeight: 0, running: 0 });
    }
  }

  #join(maxLoad: number, slots: number): void {
    if (this.#live.length >= 5) return;
    const slave = this.desk.join(`s${this.#slaves.length}`, { maxLoad: maxLoad * 2, slots: 0 });
    this.#slaves.push(slave);
    const dispatch = slave.dispatch.bind(slave);
    slave.dispatch = (order) => {
      dispatch(order);
      if (this.waits) this.#checkSent(slave, order.id);
    };
    this.desk.pool.setSlots(slave.member, 'compute', 1 + (slots % 4));
  }

  /** It went to the one that it waited for, and in its turn. */
  #checkSent({ member }: DeskSlave, id: string): void {
    const sent = this.desk.submitted.find(({ task }) => task.id === id)?.task ?? this.#submitting(id);
    expect(this.#nextFor(sent.weight), 'the one that it waits for').to.equal(member);
    this.#lastSent = member.sequence;
    const passed = this.#eligible(sent).find(
      (task) => this.#nextFor(task.weight) !== undefined && isBefore(task, sent),
    );
    expect(passed?.id, `passed by ${id}`).to.be.undefined;
  }

  /** A task that is sent before `submit` has returned. */
  #submitting(id: string): Task {
    return this.desk.dispatcher.lives.find(id)!;
  }

  /** Of those that take work and could take this when idle, the one that the algorithm's naive reference chooses. */
  #nextFor(weight: number): Member | undefined {
    const able = this.#live.filter(({ member: { state, places, profile } }) => {
      const takesWork = state.phase === 'ready' && state.draining === false;
      return takesWork && (places.get('compute')?.slots ?? 0) > 0 && weight <= profile.maxLoad;
    });
    const [first, ...rest] = able.map(({ member }) => naively(member));
    return first && this.#choose([first, ...rest], this.#lastSent, { equalWithin: 0 }).member;
  }

  /** The slave confirms at once, so that its place is free. */
  #cancel(which: number): void {
    const live = this.desk.submitted.filter(({ task }) => ['queued', 'running'].includes(task.state));
    const chosen = live[which % live.length];
    if (chosen === undefined) return;
    const slave = chosen.task.state === 'running' ? this.#slaveOf(chosen) : undefined;
    this.desk.dispatcher.cancel(chosen.task, 'gone');
    slave?.finish(chosen, { outcome: 'cancelled' });
  }

  #slaveOf({ task }: DeskTask): DeskSlave | undefined {
    return this.#slaves.find(({ member }) => member === this.desk.dispatcher.attempts.ofTask(task.id)?.lease.member);
  }

  /** Every task that could be sent now, in order, by the records alone. */
  #eligible(butFor?: Task): Task[] {
    const attempts = [...this.desk.dispatcher.attempts.all()].filter(({ task }) => task !== butFor);
    const out = attempts.filter(({ task }) => task.type === 'burn').length;
    const waiting = this.desk.submitted.map(({ task }) => task).filter(({ state }) => state === 'queued');
    const free = waiting.filter(({ type, restUntilMs }) => restUntilMs === 0 && (type !== 'burn' || out < 2));
    return free.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  /** No member but at most one has room for anything that waits; and that one only while the head fits nowhere. */
  check(): void {
    this.desk.check();
    const eligible = this.#eligible();
    if (this.waits) {
      this.#checkWaiting(eligible);
      return;
    }
    const [head] = eligible;
    const open = this.#live
      .map(({ member }) => member)
      .filter((member) => eligible.some((task) => fits(member, task.weight)));
    expect(open.length, 'members that idle while work waits').to.be.at.most(1);
    const [aside] = open;
    if (head === undefined || aside === undefined) return;
    expect(
      this.#live.filter(({ member }) => fits(member, head.weight)),
      'members that fit the head',
    ).to.be.empty;
    expect(head.weight, 'the member set aside could take the head when idle').to.be.at.most(aside.profile.maxLoad);
  }

  /** The first that anybody could take waits, because it does not fit the first that could. */
  #checkWaiting(eligible: readonly Task[]): void {
    const head = eligible.find(({ weight }) => this.#nextFor(weight) !== undefined);
    const first = head && this.#nextFor(head.weight);
    expect(head !== undefined && first !== undefined && fits(first, head.weight), 'the head waits, but fits').to.be
      .false;
    expect(this.desk.pool.group('compute').aside, 'set aside').to.be.undefined;
  }
}

function isBefore(a: Task, b: Task): boolean {
  const urgency = PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority);
  return urgency === 0 ? a.turn < b.turn : urgency < 0;
}

/** Of an algorithm that waits, only the join order matters here. */
function naively(member: Member): NaiveMember & { readonly member: Member } {
  const { sequence: joined, cpuLoad, profile, weight: weightInFlight } = member;
  const place = { slots: 0, leases: 0, refusedWeight: Infinity, pickedAt: 0 };
  return { member, joined, ready: true, cpuLoad, maxLoad: profile.maxLoad, weightInFlight, ...place };
}

/** DESIGN §4, from the definition. */
function fits({ state, places, weight: inFlight, load, profile }: Member, weight: number): boolean {
  const place = places.get('compute');
  if (place === undefined || state.phase !== 'ready' || state.draining !== false || place.leases >= place.slots)
    return false;
  return inFlight + weight <= profile.maxLoad && load + weight <= profile.maxLoad && weight < place.refusedWeight;
}
