// When the keeper makes a pass, on a clock turned by hand.
import { expect } from 'chai';
import { seededRandom } from '../../../../src/common/random/random.ts';
import {
  BACKOFF_MS_MAX,
  CHECK_MS,
  GATHER_MS,
  JITTER_RATIO,
  PASS_GAP_MS,
  SLOW_MS,
} from '../../../../src/monitor/grafana/keeper.ts';
import type { Happened } from '../../../../src/monitor/grafana/trouble.ts';
import { bad, desk, DOWN, GOOD, turn } from '../../../support/grafana/keeper-desk.ts';
import { slaves } from '../../../support/grafana/slaves.ts';

describe('keeper of Grafana', () => {
  it('makes no pass before it knows the cluster', async () => {
    const { passes, wait } = desk();
    await wait(2 * CHECK_MS, 1000);
    expect(passes).to.deep.equal([]);
  });

  it('makes one pass of a burst, soon after its first change, and the next one a second later', async () => {
    const { keeper, passes, wait } = desk();
    for (let n = 1; n <= 4; n++) {
      keeper.want(slaves(...Array.from({ length: n }, (_, i) => i + 1)));
      await wait(50);
    }
    await wait(50);
    keeper.want(slaves(1, 2));
    await wait(3000);
    expect(passes).to.deep.equal([
      { atMs: GATHER_MS, names: 's1 s2 s3 s4', reason: 'monitor started' },
      { atMs: GATHER_MS + PASS_GAP_MS, names: 's1 s2', reason: 's3, s4 left' },
    ]);
  });

  it('takes the same slaves in another order for no change, and another address for one', async () => {
    const { keeper, passes, wait } = desk();
    keeper.want(slaves(1, 2));
    await wait(2000);
    keeper.want(slaves(2, 1));
    await wait(5000);
    expect(passes).to.have.length(1);
    keeper.want([{ name: 's1', address: '10.77.0.9', metricsPort: 9001 }, ...slaves(2, 3)]);
    await wait(1000);
    expect(passes.at(-1)?.reason).to.equal('s3 joined, s1 moved');
  });

  it('looks every minute though nothing changed', async () => {
    const { keeper, passes, wait } = desk();
    keeper.want([]);
    await wait(3 * CHECK_MS + 1000, 200);
    expect(passes.map(({ atMs }) => atMs)).to.deep.equal([200, 60_200, 120_200, 180_200]);
    expect(passes.at(-1)?.reason).to.equal('brought up to date');
  });

  it('makes one pass at a time, and another one when the cluster changed meanwhile', async () => {
    const { keeper, passes, state, wait } = desk();
    let release = (): void => undefined;
    state.held = new Promise((resolve) => (release = resolve));
    keeper.want(slaves(1));
    await wait(1000);
    keeper.want(slaves(1, 2));
    keeper.want(slaves(1, 2, 3));
    await wait(10_000);
    expect(passes).to.have.length(1);
    state.held = undefined;
    release();
    await turn();
    await wait(GATHER_MS);
    expect(passes.map(({ names }) => names)).to.deep.equal(['s1', 's1 s2 s3']);
    await wait(5000);
    expect(passes).to.have.length(2);
  });

  it('tries later and later while Grafana is down, and changes do not hurry it', async () => {
    const { keeper, passes, state, wait } = desk();
    state.outcome = bad(DOWN);
    keeper.want([]);
    for (let n = 1; n <= 200; n++) {
      await wait(500);
      keeper.want(slaves(n));
    }
    const gaps = passes.slice(1).map(({ atMs }, i) => atMs - passes[i]!.atMs);
    expect(gaps).to.deep.equal([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('costs little when Grafana is down for an hour, and brings the latest state when it is back', async () => {
    const { keeper, passes, state, wait, lines } = desk(seededRandom(7));
    state.outcome = bad(DOWN);
    for (let n = 1; n <= 3600; n++) {
      keeper.want(slaves(n % 250));
      await wait(1000, 500);
    }
    expect(passes.length).to.be.within(95, 130);
    expect(lines.length, 'lines in an hour').to.be.within(6, 7);
    const before = passes.length;
    state.outcome = { ...GOOD, writes: ['changed board x'] };
    keeper.want(slaves(7, 8));
    await wait(BACKOFF_MS_MAX * (1 + JITTER_RATIO));
    expect(passes.slice(before).map(({ names }) => names)).to.deep.equal(['s7 s8']);
    expect(lines.slice(-2).map(({ msg }) => msg)).to.deep.equal(['wrote to Grafana', 'Grafana is in order']);
    state.outcome = GOOD;
    keeper.want(slaves(8));
    await wait(2000);
    expect(passes.length - before, 'the next change is made at once').to.equal(2);
    expect(passes.at(-1)?.reason).to.equal('s7 left');
  });

  it('lets a change during a failed pass, and one after it, wait for the next try', async () => {
    for (const [happened, delayMs] of [
      [{ status: 429, retryAfterMs: 90_000 }, 90_000],
      [{ status: 401 }, SLOW_MS],
    ] as const) {
      const { keeper, passes, state, wait } = desk();
      let release = (): void => undefined;
      state.held = new Promise((resolve) => (release = resolve));
      state.outcome = bad(happened);
      keeper.want(slaves(1));
      await wait(GATHER_MS);
      keeper.want(slaves(1, 2));
      state.held = undefined;
      release();
      await turn();
      keeper.want(slaves(1, 2, 3));
      await wait(delayMs - 50);
      expect(passes).to.have.length(1);
      await wait(50);
      expect(passes.map(({ names }) => names)).to.deep.equal(['s1', 's1 s2 s3']);
    }
  });

  it('begins with a short delay again after it was well', async () => {
    const { keeper, passes, state, wait } = desk();
    state.outcome = bad(DOWN);
    keeper.want([]);
    await wait(60_000, 500);
    state.outcome = GOOD;
    await wait(31_000, 500);
    state.outcome = bad(DOWN);
    const before = passes.length;
    keeper.want(slaves(1));
    await wait(GATHER_MS + 1000);
    expect(passes.length - before).to.equal(2);
  });

  it('spreads its tries by up to a fifth', async () => {
    const { keeper, passes, state, wait } = desk(() => 0.999);
    state.outcome = bad(DOWN);
    keeper.want([]);
    await wait(GATHER_MS + 1000 + 150);
    expect(passes).to.have.length(1);
    await wait(50);
    expect(passes).to.have.length(2);
  });

  it('waits as long as Grafana asks, and half a minute for a person to bring a better key', async () => {
    const cases: [Happened, number][] = [
      [{ status: 429, retryAfterMs: 90_000 }, 90_000],
      [{ status: 401 }, SLOW_MS],
      [{ status: 403 }, SLOW_MS],
      [{ status: 302 }, SLOW_MS],
    ];
    for (const [happened, delayMs] of cases) {
      const { keeper, passes, state, wait } = desk();
      state.outcome = bad(happened);
      keeper.want([]);
      await wait(GATHER_MS + delayMs - 50);
      expect(passes, JSON.stringify(happened)).to.have.length(1);
      await wait(50);
      expect(passes, JSON.stringify(happened)).to.have.length(2);
    }
  });

  it('goes by the longest wait when several things went wrong', async () => {
    const { keeper, passes, state, wait } = desk();
    state.outcome = bad({ status: 412 }, { status: 403 });
    keeper.want([]);
    await wait(GATHER_MS + SLOW_MS - 50);
    expect(passes).to.have.length(1);
  });

  it('knows what it last brought to the board, although data sources may not be written', async () => {
    const { keeper, state, wait, passes } = desk();
    state.outcome = bad({ status: 403 });
    keeper.want(slaves(1));
    await wait(1500);
    keeper.want(slaves(1, 2));
    await wait(1500);
    expect(passes.map(({ reason }) => reason)).to.deep.equal(['monitor started', 's2 joined']);
  });

  it('does not let the board wait because data sources may not be written', async () => {
    const { keeper, passes, state, wait } = desk();
    state.outcome = bad({ status: 403 });
    keeper.want(slaves(1));
    await wait(2000);
    keeper.want(slaves(1, 2));
    await wait(GATHER_MS);
    expect(passes.map(({ names }) => names)).to.deep.equal(['s1', 's1 s2']);
  });

  it('ends with the pass under way, and starts none after that', async () => {
    const { keeper, passes, state, wait, lines } = desk();
    let release = (): void => undefined;
    state.held = new Promise((resolve) => (release = resolve));
    state.outcome = bad(DOWN);
    keeper.want(slaves(1));
    await wait(500);
    let closed = false;
    const closing = keeper.close().then(() => (closed = true));
    keeper.want(slaves(1, 2));
    await wait(500);
    expect(closed).to.equal(false);
    release();
    await closing;
    await wait(2 * CHECK_MS, 1000);
    expect(passes).to.have.length(1);
    expect(lines, 'a request broken off by the end is no news').to.deep.equal([]);
  });
});
