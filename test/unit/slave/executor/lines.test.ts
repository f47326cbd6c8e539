// Who is served next when several owners' tasks wait for a thread: each in its turn, each owner's in their order.
import { expect } from 'chai';
import fc from 'fast-check';
import { Lines } from '../../../../src/slave/executor/lines.ts';
import { SlaveTask, type TaskOwner } from '../../../../src/slave/executor/slave-task.ts';

const nobody = (): TaskOwner => ({
  onStarted: () => undefined,
  onFinished: () => undefined,
  onProgress: () => undefined,
});

describe('lines before the threads', () => {
  const [master, clients] = [nobody(), nobody()];
  let lines: Lines;
  beforeEach(() => (lines = new Lines()));

  const task = (id: string, owner: TaskOwner): SlaveTask => {
    const order = { id, attempt: 1, type: 'fib', params: {}, weight: 1, deadlineMs: Infinity, runLimitMs: Infinity };
    return new SlaveTask(order, owner);
  };
  const push = (owner: TaskOwner, ...ids: string[]): SlaveTask[] =>
    ids.map((id) => {
      const pushed = task(id, owner);
      lines.push(pushed);
      return pushed;
    });
  function serve(): string | undefined {
    const next = lines.next();
    if (next !== undefined) lines.take(next);
    return next?.id;
  }
  const serveAll = (): string => Array.from({ length: lines.size }, serve).join(' ');

  it('are first in, first out for one owner', () => {
    push(master, 'a', 'b', 'c');
    expect([lines.size, lines.next()?.id, serveAll(), lines.size, lines.next()]).to.deep.equal([
      3,
      'a',
      'a b c',
      0,
      undefined,
    ]);
  });

  it('give owners turns: who comes late with one task does not wait for a thousand of another', () => {
    push(clients, ...Array.from({ length: 1000 }, (_, i) => `c${i}`));
    expect(serve()).to.equal('c0');
    push(master, 'm0', 'm1');
    expect([serve(), serve(), serve(), serve(), serve()]).to.deep.equal(['m0', 'c1', 'm1', 'c2', 'c3']);
  });

  it('give a turn that an owner does not need to the other, and do not owe it one', () => {
    push(master, 'm0', 'm1', 'm2');
    expect([serve(), serve()]).to.deep.equal(['m0', 'm1']);
    push(clients, 'c0', 'c1');
    expect(serveAll()).to.equal('c0 m2 c1');
  });

  it('put tasks back in front of their own owner’s', () => {
    const [m0, m1] = push(master, 'm0', 'm1', 'm2') as [SlaveTask, SlaveTask];
    const [c0] = push(clients, 'c0', 'c1') as [SlaveTask];
    for (const each of [m0, c0, m1]) lines.take(each);
    lines.putBack([m0, m1, c0]);
    expect([lines.size, serveAll()]).to.deep.equal([5, 'c0 m0 c1 m1 m2']);
  });

  it('let a task go from any place, once', () => {
    const [a, b] = push(master, 'a', 'b', 'c') as [SlaveTask, SlaveTask];
    expect([lines.delete(b), lines.delete(b), lines.delete(a), lines.delete(task('x', clients))]).to.deep.equal([
      true,
      false,
      true,
      false,
    ]);
    push(master, 'd');
    expect([lines.size, serveAll()]).to.deep.equal([2, 'c d']);
    push(master, 'e');
    expect(serveAll()).to.equal('e');
  });

  it('lose nothing, serve nothing twice and keep the order of each owner, whatever happens', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom('master', 'clients', 'serve', 'back'), n: fc.constant(0) }),
      fc.record({ kind: fc.constant('delete'), n: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        lines = new Lines();
        const waiting = new Map<TaskOwner, SlaveTask[]>([
          [master, []],
          [clients, []],
        ]);
        let served: SlaveTask[] = [];
        steps.forEach(({ kind, n }, i) => {
          if (kind === 'master' || kind === 'clients') {
            const owner = kind === 'master' ? master : clients;
            waiting.get(owner)!.push(...push(owner, `t${i}`));
          } else if (kind === 'serve') {
            const next = lines.next();
            expect(next === undefined).to.equal(lines.size === 0);
            if (next === undefined) return;
            expect(waiting.get(next.owner)!.shift(), 'the oldest of its owner').to.equal(next);
            lines.take(next);
            served.push(next);
          } else if (kind === 'back') {
            for (const [owner, line] of waiting) line.unshift(...served.filter((each) => each.owner === owner));
            lines.putBack(served);
            served = [];
          } else {
            const all = [...waiting.values()].flat();
            const gone = all[n % Math.max(1, all.length)];
            if (gone === undefined) return;
            expect(lines.delete(gone)).to.equal(true);
            const line = waiting.get(gone.owner)!;
            line.splice(line.indexOf(gone), 1);
          }
          expect(lines.size).to.equal([...waiting.values()].flat().length);
        });
      }),
    );
  });
});
