import { expect } from 'chai';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import { LoadPoller } from '../../../../src/master/membership/load-poller.ts';

describe('load poller', () => {
  let clock: ManualClock;
  let asked: { readonly sequence: number; readonly atMs: number }[];
  let silentAtMs: number[];

  function newPoller(): LoadPoller {
    return new LoadPoller(1000, clock, {
      ask: (sequence) => asked.push({ sequence, atMs: clock.nowMs() }),
      onSilent: () => silentAtMs.push(clock.nowMs()),
    });
  }

  beforeEach(() => {
    clock = new ManualClock();
    [asked, silentAtMs] = [[], []];
  });

  it('asks at once and then once per interval, numbering its questions', () => {
    newPoller();
    clock.advance(2000);
    expect(asked).to.deep.equal([
      { sequence: 1, atMs: 0 },
      { sequence: 2, atMs: 1000 },
      { sequence: 3, atMs: 2000 },
    ]);
  });

  it('reports silence when three polls in a row were not answered', () => {
    newPoller();
    clock.advance(2999);
    expect(silentAtMs).to.be.empty;
    clock.advance(1);
    expect(silentAtMs).to.deep.equal([3000]);
  });

  it('starts counting again when both paths answered', () => {
    const poller = newPoller();
    clock.advance(2500);
    poller.answered('load');
    poller.answered('task');
    clock.advance(3000);
    expect(silentAtMs).to.be.empty;
    clock.advance(1000);
    expect(silentAtMs).to.deep.equal([6000]);
  });

  for (const [path, other] of [['load', 'task'] as const, ['task', 'load'] as const]) {
    it(`reports silence when the ${path} path hangs while the ${other} path answers`, () => {
      const poller = newPoller();
      const heard: boolean[] = [];
      clock.every(100, () => heard.push(poller.answered(other)));
      clock.advance(4050);
      expect(silentAtMs).to.deep.equal([3000, 4000]);
      expect(heard.at(20), 'before it is silent').to.equal(true);
      expect(heard.at(-1), 'one path is not enough to be heard again').to.equal(false);
      expect(poller.answered(path)).to.equal(true);
    });
  }

  it('goes on asking a silent member', () => {
    newPoller();
    clock.advance(5000);
    expect(asked).to.have.length(6);
  });

  it('asks no more once stopped', () => {
    newPoller().stop();
    clock.advance(10_000);
    expect(asked).to.have.length(1);
    expect(silentAtMs).to.be.empty;
  });
});
