// What a slave takes in hand, and what its master is told of it. With real threads.
import '../../support/worker-threads.ts';
import { expect } from 'chai';
import { ACKS, OUTCOMES, Tag, type Message } from '../../../src/common/protocol/messages.ts';
import { systemClock } from '../../../src/common/time/clock.ts';
import { Executor } from '../../../src/slave/executor/executor.ts';
import { Intake } from '../../../src/slave/intake.ts';
import { TaskCounters } from '../../../src/slave/task-counters.ts';
import { WeightInHand } from '../../../src/slave/weight-in-hand.ts';
import { eventually } from '../../support/wait.ts';

const FOREVER = { ms: 3_600_000 };

describe('an intake', () => {
  let intake: Intake;
  let executor: Executor;
  let weight: WeightInHand;
  let counters: TaskCounters;
  let draining: boolean[];
  let sent: Message[];
  let slots: number[];
  let strays: string[];

  beforeEach(() => {
    [sent, slots, strays, draining] = [[], [], [], []];
    intake = open({});
  });
  afterEach(() => executor.close());

  function open({ concurrency = 1, maxLoad = 1000 }: { concurrency?: number; maxLoad?: number }): Intake {
    const clock = systemClock;
    const opened: Intake = new Intake(
      {
        clock,
        concurrency,
        executor: (executor = new Executor(
          { concurrency, nice: 0, taskMemoryBytes: 0, clock },
          {
            onRunTimes: () => opened.updateSlots(),
            onStray: (type, message) => strays.push(`${type}: ${message}`),
            onFatal: (reason) => {
              throw new Error(reason);
            },
          },
        )),
        weight: (weight = new WeightInHand(maxLoad)),
        counters: (counters = new TaskCounters()),
        taskTypes: new Set(['burn', 'fib', 'reverse', 'countprimes', 'script']),
      },
      {
        send: (message) => sent.push(message),
        onSlots: (count) => slots.push(count),
        onDraining: (on) => draining.push(on),
      },
    );
    return opened;
  }

  const give = (id: string, type: string, params: unknown, weight = 1, attempt = 1): void =>
    intake.accept([Tag.Task, id, attempt, type, params, weight, 0]);
  const acks = (id: string): string[] =>
    sent.flatMap((message) =>
      message[0] === Tag.Ack && message[1] === id ? [`${ACKS[message[3]]!}: ${message[4]}`] : [],
    );
  const results = (id: string): unknown[] =>
    sent.flatMap((message) =>
      message[0] === Tag.Result && message[1] === id ? [[OUTCOMES[message[3]], message[4]]] : [],
    );
  const started = (id: string): Promise<boolean> =>
    eventually(`${id} has started`, () => acks(id).includes('started: '));
  const result = (id: string): Promise<unknown> => eventually(`the result of ${id}`, () => results(id)[0]);

  it('times what is done or failed, and not what was cancelled', async () => {
    give('m-1', 'reverse', { text: 'ab', workMs: 30 });
    await result('m-1');
    give('m-2', 'script', { code: 'throw new Error("no")' });
    await result('m-2');
    give('m-3', 'burn', FOREVER);
    await started('m-3');
    intake.cancel('m-3', 1);
    await result('m-3');
    const { runTime } = counters;
    expect(Array.from(runTime, ([type, { count }]) => [type, count])).to.deep.equal([
      ['reverse', 1],
      ['script', 1],
    ]);
    expect(runTime.of('reverse').sum).to.be.within(0.029, 5);
  });

  it('runs a task, counts it and is empty again', async () => {
    give('m-1', 'fib', { n: 80 }, 80);
    expect([intake.size, weight.tasks.weight]).to.deep.equal([1, 80]);
    expect(intake.holds()).to.deep.equal([['m-1', 1, false]]);
    expect(await result('m-1')).to.deep.equal(['done', 23416728348467685n]);
    expect([intake.size, weight.tasks.weight, intake.running, intake.holds().length]).to.deep.equal([0, 0, 0, 0]);
    expect(counters.requested).to.equal(1);
    expect(counters.completed.of('fib')).to.deep.equal({ done: 1, failed: 0, cancelled: 0, expired: 0 });
  });

  it('says once what a task that has ended left behind', async () => {
    give('m-1', 'script', { code: 'setInterval(() => { throw new Error("late") }, 1); return 1' });
    expect(await result('m-1')).to.deep.equal(['done', 1]);
    await eventually('it is said', () => strays.length > 0);
    await eventually('its thread is gone', () => executor.threads === 0);
    give('m-2', 'script', { code: 'setTimeout(() => process.exit(3)); return 2' });
    await eventually('it is said', () => strays.length > 1);
    expect(strays).to.deep.equal(['script: late', 'script: called process.exit(3)']);
    expect(await result('m-2')).to.deep.equal(['done', 2]);
  });

  it('takes as many as it has slots and refuses the rest', async () => {
    for (const id of ['m-1', 'm-2', 'm-3']) give(id, 'burn', FOREVER);
    expect(acks('m-3')).to.deep.equal(['refused: all 2 slots are taken']);
    expect([intake.size, counters.requested, counters.refused]).to.deep.equal([2, 2, 1]);
    await started('m-1');
    expect(intake.running).to.equal(1);
    expect(results('m-3')).to.deep.equal([]);
  });

  it('refuses what exceeds its max load, with the numbers', () => {
    give('m-1', 'burn', FOREVER, 600);
    give('m-2', 'burn', FOREVER, 401);
    expect(acks('m-2')).to.deep.equal(['refused: weight 401 on top of 600 exceeds max load 1000']);
    give('m-3', 'burn', FOREVER, 400);
    expect([intake.size, weight.tasks.weight]).to.deep.equal([2, 1000]);
  });

  it('refuses what exceeds its max load together with what came to the slave another way', () => {
    weight.calls.add(600);
    give('m-1', 'burn', FOREVER, 401);
    expect(acks('m-1')).to.deep.equal(['refused: weight 401 on top of 600 exceeds max load 1000']);
    weight.calls.remove(600);
    give('m-2', 'burn', FOREVER, 401);
    expect(acks('m-2')).to.deep.equal([]);
  });

  it('ignores an attempt that it has already, but not another attempt of the same task', () => {
    give('m-1', 'burn', FOREVER);
    give('m-1', 'burn', FOREVER);
    expect(intake.size).to.equal(1);
    give('m-1', 'burn', FOREVER, 1, 2);
    expect(intake.holds()).to.deep.equal([
      ['m-1', 1, false],
      ['m-1', 2, false],
    ]);
  });

  it('gives back what has not begun, not what runs', async () => {
    give('m-1', 'burn', FOREVER, 10);
    give('m-2', 'fib', { n: 1 }, 20);
    await started('m-1');
    for (const id of ['m-1', 'm-2', 'm-unknown']) intake.recall(id, 1);
    expect(acks('m-2')).to.deep.equal(['refused: recalled']);
    expect(acks('m-1')).to.deep.equal(['started: ']);
    expect([intake.size, weight.tasks.weight]).to.deep.equal([1, 10]);
  });

  it('ends a running task that is cancelled, and says so', async () => {
    give('m-1', 'burn', FOREVER, 10);
    await started('m-1');
    intake.cancel('m-1', 1);
    expect(await result('m-1')).to.deep.equal(['cancelled', null]);
    expect([intake.size, weight.tasks.weight, intake.running]).to.deep.equal([0, 0, 0]);
    expect(counters.completed.of('burn')).to.deep.equal({ done: 0, failed: 0, cancelled: 1, expired: 0 });
  });

  it('reports a task that it has not got as cancelled, so that its lease can be settled', () => {
    intake.cancel('m-9', 3);
    expect(sent).to.deep.equal([[Tag.Result, 'm-9', 3, OUTCOMES.indexOf('cancelled'), null, 0, false]]);
  });

  it('tells the message of a task that failed', async () => {
    give('m-1', 'reverse', {});
    expect(await result('m-1')).to.have.ordered.members([
      'failed',
      'undefined is not iterable (cannot read property Symbol(Symbol.iterator))',
    ]);
  });

  it('ends a task whose time is over, counted from its arrival or from its start, and says so', async () => {
    intake.accept([Tag.Task, 'm-1', 1, 'burn', FOREVER, 1, 60_000, 100]);
    intake.accept([Tag.Task, 'm-2', 1, 'burn', FOREVER, 1, 50, 60_000]);
    expect(await result('m-2')).to.deep.equal(['expired', null]);
    expect(await result('m-1')).to.deep.equal(['expired', null]);
    expect(acks('m-1')).to.deep.equal(['started: ']);
    expect(counters.completed.of('burn')).to.deep.equal({ done: 0, failed: 0, cancelled: 0, expired: 2 });
    expect([intake.size, weight.tasks.weight, intake.running]).to.deep.equal([0, 0, 0]);
  });

  it('tells where a task failed', async () => {
    give('m-1', 'reverse', {});
    await result('m-1');
    const [failed] = sent.filter((message) => message[0] === Tag.Result);
    expect(failed![7]).to.contain('is not iterable').and.to.contain('\n    at ');
  });

  it('refuses a task type that it has not got, so that another slave may run it', () => {
    give('m-1', 'nope', {});
    expect(sent).to.deep.equal([[Tag.Ack, 'm-1', 1, ACKS.indexOf('refused'), 'no task type nope here']]);
  });

  it('that leaves gives back what waits, takes nothing, and is empty when the last task ends', async () => {
    give('m-1', 'reverse', { text: 'ab', workMs: 100 });
    give('m-2', 'fib', { n: 1 });
    await started('m-1');
    let emptied = false;
    const empty = intake.leave().then(() => (emptied = true));
    expect(acks('m-2')).to.deep.equal(['refused: draining']);
    give('m-3', 'fib', { n: 1 });
    expect(acks('m-3')).to.deep.equal(['refused: the slave is draining']);
    expect([intake.draining, intake.leaving]).to.deep.equal([true, true]);
    expect(emptied).to.equal(false);
    await empty;
    expect(results('m-1'), 'the last result was sent before').to.deep.equal([['done', 'ba']]);
  });

  it('that leaves without work is empty at once', async () => {
    await intake.leave();
    expect(intake.leaving).to.equal(true);
  });

  it('that its master drains gives back what waits and takes nothing until it may go on', async () => {
    give('m-1', 'burn', FOREVER);
    give('m-2', 'fib', { n: 1 });
    await started('m-1');
    intake.drain();
    expect(acks('m-2')).to.deep.equal(['refused: draining']);
    give('m-3', 'fib', { n: 1 });
    expect(acks('m-3')).to.deep.equal(['refused: the slave is draining']);
    expect([intake.draining, intake.leaving, intake.size]).to.deep.equal([true, false, 1]);
    intake.resume();
    expect(intake.draining).to.equal(false);
    expect(draining, 'and others are told').to.deep.equal([true, false]);
    give('m-4', 'fib', { n: 1 });
    expect(acks('m-4')).to.deep.equal([]);
  });

  it('that was drained by its master before it leaves waits for what still runs, and cannot be resumed', async () => {
    give('m-1', 'reverse', { text: 'ab', workMs: 100 });
    await started('m-1');
    intake.drain();
    const empty = intake.leave();
    intake.resume();
    give('m-2', 'fib', { n: 1 });
    expect(acks('m-2')).to.deep.equal(['refused: the slave is draining']);
    await empty;
    expect([results('m-1'), intake.size]).to.deep.equal([[['done', 'ba']], 0]);
    expect(draining.at(-1)).to.equal(true);
  });

  it('ends what another master ordered, and nothing else', async () => {
    give('old-1', 'burn', FOREVER);
    give('new-1', 'fib', { n: 8 });
    await started('old-1');
    intake.dropForeign('new');
    expect(await result('old-1')).to.deep.equal(['cancelled', null]);
    expect(await result('new-1')).to.deep.equal(['done', 21n]);
  });

  it('opens more slots when tasks are short, and closes them as soon as one takes long', async () => {
    for (let i = 0; i < 200; i++) {
      give(`m-${i}`, 'reverse', { text: 'ab' });
      await result(`m-${i}`);
    }
    expect(intake.slots).to.be.above(10);
    for (const id of ['m-a', 'm-b', 'm-c', 'm-d']) give(id, 'burn', FOREVER);
    expect(intake.size).to.equal(4);
    await eventually('its slots are as few as at first', () => intake.slots === 2);
    expect(slots.at(-1)).to.equal(2);
    expect(slots.length, 'not a message for every task').to.be.below(30);
  });
});
