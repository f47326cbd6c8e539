// The view of `lab top` as lines: what it says, how it fits, and that no stranger's text reaches the terminal as it came.
import { expect } from 'chai';
import type { About, Snapshot, TaskRow } from '../../../../src/common/feed/feed.ts';
import { bar, shortNumber, shortTime } from '../../../../src/lab/top/figures.ts';
import { frame, type Size, type View } from '../../../../src/lab/top/frame.ts';
import { lineText } from '../../../../src/lab/top/line.ts';
import { columnsOf, cutTo, padTo, safeText } from '../../../../src/lab/top/safe-text.ts';
import { fakeRow } from '../../../support/fake-cluster.ts';
import { fakeSnapshot } from '../../../support/fake-feed.ts';

const AT = Date.UTC(2026, 0, 1, 12, 30, 15);
const join = [{ network: 'eth0', address: '10.0.0.1', loopback: false, command: 'curl it && run it' }];
const ABOUT = { cluster: 'hall', masterName: 'pc7 (m1)', join } as unknown as About;
const BOTH_ENDS = '\u001b[2J\u001b]0;owned\u0007';

function task(id: string, change: Partial<TaskRow> = {}): TaskRow {
  const times = { queuedAt: AT - 3000, startedAt: AT - 2000, endedAt: null, runMs: null };
  const rest = { attempts: 1, progress: 0, message: '', error: null, kept: true };
  return { id, type: 'fib', state: 'running', slave: 's1', ...times, ...rest, ...change };
}

function shown(snapshot: Partial<Snapshot>, size: Partial<Size> = {}, view: Partial<View> = {}): string[] {
  const { columns = 100, rows = 40 } = size;
  const now = fakeSnapshot({ at: AT, ...snapshot });
  const all = frame({ url: 'http://x', about: ABOUT, snapshot: now, lost: undefined, ...view }, { columns, rows });
  return all.map((line) => lineText(line, columns, false));
}

const named = (count: number): ReturnType<typeof fakeRow>[] =>
  Array.from({ length: count }, (_none, i) => fakeRow(`s${i + 1}`));

