// Calls that come to a slave directly: which are taken, what each is answered, and how they share threads and max load with the
// master's tasks. With real threads.
import '../../../support/worker-threads.ts';
import { expect } from 'chai';
import { LanyardError } from '../../../../src/common/errors.ts';
import { specOf } from '../../../../src/common/task-types/registry.ts';
import { systemClock } from '../../../../src/common/time/clock.ts';
import { Calls, PARAMS_CHARS_MAX, type CallTerms } from '../../../../src/slave/calls/calls.ts';
import type { CallResult } from '../../../../src/slave/calls/call-answer.ts';
import type { TaskOwner } from '../../../../src/slave/executor/slave-task.ts';
import { TaskCounters } from '../../../../src/slave/task-counters.ts';
import { WeightInHand } from '../../../../src/slave/weight-in-hand.ts';
import { ExecutorProbe } from '../../../support/executor-probe.ts';
import { BUILT_IN_TASK_TYPES } from '../../../support/task-types.ts';
import { eventually } from '../../../support/wait.ts';

const FOREVER = { code: 'return new Promise(() => undefined)' };

describe('calls at a slave', () => {
  /** The master's tasks, beside the calls. */
  let probe: ExecutorProbe;
  let calls: Calls;
  let weight: WeightInHand;
  let counters: TaskCounters;
  let draining = false;

  beforeEach(() => open({}));
  afterEach(() => probe.close());

  function open({ queueLimit = 1, concurrency = 1, maxLoad = 1000 }): void {
    const clock = systemClock;
    draining = false;
    probe = new ExecutorProbe({ concurrency });
    weight = new WeightInHand(maxLoad);
    counters = new TaskCounters();
    calls = new Calls({
      ...{ clock, executor: probe.executor, weight, counters, concurrency, queueLimit },
      taskTypes: BUILT_IN_TASK_TYPES.map(specOf),
      isDraining: () => draining,
      slaveName: () => 's1',
    });
  }
  async function reopen(options: Parameters<typeof open>[0]): Promise<void> {
    await probe.close();
    open(options);
  }

  interface Made {
    readonly answer: Promise<CallResult | { code: string; message: string }>;
    cancel(): void;
  }
  function call(type: string, params: Record<string, string>, terms: Partial<CallTerms> = {}): Made {
    const listeners: (() => void)[] = [];
    const answer = calls
      .run({ type, params }, { remainingMs: Infinity, onCancel: (listener) => listeners.push(listener), ...terms })
      .catch((error: unknown) => {
        if (!(error instanceof LanyardError)) throw error;
        return { code: error.code, message: error.message };
      });
    return { answer, cancel: () => listeners.forEach((listener) => listener()) };
  }
  const running = (count: number): Promise<boolean> => eventually(`${count} calls run`, () => calls.running === count);
  const script = (code: string): Made => call('script', { code });

  it('are refused while the parameters of those in hand fill the memory that is for them', async () => {
    await reopen({ queueLimit: 10_000 });
    const text = 'x'.repeat(100_000);
    const fitting = Math.floor(PARAMS_CHARS_MAX / (text.length + 'text'.length + 'workMs1'.length));
    const first = script(FOREVER.code);
    const waiting = Array.from({ length: fitting }, () => call('reverse', { text, workMs: '1' }));
    const refused = await call('reverse', { text, workMs: '1' }).answer;
    expect(refused).to.include({ code: 'QUEUE_FULL' });
    expect(refused).to.have.property('message').that.contains('parameters of the').and.contains('another slave');
    expect(calls.size).to.equal(fitting + 1);
    waiting.shift()?.cancel();
    expect(call('reverse', { text, workMs: '1' }).answer).to.be.a('promise');
    expect(calls.size, 'room again').to.equal(fitting + 1);
    for (const each of [first, ...waiting]) each.cancel();
  });

  it('are answered with the result, the name of the slave and the run time, and counted among the tasks', async () => {
    const { answer } = call('fib', { n: '80' });
    expect([weight.calls.weight, weight.calls.count, calls.waiting]).to.deep.equal([80, 1, 1]);
    const result = await answer;
    expect(result).to.deep.include({ text: '23416728348467685', slave: 's1' });
    expect(result).to.have.property('runMs').that.is.within(0, 10_000);
    expect([weight.total, weight.calls.count, calls.size, calls.running, calls.waiting]).to.deep.equal([0, 0, 0, 0, 0]);
    expect([counters.calls, counters.requested, counters.completed.of('fib').done]).to.deep.equal([1, 1, 1]);
    expect(counters.runTime.of('fib').count).to.equal(1);
  });

  it('are told what their task threw', async () => {
    expect(await script('throw new Error("out of luck")').answer).to.deep.equal({
      code: 'TASK_FAILED',
      message: 'script: out of luck',
    });
  });

  const refused: [why: string, type: string, params: Record<string, string>, code: string, message: RegExp][] = [
    ['an unknown type', 'nope', {}, 'UNKNOWN_TASK_TYPE', /^unknown task type nope: expected one of fib, countprimes, /],
    ['an invisible type', 'fib\u200b\u202e\n', {}, 'UNKNOWN_TASK_TYPE', /^unknown task type fib\?\?\?: /],
    ['an invisible value', 'fib', { n: '1\u202e\u001b[2J' }, 'BAD_PARAMETER', /got 1\?\?\[2J$/],
    ['no type', '', {}, 'UNKNOWN_TASK_TYPE', /^unknown task type \(none\): /],
    ['a missing parameter', 'fib', {}, 'BAD_PARAMETER', /^parameter n is missing: fib expects an integer from /],
    ['a wrong parameter', 'fib', { n: 'x' }, 'BAD_PARAMETER', /^parameter n must be an integer from .*, got x$/],
    ['an unknown parameter', 'fib', { n: '1', m: '2' }, 'BAD_PARAMETER', /^unknown parameter m: fib takes n$/],
    ['a name that objects have', 'fib', { n: '1', constructor: '' }, 'BAD_PARAMETER', /^unknown parameter constructor/],
    ['a task that is too heavy', 'fib', { n: '1001' }, 'TOO_HEAVY', /weighs 1001, more than .+, 1000; .+ --max-load$/],
  ];
  for (const [why, type, params, code, message] of refused) {
    it(`are refused for ${why}, in the words of GET /task where it has them`, async () => {
      const answer = await call(type, params).answer;
      expect(answer).to.have.property('code', code);
      expect(answer).to.have.property('message').that.matches(message);
      expect([counters.callsRefused[code as 'TOO_HEAVY'], counters.calls, weight.calls.count]).to.deep.equal([1, 0, 0]);
    });
  }

  it('whose deadline had passed on arrival never run', async () => {
    expect(await call('fib', { n: '1' }, { remainingMs: 0 }).answer).to.have.property('code', 'DEADLINE_PASSED');
    expect([counters.callsRefused.DEADLINE_PASSED, probe.executor.waiting]).to.deep.equal([1, 0]);
  });

  it('end when their deadline passes, waiting or running, and the thread is free', async () => {
    const both = [call('script', FOREVER, { remainingMs: 300 }), call('script', FOREVER, { remainingMs: 60 })];
    for (const { answer } of both) expect(await answer).to.have.property('code', 'DEADLINE_PASSED');
    expect(counters.completed.of('script').expired).to.equal(2);
    expect(await call('fib', { n: '8' }).answer).to.have.property('text', '21');
  });

  it('that are cancelled while they wait make room at once', async () => {
    const [first, second] = [call('script', FOREVER), call('script', FOREVER)];
    await running(1);
    second.cancel();
    expect(await second.answer).to.have.property('code', 'CANCELLED');
    expect([calls.size, calls.waiting, weight.calls.count]).to.deep.equal([1, 0, 1]);
    first.cancel();
    await first.answer;
  });

  it('that are cancelled while they run give their thread back', async () => {
    const first = call('script', FOREVER);
    await running(1);
    const next = call('fib', { n: '8' });
    first.cancel();
    expect(await first.answer).to.have.property('code', 'CANCELLED');
    expect(await next.answer).to.have.property('text', '21');
    expect([calls.size, calls.running, weight.total]).to.deep.equal([0, 0, 0]);
  });

  it('that were cancelled before they arrived never run', async () => {
    const { answer } = call('script', FOREVER, { onCancel: (listener) => listener() });
    expect(await answer).to.have.property('code', 'CANCELLED');
    expect([calls.size, probe.executor.waiting, probe.executor.inside]).to.deep.equal([0, 0, 0]);
  });

  it('beyond the threads wait up to the limit, then are refused with its number and its option', async () => {
    await reopen({ concurrency: 2, queueLimit: 3 });
    const taken = Array.from({ length: 5 }, () => call('script', FOREVER));
    const sixth = await call('script', FOREVER).answer;
    expect(sixth).to.have.property('code', 'QUEUE_FULL');
    expect(sixth).to.have.property('message').that.contains('3 calls wait').and.contains('--grpc-queue-limit 3');
    await running(2);
    expect([calls.size, calls.waiting, counters.callsRefused.QUEUE_FULL]).to.deep.equal([5, 3, 1]);
    expect(await call('script', FOREVER).answer, 'also when two have begun').to.have.property('code', 'QUEUE_FULL');
    taken[0]!.cancel();
    await taken[0]!.answer;
    const seventh = call('script', FOREVER);
    expect(calls.size).to.equal(5);
    for (const each of [...taken, seventh]) each.cancel();
    await calls.empty();
  });

  it('wait for nothing when none may wait, not even behind a task of the master', async () => {
    await reopen({ queueLimit: 0 });
    const only = call('script', FOREVER);
    const message = /^the thread of this slave is busy and no call may wait \(--grpc-queue-limit 0\); /;
    expect(await call('fib', { n: '1' }).answer)
      .to.have.property('message')
      .that.matches(message);
    only.cancel();
    await only.answer;
    weight.tasks.add(1);
    expect(await call('fib', { n: '1' }).answer).to.have.property('code', 'QUEUE_FULL');
    weight.tasks.remove(1);
    expect(await call('fib', { n: '8' }).answer).to.have.property('text', '21');
  });

  it('keep to the max load together with the tasks of the master, waiting or running', async () => {
    weight.tasks.add(900);
    const taken = call('burn', { ms: '60' });
    const answer = await call('burn', { ms: '50' }).answer;
    expect(answer).to.have.property('code', 'NO_ROOM');
    expect(answer).to.have.property('message').that.contains('weight 50 on top of 960 exceeds max load 1000');
    expect(await taken.answer).to.have.property('text');
    expect([weight.total, counters.callsRefused.NO_ROOM]).to.deep.equal([900, 1]);
  });

  it('take turns with the tasks of the master: neither waits for all that the other has brought', async () => {
    await reopen({ queueLimit: 100 });
    const ended: string[] = [];
    const master: TaskOwner = {
      onStarted: () => undefined,
      onProgress: () => undefined,
      onFinished: () => ended.push('m'),
    };
    for (let i = 0; i < 10; i++) probe.submit('burn', { ms: 5 }, {}, master);
    const answers = Array.from({ length: 10 }, () => call('burn', { ms: '5' }).answer.then(() => ended.push('c')));
    await Promise.all(answers);
    await eventually('all have ended', () => ended.length === 20);
    const half = ended.slice(0, 10);
    for (const who of ['m', 'c']) expect(half.filter((each) => each === who).length, ended.join('')).to.be.within(4, 6);
  });

  it('are refused while the slave drains; those in hand go on, and waiting for them ends with the last', async () => {
    const inHand = [script('return new Promise((done) => setTimeout(done, 100, "slow"))'), call('fib', { n: '8' })];
    await running(1);
    draining = true;
    const answer = await call('fib', { n: '8' }).answer;
    expect(answer).to.deep.include({ code: 'DRAINING' });
    let isEmpty = false;
    const empty = calls.empty().then(() => (isEmpty = true));
    expect(await inHand[0]!.answer).to.have.property('text', 'slow');
    expect(isEmpty, 'one still waits').to.equal(false);
    expect(await inHand[1]!.answer).to.have.property('text', '21');
    await empty;
    await calls.empty();
  });

  it('still in hand at the end are told that the slave has ended', async () => {
    const both = [call('script', FOREVER), call('script', FOREVER)];
    await running(1);
    calls.close();
    for (const { answer } of both) {
      expect(await answer).to.have.property('code', 'DRAINING');
    }
    expect([calls.size, calls.running, weight.total]).to.deep.equal([0, 0, 0]);
  });

  it('whose result is larger than a message are told so', async () => {
    const answer = await script('return "x".repeat(5 * 1024 ** 2)').answer;
    expect(answer).to.have.property('code', 'RESULT_TOO_LARGE');
  });
});
