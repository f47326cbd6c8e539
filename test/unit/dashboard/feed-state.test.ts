import { expect } from 'chai';
import type { About, LogEntry, Sample, Snapshot } from '../../../src/common/feed/feed.ts';
import { backoffMs, BACKOFF_MAX_MS } from '../../../src/dashboard/feed/backoff.ts';
import { feedReducer, isStale, NOTHING_HEARD, type FeedEvent } from '../../../src/dashboard/feed/feed-state.ts';
import { readAbout, readHistory, readSnapshot } from '../../../src/dashboard/feed/read-feed.ts';
import { HISTORY_MS, mergeSamples } from '../../../src/dashboard/feed/samples.ts';
import { aboutOf, sampleAt, snapshotOf } from '../../support/feed-samples.ts';

const after = (...events: FeedEvent[]) => events.reduce(feedReducer, NOTHING_HEARD);
const heard = (snapshot: Snapshot, atMs = 1000): FeedEvent => ({ kind: 'snapshot', snapshot, atMs });
const details = (about: About, samples: Sample[] = [], log: LogEntry[] = []): FeedEvent => ({
  kind: 'details',
  about,
  history: { samples, log },
});
const lostAt = (atMs: number) => ({ kind: 'lost', atMs, shownAtMs: 0, why: null }) as const;
const entry = (n: number): LogEntry => ({ n, at: n, what: 'algorithm', from: 'a', to: 'b' });

describe('The state of the page', () => {
  it('is live with the first snapshot, and not before', () => {
    expect(NOTHING_HEARD.connection.kind).to.equal('connecting');
    expect(after({ kind: 'opened' }).connection.kind).to.equal('connecting');
    expect(after({ kind: 'opened' }, heard(snapshotOf())).connection.kind).to.equal('live');
  });

  it('keeps what was shown when the connection is lost, says since when, and heals with the next snapshot', () => {
    const state = after(heard(snapshotOf(), 5000), lostAt(9000));
    expect(isStale(state)).to.be.true;
    expect(state.connection).to.deep.equal({ kind: 'lost', sinceAtMs: 5000, why: null });
    expect(state.snapshot).to.not.equal(null);
    const again = feedReducer(state, { ...lostAt(20_000), why: 'too many' });
    expect(again.connection).to.deep.equal({ kind: 'lost', sinceAtMs: 5000, why: 'too many' });
    expect(feedReducer(again, { kind: 'opened' }).connection.kind).to.equal('lost');
    expect(isStale(feedReducer(again, heard(snapshotOf(), 21_000)))).to.be.false;
  });

  it('wants /about and /history with every new connection', () => {
    const state = after(heard(snapshotOf()), details(aboutOf()));
    expect(state.wantsDetails).to.be.false;
    expect(feedReducer(state, { kind: 'opened' }).wantsDetails).to.be.true;
  });

  it('forgets the samples and the log of a master that was replaced, says so, and asks anew', () => {
    const before = after(heard(snapshotOf({ sample: sampleAt(1000), log: [entry(1)] })), details(aboutOf()));
    expect(before.restart).to.equal(null);
    const state = feedReducer(before, heard(snapshotOf({ masterId: 'm2' }), 7000));
    expect(state.restart).to.deep.equal({ atMs: 7000, version: null });
    expect([state.samples, state.log]).to.deep.equal([[], []]);
    expect(state.wantsDetails).to.be.true;
    const known = feedReducer(state, details(aboutOf({ masterId: 'm2', version: '9.9.9' })));
    expect(known.restart?.version).to.equal('9.9.9');
    expect(feedReducer(known, { kind: 'restart dismissed' }).restart).to.equal(null);
  });

  it('ignores details of another master than the one that sends snapshots', () => {
    const state = after(heard(snapshotOf()), details(aboutOf({ masterId: 'old' }), [sampleAt(1)]));
    expect([state.about, state.samples, state.wantsDetails]).to.deep.equal([null, [], true]);
  });

  it('merges history with what came meanwhile, in order and once', () => {
    const state = after(
      heard(snapshotOf({ sample: sampleAt(5000), log: [entry(3)] })),
      details(aboutOf(), [sampleAt(3000), sampleAt(4000), sampleAt(5000)], [entry(1), entry(2), entry(3)]),
    );
    expect(state.samples.map(({ at }) => at)).to.deep.equal([3000, 4000, 5000]);
    expect(state.log.map(({ n }) => n)).to.deep.equal([1, 2, 3]);
  });

  it('asks for the history again when log entries are missing', () => {
    const state = after(heard(snapshotOf({ log: [entry(1)] })), details(aboutOf(), [], [entry(1)]));
    expect(feedReducer(state, heard(snapshotOf({ log: [entry(2)] }))).wantsDetails).to.be.false;
    expect(feedReducer(state, heard(snapshotOf({ log: [entry(4)] }))).wantsDetails).to.be.true;
  });

  it('keeps the same arrays when nothing in them is new, so that nothing is drawn again', () => {
    const snapshot = snapshotOf({ sample: sampleAt(1000), log: [entry(1)] });
    const state = after(heard(snapshot));
    const next = feedReducer(state, heard(snapshot, 1250));
    expect(next.samples).to.equal(state.samples);
    expect(next.log).to.equal(state.log);
  });

  it('notes a message that it does not understand until the next good one, and shows what was before', () => {
    const state = after(heard(snapshotOf()), { kind: 'not understood', why: 'snapshot.at is not a number' });
    expect(state.trouble).to.equal('snapshot.at is not a number');
    expect(state.snapshot).to.not.equal(null);
    expect(isStale(state)).to.be.true;
    const next = feedReducer(state, heard(snapshotOf()));
    expect([next.trouble, isStale(next)]).to.deep.equal([null, false]);
  });

  it('is not lost while messages come that it does not understand, and is when none come any more', () => {
    const state = after(heard(snapshotOf(), 5000), lostAt(9000), { kind: 'not understood', why: 'odd' });
    expect([state.connection.kind, isStale(state)]).to.deep.equal(['live', true]);
    expect(feedReducer(state, lostAt(20_000)).connection.kind).to.equal('lost');
  });

  it('notes that /about is not understood, or refused, until it is known: snapshots say nothing about it', () => {
    for (const isAnswer of [true, false]) {
      const trouble = { why: 'about.version is not a text', isAnswer };
      const state = after({ kind: 'no details', trouble }, heard(snapshotOf()));
      expect(state.detailsTrouble).to.deep.equal(trouble);
      expect([state.trouble, isStale(state)], 'the snapshots are good').to.deep.equal([null, false]);
      expect(feedReducer(state, details(aboutOf())).detailsTrouble).to.equal(null);
    }
  });
});