describe('the view of lab top', () => {
  it('begins with what the cluster is and does', () => {
    const counts = { at: AT, done: 1234, failed: 2, cancelled: 0, expired: 0, queued: 0, inFlight: 0 };
    const sample = { ...counts, p50Ms: 0.5, p95Ms: 12.34, p99Ms: 61_000 };
    const totals = { done: 50_000, failed: 7, cancelled: 1, expired: 3 };
    const slaves = [fakeRow('a'), fakeRow('b', { state: 'suspect' })];
    const [title, rates, sums] = shown({ slaves, sample, totals, queued: 1500, inFlight: 12, algorithm: 'least-load' });
    expect(title).to.equal('Lanyard hall pc7 (m1)  least-load  2 slaves (1 suspect)  12:30:15');
    expect(rates).to.equal('done 1.23k/s  failed 2/s  p50 0.5 ms  p95 12.3 ms  p99 61 s  queue 1.5k  in flight 12');
    expect(sums).to.equal('since the start: 50000 done, 7 failed, 1 cancelled, 3 expired');
    expect(shown({ draining: true })[0]).to.contain('SHUTTING DOWN');
  });

  it('lists slaves by name, 2 before 10, with a bar of their load', () => {
    const slaves = [fakeRow('s10', { load: 50 }), fakeRow('s2', { load: 100 }), fakeRow('a', { load: 0, leases: 3 })];
    const rows = shown({ slaves }).slice(4);
    expect(rows[0]).to.match(/^slave +state +load +cpu load +mem +slots +running$/);
    expect(rows.slice(1).map((row) => row.split(' ')[0])).to.deep.equal(['a', 's2', 's10']);
    const bars = rows.slice(1).map((row) => row.split('█').length - 1);
    expect(bars[0]).to.equal(0);
    expect(bars[1]).to.be.greaterThan(10);
    expect(bars[2]! / bars[1]!).to.be.closeTo(0.5, 0.05);
    expect(rows[1]).to.match(/^a +ready +0 +0\.25 +50% +3\/4 +1$/);
    expect(shown({})[4]).to.equal('no slave yet; to start one: curl it && run it');
  });

  it('says how many slaves it has no room for', () => {
    const rows = shown({ slaves: named(1000) }, { rows: 20 });
    expect(rows).to.have.length(20);
    expect(rows.filter((row) => /^s\d/.test(row))).to.have.length(14);
    expect(rows.at(-1)).to.equal('… and 986 more');
    expect(shown({ slaves: named(15) }, { rows: 20 }).at(-1), 'all fit').to.match(/^s15 /);
    expect(shown({ slaves: named(1000) }, { rows: Infinity })).to.have.length(1005);
  });

  it('leaves a third of the room to tasks', () => {
    const ended = Array.from({ length: 30 }, (_none, i) => task(`t${i}`, { state: 'done', endedAt: AT }));
    const rows = shown({ slaves: named(100), tasks: { running: [], queued: [], ended } }, { rows: 34 });
    expect(rows).to.have.length(34);
    expect(rows.filter((row) => row.startsWith('t')).length, 'and a line of titles').to.equal(9);
    expect(rows.find((row) => row.startsWith('…'))).to.match(/^… and \d+ more$/);
  });

  it('shows tasks that run, wait and ended, with what each says', () => {
    const tasks = {
      running: [task('r1', { progress: 0.42, message: 'row 3', attempts: 2 })],
      queued: [task('q1', { state: 'queued', slave: null, startedAt: null, attempts: 0 })],
      ended: [task('e1', { state: 'failed', endedAt: AT - 1000, error: 'it threw' })],
    };
    const rows = shown({ tasks }).slice(-3);
    expect(rows[0]).to.match(/^r1 +fib +running +s1 +2 s +try 2 42% row 3$/);
    expect(rows[1]).to.match(/^q1 +fib +queued +- +3 s$/);
    expect(rows[2]).to.match(/^e1 +fib +failed +s1 +2 s +it threw$/);
  });

  it('fits every size', () => {
    const ended = Array.from({ length: 30 }, (_none, i) =>
      task(`t${i}`, { state: 'failed', endedAt: AT, error: '漢字'.repeat(80) }),
    );
    const names = ['plain', '漢字'.repeat(20), 'ü'.repeat(60), '😀'.repeat(30), 'e\u0301'.repeat(40)];
    const slaves = names.map((name) => fakeRow(name));
    for (const columns of [1, 2, 10, 40, 79, 80, 133, 300]) {
      for (const rows of [1, 2, 3, 5, 6, 8, 24, 60]) {
        const lines = shown({ slaves, tasks: { running: [], queued: [], ended } }, { columns, rows });
        expect(lines.length, `${columns} × ${rows}`).to.be.at.most(rows);
        for (const line of lines) expect(columnsOf(line), `${columns} × ${rows}: ${line}`).to.be.at.most(columns);
      }
    }
  });

  it('keeps its columns under each other whatever slaves are called', () => {
    const slaves = ['plain', '漢字'.repeat(20), 'e\u0301'.repeat(10), BOTH_ENDS].map((name) => fakeRow(name));
    const rows = shown({ slaves }).slice(5, 9);
    const places = rows.map((row) => columnsOf(row.slice(0, row.indexOf('ready'))));
    expect(new Set(places).size).to.equal(1);
  });

  it('shows a connection that is lost above what was last known', () => {
    const lost = { reason: 'nothing listens there', sinceMs: 5400 };
    const rows = shown({ slaves: named(2) }, {}, { lost });
    expect(rows[1]).to.equal(' CONNECTION LOST 5 s ago  nothing listens there; trying again');
    expect(rows.some((row) => row.startsWith('s2 '))).to.equal(true);
  });

  it('lets no control character of a stranger through, with colours or without', () => {
    const evil = `${BOTH_ENDS}\r\n\u009b31m\u202e\u2028\u200b\ud800\u0000\u007f`;
    const slaves = [fakeRow(evil, { state: evil, address: evil })];
    const tasks = {
      running: [task(evil, { type: evil, slave: evil, message: evil, progress: 0.5 })],
      queued: [],
      ended: [task(evil, { state: 'failed', error: evil, endedAt: AT })],
    };
    const now = fakeSnapshot({ at: AT, slaves, tasks, algorithm: evil, masterId: evil });
    const about = { ...ABOUT, cluster: evil, masterName: evil };
    const lost = { reason: evil, sinceMs: 1 };
    for (const colours of [false, true]) {
      for (const snapshot of [now, undefined]) {
        const lines = frame({ url: evil, about, snapshot, lost }, { columns: 300, rows: 60 });
        const text = lines.map((line) => lineText(line, 300, colours)).join('');
        // eslint-disable-next-line no-control-regex
        const others = text.replaceAll(/\u001b\[(\d;?)*m/g, '');
        expect(others).not.to.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(text.includes('\u001b'), 'colours only').to.equal(colours);
        expect(text).not.to.contain('\u001b[2J');
      }
    }
  });

  it('colours states and nothing when told not to', () => {
    const lines = frame(
      { url: 'x', about: ABOUT, snapshot: fakeSnapshot({ slaves: named(1) }), lost: undefined },
      { columns: 80, rows: 24 },
    );
    const row = lines.find((line) => line[0]?.text.startsWith('s1'))!;
    expect(lineText(row, 80, true)).to.contain('\u001b[32mready');
    expect(lineText(row, 80, false)).not.to.contain('\u001b');
  });
});

describe('text for a terminal', () => {
  it('is cut and padded by columns', () => {
    expect([columnsOf('abc'), columnsOf('漢字'), columnsOf('e\u0301'), columnsOf('😀')]).to.deep.equal([3, 4, 1, 2]);
    expect([cutTo('abcdef', 4), cutTo('漢字漢字', 4), cutTo('abc', 3), cutTo('abc', 0)]).to.deep.equal([
      'abc…',
      '漢…',
      'abc',
      '',
    ]);
    expect([padTo('ab', 4), padTo('ab', 4, 'right'), padTo('abcdef', 3)]).to.deep.equal(['ab  ', '  ab', 'ab…']);
  });

  it('stays what it is when it is harmless', () => {
    for (const text of ['plain', 'Grüße aus Köln', '漢字', 'e\u0301', '…█▏', '<img src=x>'])
      expect(safeText(text)).to.equal(text);
    expect(safeText(`a${'\u0301'.repeat(50)}`), 'no tower of marks').to.equal('a\u0301\u0301');
  });
});

describe('figures', () => {
  it('are short', () => {
    expect([0, 7, 999, 1000, 1549, 999_499, 1e11].map(shortNumber)).to.deep.equal([
      '0',
      '7',
      '999',
      '1k',
      '1.55k',
      '999k',
      '100G',
    ]);
    expect([null, 0.0512, 12.34, 999, 1000, 90_000, 120_000].map(shortTime)).to.deep.equal([
      '-',
      '0.0512 ms',
      '12.3 ms',
      '999 ms',
      '1 s',
      '90 s',
      '2 min',
    ]);
    expect([bar(0, 4), bar(0.5, 4), bar(1, 4), bar(9, 4), bar(-1, 4), bar(1 / 32, 4)]).to.deep.equal([
      '    ',
      '██  ',
      '████',
      '████',
      '    ',
      '▏   ',
    ]);
  });
});
