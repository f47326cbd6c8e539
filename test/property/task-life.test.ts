// Whole lives of tasks under everything that can happen to them, with every invariant checked after every step: slaves start, finish,
// refuse, throw, die, fall silent and come back with what they hold; tasks are cancelled and run out of time; in the end every task
// has exactly one answer.
import { expect } from 'chai';
import fc from 'fast-check';
import type { Held, Outcome } from '../../src/common/protocol/messages.ts';
import { PRIORITIES } from '../../src/common/task-types/priority.ts';
import type { Dispatched } from '../../src/master/dispatch/task-link.ts';
import { DispatchDesk, type DeskSlave, type DeskTask } from '../support/dispatch-desk.ts';
import { holds } from '../support/holds.ts';

const KINDS = [
  ...([
    'submit',
    'submit',
    'submit',
    'start',
    'finish',
    'finish',
    'throw',
    'expire',
    'refuse',
    'time',
    'cancel',
  ] as const),
  ...(['join', 'die', 'silence', 'return', 'reconnect', 'slots', 'drain', 'resume', 'late', 'progress'] as const),
] as const;
type Step = readonly [kind: (typeof KINDS)[number], which: number];

/** A slave as a process: what it holds survives a silence, not a death. */
interface Machine {
  slave: DeskSlave;
  readonly name: string;
  /** Attempts that it has not answered; `started` there. */
  held: (readonly [task: Dispatched, started: boolean])[];
  seen: number;
  reachable: boolean;
}

const SLAVES_MAX = 4;

class Play {
  readonly desk: DispatchDesk;
  #machines: Machine[] = [];
  readonly #lost: { readonly slave: DeskSlave; readonly task: Dispatched }[] = [];
  #made = 0;

  constructor(random: () => number) {
    this.desk = new DispatchDesk('round-robin', { queueLimit: 1000, typeLimits: new Map([['burn', 2]]), random });
  }

  apply([kind, which]: Step): void {
    const { desk } = this;
    this.#receive();
    const up = this.#machines.filter(({ reachable }) => reachable);
    const machine = up[which % up.length];
    const at = machine === undefined ? -1 : which % Math.max(1, machine.held.length);
    const held = machine?.held[at];
    const live = desk.submitted.filter(({ task }) => task.state === 'queued' || task.state === 'running');
    if (kind === 'submit') this.#submit(which);
    else if (kind === 'join' && this.#machines.length < SLAVES_MAX) this.#join();
    else if (kind === 'time') desk.clock.advance((which % 40) * 10);
    else if (kind === 'cancel' && live.length > 0) desk.dispatcher.cancel(live[which % live.length]!.task, 'gone');
    else if (kind === 'return') this.#comeBack(which);
    else if (kind === 'late') this.#answerLate(which);
    if (machine === undefined) return;
    this.#atMember(kind, machine, which);
    if (held !== undefined) this.#atAttempt(kind, machine, held[0], at);
  }

  #submit(which: number): void {
    const { desk } = this;
    const limit = (n: number, ms: number): number => (which % n === 0 ? ms : Infinity);
    desk.submit({
      weight: 1 + (which % 50),
      priority: PRIORITIES[which % 3]!,
      type: which % 4 === 0 ? 'burn' : 'fib',
      retries: which % 3,
      totalMs: limit(5, 3000),
      waitMs: limit(7, 500),
      runMs: limit(6, 700),
      patienceMs: which % 2 === 0 ? Infinity : 2000,
    });
  }

  #join(): void {
    const name = `s${++this.#made}`;
    const slave = this.desk.join(name, { slots: 1 + (this.#made % 3), maxLoad: 40 + 20 * (this.#made % 3) });
    this.#machines.push({ slave, name, held: [], seen: 0, reachable: true });
  }

  /** Takes in what the master has sent meanwhile. */
  #receive(): void {
    for (const machine of this.#machines) {
      const { slave } = machine;
      for (const task of slave.got.slice(machine.seen)) machine.held.push([task, false]);
      machine.seen = slave.got.length;
      for (const [id, attempt] of slave.cancelled.splice(0)) this.#confirm(machine, id, attempt, 'cancelled');
      for (const [id, attempt] of slave.recalled.splice(0)) {
        if (machine.held.some(([task, started]) => task.id === id && task.attempt === attempt && !started)) {
          machine.held = machine.held.filter(([task]) => task.id !== id || task.attempt !== attempt);
          this.desk.dispatcher.acknowledge(slave.member, id, attempt, 'refused');
        }
      }
    }
  }

  #confirm(machine: Machine, id: string, attempt: number, outcome: Outcome): void {
    machine.held = machine.held.filter(([task]) => task.id !== id || task.attempt !== attempt);
    const rest = { value: null, runMs: 1, tooLarge: false };
    this.desk.dispatcher.result(machine.slave.member, { id, attempt, outcome, ...rest });
  }