describe('Samples', () => {
  it('older than 15 minutes go', () => {
    const kept = mergeSamples([sampleAt(0), sampleAt(1000)], [sampleAt(HISTORY_MS)]);
    expect(kept.map(({ at }) => at)).to.deep.equal([1000, HISTORY_MS]);
  });
});

describe('Reading the feed', () => {
  it('takes what the master sends', () => {
    expect(readSnapshot(JSON.stringify(snapshotOf({ sample: sampleAt(1), log: [entry(1)] }))).ok).to.be.true;
    expect(readAbout(aboutOf()).ok).to.be.true;
    expect(readHistory({ samples: [sampleAt(1)], log: [entry(1)] }).ok).to.be.true;
  });

  it('refuses what is no JSON, and names the place of what is missing or of another type', () => {
    expect(readSnapshot('{')).to.deep.equal({ ok: false, why: 'the snapshot is not JSON' });
    expect(readSnapshot('null')).to.deep.equal({ ok: false, why: 'snapshot is not an object' });
    const [slave] = snapshotOf().slaves;
    const cases: [object, string][] = [
      [{ slaves: 3 }, 'snapshot.slaves is not a list'],
      [{ slaves: [slave, { ...slave, load: '1' }] }, 'snapshot.slaves[1].load is not a number'],
      [{ tasks: { running: [], queued: [] } }, 'snapshot.tasks.ended is not a list'],
      [
        { log: [{ n: 1, at: 1, what: 'algorithm', from: 'a', to: 'b', group: 7 }] },
        'snapshot.log[0].group is not a text',
      ],
      [{ log: [{ n: 1, at: 1, what: 'moon' }] }, 'snapshot.log[0].what is neither slave nor algorithm'],
      [{ draining: 'no' }, 'snapshot.draining is not true or false'],
    ];
    for (const [change, why] of cases) {
      expect(readSnapshot(JSON.stringify({ ...snapshotOf(), ...change }))).to.deep.equal({ ok: false, why });
    }
  });
});

describe('The wait before the next attempt', () => {
  it('grows from half a second to five, and differs from page to page', () => {
    expect([1, 2, 3, 4, 5, 100].map((failures) => backoffMs(failures, 1))).to.deep.equal([
      ...[500, 1000, 2000, 4000],
      ...[BACKOFF_MAX_MS, BACKOFF_MAX_MS],
    ]);
    expect(backoffMs(1, 0)).to.equal(350);
  });
});
