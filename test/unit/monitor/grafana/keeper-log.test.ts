// What the keeper says of troubles, and what it does not say again.
import { expect } from 'chai';
import { CHECK_MS, CONTESTED_CHECK_MS, REWRITES_MAX } from '../../../../src/monitor/grafana/keeper.ts';
import { leftAlone, troubleFrom } from '../../../../src/monitor/grafana/trouble.ts';
import { bad, desk, DOWN, GOOD } from '../../../support/grafana/keeper-desk.ts';
import { slaves } from '../../../support/grafana/slaves.ts';

describe('log of the keeper of Grafana', () => {
  it('says no connection once, whichever request met it, but a missing right for each thing', async () => {
    const { keeper, state, wait, lines } = desk();
    for (const at of ['GET /a', 'GET /b']) {
      state.outcome = { ...GOOD, troubles: [troubleFrom(at, DOWN)] };
      keeper.want([]);
      await wait(5000, 500);
    }
    expect(lines).to.have.length(1);
    state.outcome = bad({ status: 403 }, { status: 403 });
    await wait(31_000, 500);
    expect(lines.slice(1).map(({ at }) => at)).to.deep.equal(['GET /0', 'GET /1']);
  });

  it('says a trouble again that came back after all was well', async () => {
    const { keeper, state, wait, msgs } = desk();
    for (const outcome of [bad(DOWN), GOOD, bad(DOWN)]) {
      state.outcome = outcome;
      keeper.want([]);
      await wait(CHECK_MS, 500);
    }
    expect(msgs()).to.deep.equal([
      'Grafana cannot be brought up to date',
      'Grafana is in order',
      'Grafana cannot be brought up to date',
    ]);
  });

  it('says a trouble once, again after ten minutes, another kind at once, and when all is well', async () => {
    const { keeper, state, wait, lines, msgs } = desk();
    state.outcome = bad(DOWN);
    keeper.want([]);
    await wait(9 * 60_000, 500);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.deep.include({
      level: 'warn',
      msg: 'Grafana cannot be brought up to date',
      kind: 'no-connection',
      at: 'GET /0',
    });
    expect(lines[0]?.['todo']).to.contain('start Grafana');
    state.outcome = bad({ status: 401, message: 'Invalid API key' });
    await wait(31_000, 500);
    expect(lines[1]).to.deep.include({ level: 'warn', kind: 'key-not-accepted', status: 401, said: 'Invalid API key' });
    await wait(9 * 60_000, 500);
    expect(lines).to.have.length(2);
    await wait(2 * 60_000, 500);
    expect(lines[2]).to.deep.include({ kind: 'key-not-accepted' });
    expect(lines[2]?.['sinceMs']).to.be.above(10 * 60_000);
    state.outcome = GOOD;
    await wait(31_000, 500);
    expect(msgs().slice(3)).to.deep.equal(['Grafana is in order']);
    state.outcome = bad(DOWN);
    await wait(61_000, 500);
    expect(msgs().slice(4), 'said again after it was well').to.deep.equal(['Grafana cannot be brought up to date']);
  });

  it('says once what it leaves alone, and again when that came back', async () => {
    const { keeper, state, wait, lines } = desk();
    const left = { ...GOOD, leftAlone: [leftAlone('board', 'x', 'not-ours')] };
    state.outcome = left;
    keeper.want([]);
    await wait(5 * CHECK_MS, 500);
    expect(lines.map(({ msg, kind, at }) => [msg, kind, at])).to.deep.equal([
      ['left alone in Grafana', 'not-ours', 'board x'],
    ]);
    expect(lines[0]?.['todo']).to.contain('delete it, or give it the tag');
    state.outcome = GOOD;
    await wait(CHECK_MS, 500);
    state.outcome = left;
    await wait(CHECK_MS, 500);
    expect(lines).to.have.length(2);
  });

  it('says that it met a bug of its own, and goes on trying', async () => {
    const { keeper, state, wait, lines, passes } = desk();
    state.thrown = new RangeError('Maximum call stack size exceeded');
    keeper.want(slaves(1));
    await wait(1000);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.deep.include({ kind: 'unexpected', said: 'Maximum call stack size exceeded' });
    expect(lines[0]?.['todo']).to.match(/report/);
    state.thrown = undefined;
    await wait(60_000, 500);
    expect(passes).to.have.length(2);
    expect(msgsOf(lines)).to.deep.equal(['Grafana cannot be brought up to date', 'Grafana is in order']);
  });

  it('blots the key out of everything that it says', async () => {
    const { keeper, state, wait, lines } = desk();
    state.outcome = {
      writes: ['removed data source secret'],
      troubles: [troubleFrom('DELETE /secret', { status: 302, message: 'to secret', location: 'http://x/secret' })],
      leftAlone: [leftAlone('board', 'secret', 'not-ours')],
    };
    keeper.want(slaves(1));
    await wait(1000);
    expect(lines).to.have.length(3);
    expect(JSON.stringify(lines)).to.contain('[key]').and.not.to.contain('secret');
  });

  it('says that somebody else wants Grafana otherwise when it has to write again and again, and looks less often', async () => {
    const { keeper, state, wait, lines, passes } = desk();
    const wrote = (): number => msgsOf(lines).filter((msg) => msg === 'Grafana does not stay as it is written').length;
    keeper.want(slaves(1));
    await wait(1000);
    state.outcome = { ...GOOD, writes: ['changed board x'] };
    await wait(REWRITES_MAX * CHECK_MS - 1500, 500);
    expect(wrote(), 'not yet').to.equal(0);
    await wait(2000, 500);
    expect(wrote()).to.equal(1);
    const before = passes.length;
    await wait(CONTESTED_CHECK_MS - 3000, 500);
    expect(passes).to.have.length(before);
    await wait(4000, 500);
    expect(passes).to.have.length(before + 1);
    expect(wrote(), 'said once').to.equal(1);
    state.outcome = GOOD;
    await wait(CONTESTED_CHECK_MS + 1000, 500);
    await wait(CHECK_MS + 1000, 500);
    expect(passes, 'looks as often as before once it stays').to.have.length(before + 3);
  });

  it('does not take changes of the cluster for somebody else’s doing', async () => {
    const { keeper, state, wait, lines } = desk();
    state.outcome = { ...GOOD, writes: ['changed board x'] };
    for (let n = 1; n <= 10; n++) {
      keeper.want(slaves(n));
      await wait(2000);
    }
    expect(msgsOf(lines)).to.not.include('Grafana does not stay as it is written');
  });
});

function msgsOf(lines: readonly { readonly msg: unknown }[]): unknown[] {
  return lines.map(({ msg }) => msg);
}