  #atMember(kind: Step[0], machine: Machine, which: number): void {
    const { pool, dispatcher } = this.desk;
    const { member } = machine.slave;
    if (kind === 'die' || kind === 'silence') {
      machine.slave.vanish(kind === 'die' ? 'died' : 'silent');
      machine.reachable = false;
      for (const [task] of machine.held) this.#lost.push({ slave: machine.slave, task });
      if (kind === 'die') this.#machines = this.#machines.filter((other) => other !== machine);
    } else if (kind === 'slots') {
      pool.setSlots(member, 'compute', which % 4);
      dispatcher.recallExcess(member);
    } else if (kind === 'drain') {
      pool.transition(member, 'drain-asked');
      dispatcher.recallExcess(member);
    } else if (kind === 'resume') {
      pool.transition(member, 'resume-asked');
    } else if (kind === 'reconnect') {
      // A break in which some of what was sent got lost.
      machine.held = machine.held.filter((_, i) => (which >> (i % 5)) % 2 === 0);
      pool.transition(member, 'socket-closed');
      dispatcher.reconcile(member, holdsOf(machine));
      pool.transition(member, 'answered');
    }
  }

  #atAttempt(kind: Step[0], machine: Machine, { id, attempt }: Dispatched, at: number): void {
    const { dispatcher } = this.desk;
    const { member } = machine.slave;
    if (kind === 'start') {
      machine.held[at] = [machine.held[at]![0], true];
      dispatcher.acknowledge(member, id, attempt, 'started');
    } else if (kind === 'finish') this.#confirm(machine, id, attempt, 'done');
    else if (kind === 'throw') this.#confirm(machine, id, attempt, 'failed');
    else if (kind === 'expire') this.#confirm(machine, id, attempt, 'expired');
    else if (kind === 'progress') dispatcher.progress(member, id, attempt, 0.5, 'half');
    else if (kind === 'refuse' && !machine.held[at]![1]) {
      machine.held.splice(at, 1);
      dispatcher.acknowledge(member, id, attempt, 'refused');
    }
  }

  /** A slave that was silent is heard again: the same process, a new member. */
  #comeBack(which: number): void {
    const away = this.#machines.filter(({ reachable }) => !reachable);
    const machine = away[which % away.length];
    if (machine === undefined) return;
    const { pool, dispatcher } = this.desk;
    machine.slave = this.desk.join(machine.name, { slots: 0, maxLoad: machine.slave.member.profile.maxLoad });
    machine.seen = 0;
    machine.reachable = true;
    dispatcher.reconcile(machine.slave.member, holdsOf(machine));
    pool.setSlots(machine.slave.member, 'compute', 2);
  }

  /** Something that was given up is answered after all, by a member that is gone. */
  #answerLate(which: number): void {
    const given = this.#lost[which % this.#lost.length];
    if (given === undefined) return;
    const { id, attempt } = given.task;
    const rest = { outcome: 'done', value: 'late', runMs: 1, tooLarge: false } as const;
    this.desk.dispatcher.result(given.slave.member, { id, attempt, ...rest });
  }

  /** Everything heals: all that is left gets its answer. */
  settle(): void {
    const strong = this.desk.join('strong', { slots: 1000 });
    for (let round = 0; round < 100 && this.desk.dispatcher.lives.size > 0; round++) {
      this.#receive();
      this.desk.clock.advance(250);
      for (const machine of this.#machines) {
        if (!machine.reachable) continue;
        for (const [{ id, attempt }] of [...machine.held]) this.#confirm(machine, id, attempt, 'done');
      }
      for (const { id, attempt } of strong.got.splice(0)) {
        const rest = { outcome: 'done', value: 'right', runMs: 1, tooLarge: false } as const;
        this.desk.dispatcher.result(strong.member, { id, attempt, ...rest });
      }
      this.desk.check();
    }
    const unanswered = this.desk.submitted.filter(({ answers }: DeskTask) => answers.length !== 1);
    expect(unanswered.map(({ task }) => `${task.id} ${task.state}`)).to.deep.equal([]);
    expect([this.desk.dispatcher.lives.armed, this.desk.queue.length], 'limits armed, tasks queued').to.deep.equal([
      0, 0,
    ]);
  }
}

function holdsOf({ held }: Machine): Held[] {
  return held.map(([{ id, attempt }, started]) => [id, attempt, started]);
}

describe('life of a task', () => {
  it('ends with exactly one answer, all invariants held at every step', () => {
    const step: fc.Arbitrary<Step> = fc.tuple(fc.constantFrom(...KINDS), fc.nat(999));
    const start: Step[] = [
      ['join', 0],
      ['join', 0],
    ];
    holds(
      fc.property(
        fc.array(step, { minLength: 30, maxLength: 200, size: 'max' }),
        fc.double({ min: 0, max: 1 }),
        (steps, jitter) => {
          const play = new Play(() => (Number.isNaN(jitter) ? 0 : jitter));
          for (const each of [...start, ...steps]) {
            play.apply(each);
            play.desk.check();
          }
          play.settle();
        },
      ),
      150,
    );
  });
});
