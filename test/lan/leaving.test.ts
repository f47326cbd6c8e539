// SIGTERM: a slave finishes what it has begun, gives back the rest, and goes.
import { expect } from 'chai';
import { report } from '../support/lan/figures.ts';
import { Lan } from '../support/lan/lan.ts';
import { startMaster, type Master } from '../support/lan/master.ts';
import type { LanNode } from '../support/lan/lan-node.ts';
import { expectAllRight, fib, reverse, type TaskAnswer } from '../support/lan/questions.ts';
import { sleep } from '../support/wait.ts';
import { startSlave, startSlaves } from '../support/lan/slaves.ts';

const WORK_MS = 2000;
const NOW_MS = 1000;

describe('LAN: a slave leaves', () => {
  let lan: Lan;
  let master: Master;
  let leaver: LanNode;
  let begun: Promise<TaskAnswer>[];
  let termMs: number;

  before(async () => {
    lan = new Lan();
    master = await startMaster(lan.host('m', '10.77.0.1/24'));
    leaver = startSlave(lan.host('leaver', '10.77.0.2/24'), '--name', 'leaver');
    await leaver.until('joined');
    begun = [1, 2].map((i) => master.ask(reverse(`begun ${i.toString()}`, WORK_MS)));
    await sleep(700);
    await startSlaves({ stays: lan.host('stays', '10.77.0.3/24') });
    leaver.kill('SIGTERM');
    termMs = Date.now();
  });
  after(() => lan.remove());

  it('takes no new work after SIGTERM', async () => {
    await master.member('leaver', 'draining');
    const answers = await Promise.all([10, 20, 30, 40].map((n) => master.ask(fib(n))));
    expectAllRight(answers);
    expect(answers.map(({ slave }) => slave)).to.deep.equal(answers.map(() => 'stays'));
  });

  it('answers what it has begun, and what it had not begun is answered by another', async () => {
    const answers = await Promise.all(begun);
    expectAllRight(answers);
    expect(answers.map(({ slave }) => slave)).to.deep.equal(['leaver', 'stays']);
  });

  it('exits with code 0, and is gone at once', async () => {
    expect(await leaver.exited).to.deep.equal({ code: 0, signal: null });
    const gone = await master.member('leaver', 'gone');
    const answeredMs = (await begun[0]!).answeredAtMs;
    report('SIGTERM', { 'gone after ms': gone.atMs - termMs, 'after its last answer ms': gone.atMs - answeredMs });
    expect(gone.atMs - answeredMs).to.be.below(NOW_MS);
  });
});
