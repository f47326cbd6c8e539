// What a door is told when it submits: a task's id, or why not.
import { expect } from 'chai';
import { BUILT_IN_TASK_TYPES } from '../../../../src/common/task-types/registry.ts';
import { Admission } from '../../../../src/master/dispatch/admission.ts';
import { Catalogue } from '../../../../src/master/dispatch/catalogue.ts';
import type { Admitted, Refused, TaskReport } from '../../../../src/master/doors/door.ts';
import { DispatchDesk, MASTER_ID, type DeskSlave } from '../../../support/dispatch-desk.ts';
import { requestFor } from '../../../support/task-request.ts';

describe('admission', () => {
  let desk: DispatchDesk;
  let catalogue: Catalogue;
  let admission: Admission;
  let reports: TaskReport[];

  function open(queueLimit: number): void {
    desk = new DispatchDesk('first-available', { queueLimit });
    catalogue = new Catalogue();
    const { dispatcher, pool, clock } = desk;
    admission = new Admission({ catalogue, dispatcher, pool, clock, masterId: MASTER_ID });
    reports = [];
  }

  beforeEach(() => open(3));

  function submit(type: string, given: Record<string, string | string[]> = {}, timeoutMs = 60_000): Admitted | Refused {
    const query = new Map(Object.entries(given).map(([name, value]) => [name, [value].flat()]));
    const request = requestFor(type, { form: 'query', values: query }, { timeoutMs });
    return admission.submit(request, (report) => reports.push(report));
  }

  function failureOf(answer: Admitted | Refused): { readonly code: string; readonly message: string } {
    if (answer.ok) throw new Error(`admitted as ${answer.id}`);
    return answer.failure;
  }

  /** Ends the task that the slave got last. */
  function finish(slave: DeskSlave, value: unknown): void {
    const { id, attempt } = slave.got.at(-1)!;
    desk.dispatcher.result(slave.member, { id, attempt, outcome: 'done', value, runMs: 2.5, tooLarge: false });
  }

  it('gives each task an id of this master and sends it with its parameters and weight', () => {
    const slave = desk.join('a', { slots: 3 });
    const ids = [80, 20, 3].map((n) => (submit('fib', { n: n.toString() }) as Admitted).id);
    expect(new Set(ids).size).to.equal(3);
    for (const id of ids) expect(id).to.match(new RegExp(`^${MASTER_ID}-`));
    expect(slave.got.map(({ id, type, params, weight }) => ({ id, type, params, weight }))).to.deep.equal([
      { id: ids[0], type: 'fib', params: { n: 80 }, weight: 80 },
      { id: ids[1], type: 'fib', params: { n: 20 }, weight: 20 },
      { id: ids[2], type: 'fib', params: { n: 3 }, weight: 3 },
    ]);
  });

  it('weighs each type by its rule, never below 1', () => {
    const slave = desk.join('a', { slots: 9 });
    submit('countprimes', { n: '200' });
    submit('reverse', { text: 'abc', workMs: '250' });
    submit('reverse', { text: 'abc' });
    submit('fib', { n: '0' });
    expect(slave.got.map(({ weight }) => weight)).to.deep.equal([40_000, 250, 1, 1]);
  });

  it('reports the end once, with times, slave and attempts', () => {
    submit('fib', { n: '5' });
    desk.clock.advance(30);
    const slave = desk.join('a');
    finish(slave, 5n);
    expect(reports).to.have.length(1);
    expect(reports[0]).to.deep.include({ type: 'fib', params: { n: 5 }, state: 'done', value: 5n });
    expect(reports[0]).to.deep.include({ slave: 'a', attempts: 1, queuedMs: 30, runMs: 2.5 });
  });

  it('lets whoever asked go away, harmlessly also after the end', () => {
    const slave = desk.join('a');
    const running = submit('fib', { n: '5' }) as Admitted;
    const waiting = submit('fib', { n: '5' }) as Admitted;
    waiting.cancel('gone');
    expect(desk.queue.length).to.equal(0);
    finish(slave, 5n);
    running.cancel('gone');
    expect(reports.map(({ state }) => state)).to.deep.equal(['cancelled', 'done']);
  });

  it('ends a task at the time that its door asked for', () => {
    submit('fib', { n: '5' }, 1000);
    desk.clock.advance(1050);
    expect(reports.map(({ state, failure }) => [state, failure?.code])).to.deep.equal([['expired', 'DEADLINE_PASSED']]);
    expect(reports[0]).to.deep.include({ slave: undefined, attempts: 0, queuedMs: 0 });
  });

  it('refuses an unknown type and lists those that there are', () => {
    for (const type of ['nope', '__proto__', 'constructor', 'FIB', '']) {
      const { code, message } = failureOf(submit(type, { n: '1' }));
      expect(code, type).to.equal('UNKNOWN_TASK_TYPE');
      expect(message).to.include(type || '(none)');
      for (const { name } of BUILT_IN_TASK_TYPES) expect(message).to.include(name);
    }
  });

  it('does not repeat a type name of any length', () => {
    expect(failureOf(submit('x'.repeat(10_000))).message.length).to.be.below(200);
  });

  const BAD: Readonly<Record<string, Record<string, string | string[]>>> = {
    'left out': {},
    negative: { n: '-1' },
    'a fraction': { n: '1.5' },
    'in exponents': { n: '1e3' },
    'in hexadecimal': { n: '0x10' },
    'too large': { n: '100001' },
    empty: { n: '' },
    'with a space': { n: ' 5' },
    'given twice': { n: ['80', '81'] },
    'given twice alike': { n: ['80', '80'] },
  };
  for (const [what, given] of Object.entries(BAD)) {
    it(`refuses a number that is ${what}, names it and says what is allowed`, () => {
      const { code, message } = failureOf(submit('fib', given));
      expect(code).to.equal('BAD_PARAMETER');
      expect(message).to.match(/parameter n /);
      expect(message).to.match(/from 0 to 100000|expected once/);
    });
  }

  it('refuses an unknown parameter, also one named as JavaScript’s own', () => {
    for (const name of ['m', '__proto__', 'constructor']) {
      const query = new Map([
        ['n', ['5']],
        [name, ['1']],
      ]);
      const answer = admission.submit(requestFor('fib', { form: 'query', values: query }), () => undefined);
      expect(failureOf(answer)).to.deep.equal({
        code: 'BAD_PARAMETER',
        message: `unknown parameter ${name}: fib takes n`,
      });
    }
  });

  it('refuses what is heavier than every slave’s max load, with both numbers', () => {
    desk.join('a', { maxLoad: 700 });
    desk.join('b', { maxLoad: 800 });
    const { code, message } = failureOf(submit('fib', { n: '801' }));
    expect(code).to.equal('TOO_HEAVY');
    expect(message).to.match(/\b801\b.*\b800\b/);
    expect(submit('fib', { n: '800' }).ok).to.be.true;
  });

  it('lets a task of any weight wait when there is no slave yet', () => {
    expect(submit('countprimes', { n: '300000' }).ok).to.be.true;
  });

  it('refuses what would make the queue too long, with its length', () => {
    for (let i = 0; i < 3; i++) expect(submit('fib', { n: '1' }).ok).to.be.true;
    const { code, message } = failureOf(submit('fib', { n: '1' }));
    expect(code).to.equal('QUEUE_FULL');
    expect(message).to.match(/\b3 tasks wait/);
    desk.join('a');
    expect(submit('fib', { n: '1' }).ok).to.be.true;
  });

  it('counts only those that wait, not those that run', () => {
    desk.join('a', { slots: 5 });
    for (let i = 0; i < 8; i++) expect(submit('fib', { n: '1' }).ok, `task ${i}`).to.be.true;
    expect(failureOf(submit('fib', { n: '1' })).code).to.equal('QUEUE_FULL');
  });

  it('lets no task wait with a queue limit of 0, but takes what a slave has room for', () => {
    open(0);
    desk.join('a', { slots: 2 });
    const codes = [1, 2, 3].map(() => submit('fib', { n: '1' })).map((answer) => answer.ok || failureOf(answer).code);
    expect(codes).to.deep.equal([true, true, 'QUEUE_FULL']);
  });

  it('lets work that comes back from a slave in beyond the limit, and nothing new until that is gone', () => {
    const slave = desk.join('a', { slots: 4 });
    for (let i = 0; i < 6; i++) submit('fib', { n: '1' });
    slave.vanish('died');
    expect(desk.queue.length).to.equal(6);
    expect(failureOf(submit('fib', { n: '1' })).message).to.match(/\b6 tasks wait/);
    const next = desk.join('b', { slots: 6 });
    desk.rest();
    expect(next.got).to.have.length(6);
    expect(submit('fib', { n: '1' }).ok).to.be.true;
  });

  it('refuses everything while the master drains, and answers what it has', () => {
    const slave = desk.join('a');
    submit('fib', { n: '5' });
    admission.close();
    expect(admission.isOpen).to.be.false;
    expect(failureOf(submit('fib', { n: '5' })).code).to.equal('DRAINING');
    finish(slave, 5n);
    expect(reports.map(({ state }) => state)).to.deep.equal(['done']);
  });

  it('counts nothing that it refused as requested', () => {
    submit('nope');
    submit('fib');
    expect(desk.counters.admitted).to.equal(0);
  });

  it('takes a type that a slave brought, into that type’s own group', () => {
    const schema = { type: 'object', properties: {}, additionalProperties: false };
    const spec = { name: 'nap', description: 'A test.', schema, resultKind: 'json', weight: { constant: 7 } } as const;
    catalogue.learn([{ name: 'nap', slots: 1, taskTypes: [spec] }]);
    const slave = desk.join('a', { offers: [{ name: 'nap', slots: 1 }] });
    expect(submit('nap').ok).to.be.true;
    expect(slave.got.map(({ type, weight }) => [type, weight])).to.deep.equal([['nap', 7]]);
  });
});
