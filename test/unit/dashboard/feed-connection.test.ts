// The page's connection to the master in a browser that the test moves: its clock, its streams, its answers, and whether anybody looks.
import { expect } from 'chai';
import type { Sample } from '../../../src/common/feed/feed.ts';
import type { Answer } from '../../../src/dashboard/api.ts';
import { columnsOf } from '../../../src/dashboard/charts/series.ts';
import { BACKOFF_MAX_MS, backoffMs } from '../../../src/dashboard/feed/backoff.ts';
import { FeedConnection, SILENCE_MS, type FeedWorld, type Heard } from '../../../src/dashboard/feed/feed-connection.ts';
import { feedReducer, NOTHING_HEARD, type FeedEvent } from '../../../src/dashboard/feed/feed-state.ts';
import { aboutOf, sampleAt, snapshotOf } from '../../support/feed-samples.ts';

interface Stream extends Heard {
  isOpen: boolean;
}

interface Question {
  readonly path: string;
  readonly signal: AbortSignal;
  readonly answer: (answer: Answer) => void;
}

const START_MS = 1000;

class FakeBrowser implements FeedWorld {
  readonly streams: Stream[] = [];
  readonly asked: Question[] = [];
  readonly told: FeedEvent[] = [];
  state = NOTHING_HEARD;
  why: (why: string | null) => void = () => undefined;
  #show: (isShown: boolean) => void = () => undefined;
  #nowMs = START_MS;
  readonly #startsShown: boolean;
  readonly #timers = new Set<{ readonly atMs: number; readonly then: () => void }>();
  readonly connection: FeedConnection;

  constructor(startsShown = true) {
    this.#startsShown = startsShown;
    this.connection = new FeedConnection((event) => {
      this.told.push(event);
      this.state = feedReducer(this.state, event);
    }, this);
  }

  /** The streams that are open, of which there may be one. */
  get open(): Stream[] {
    return this.streams.filter(({ isOpen }) => isOpen);
  }

  get stream(): Stream {
    const [only, ...others] = this.open;
    if (only === undefined || others.length > 0) throw new Error(`${this.open.length.toString()} streams are open`);
    return only;
  }

  get waits(): number {
    return this.#timers.size;
  }

  set isShown(isShown: boolean) {
    this.#show(isShown);
  }

  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.then();
    }
    this.#nowMs = endMs;
  }

  snapshot(sample: Sample | null = null): void {
    this.stream.snapshot(JSON.stringify(snapshotOf({ sample })));
  }

  /** Answers what was asked last. */
  async answer(samples: readonly Sample[] = []): Promise<void> {
    const [about, history] = this.asked.slice(-2);
    about?.answer({ ok: true, value: aboutOf() });
    history?.answer({ ok: true, value: { samples, log: [] } });
    await settled();
  }

  listen(heard: Heard): () => void {
    const stream = { ...heard, isOpen: true };
    this.streams.push(stream);
    return () => (stream.isOpen = false);
  }

  ask(path: string, signal: AbortSignal): Promise<Answer> {
    return new Promise((answer) => this.asked.push({ path, signal, answer }));
  }

  askWhy(): Promise<string | null> {
    return new Promise((resolve) => (this.why = resolve));
  }

  watchShown(onChange: (isShown: boolean) => void): () => void {
    this.#show = onChange;
    onChange(this.#startsShown);
    return () => (this.#show = () => undefined);
  }

  after(ms: number, then: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, then };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  nowMs(): number {
    return this.#nowMs;
  }

  random(): number {
    return 1;
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('The connection of the page', () => {
  it('to a master that falls silent is lost, tried again and again, and heals when the master speaks', () => {
    const browser = new FakeBrowser();
    browser.stream.opened();
    for (let i = 0; i < 3; i++) {
      browser.pass(SILENCE_MS - 1);
      browser.snapshot();
    }
    expect(browser.streams, 'every snapshot is a sign of life').to.have.length(1);
    browser.pass(SILENCE_MS - 1);
    expect(browser.state.connection.kind).to.equal('live');
    const heardAtMs = browser.nowMs() - (SILENCE_MS - 1);
    browser.pass(1);
    expect(browser.state.connection).to.deep.equal({ kind: 'lost', sinceAtMs: heardAtMs, why: null });
    expect(browser.open, 'not at once').to.have.length(0);
    // A stopped process: connections are taken by its system, and nothing comes.
    for (let failures = 1; failures <= 4; failures++) {
      browser.pass(backoffMs(failures, 1));
      expect(browser.streams).to.have.length(failures + 1);
      expect(browser.open).to.have.length(1);
      browser.pass(SILENCE_MS);
    }
    expect(browser.state.connection.kind).to.equal('lost');
    browser.pass(BACKOFF_MAX_MS);
    browser.stream.opened();
    browser.snapshot();
    expect(browser.state.connection.kind).to.equal('live');
  });

  it('that opens and then says nothing is lost too', () => {
    const browser = new FakeBrowser();
    browser.pass(SILENCE_MS - 1);
    browser.stream.opened();
    browser.pass(SILENCE_MS - 1);
    expect(browser.told.map(({ kind }) => kind)).to.deep.equal(['opened']);
    browser.pass(1);
    expect(browser.state.connection.kind).to.equal('lost');
  });

  it('that was refused says why, as long as that is so', async () => {
    const browser = new FakeBrowser();
    browser.stream.failed(true);
    browser.why('too many listen');
    await settled();
    expect(browser.state.connection).to.deep.include({ kind: 'lost', why: 'too many listen' });
    browser.pass(BACKOFF_MAX_MS);
    browser.stream.failed(true);
    browser.pass(BACKOFF_MAX_MS);
    browser.snapshot();
    browser.why('too many listen');
    await settled();
    expect(browser.state.connection.kind, 'the answer came too late').to.equal('live');
  });

  it('asks for /about and /history once at a time, and again after a while when that came to nothing', async () => {
    const browser = new FakeBrowser();
    browser.connection.askDetails();
    browser.connection.askDetails();
    expect(browser.asked.map(({ path }) => path)).to.deep.equal(['/about', '/history']);
    const problem = { status: 403, title: '', detail: 'not from here' };
    for (const { answer } of browser.asked) answer({ ok: false, problem });
    await settled();
    expect(browser.state.detailsTrouble).to.deep.equal({ why: 'not from here', isAnswer: false });
    browser.connection.askDetails();
    expect(browser.asked).to.have.length(2);
    browser.pass(2000);
    expect(browser.asked).to.have.length(4);
    await browser.answer();
    expect([browser.state.wantsDetails, browser.state.detailsTrouble]).to.deep.equal([false, null]);
  });

  it('tells an /about or a /history that it does not understand from one that it did not get', async () => {
    const browser = new FakeBrowser();
    const answers = [
      [aboutOf(), { samples: 'many' }, 'history.samples is not a list'],
      [{ ...aboutOf(), version: 1 }, { samples: [], log: [] }, 'about.version is not a text'],
    ] as const;
    browser.connection.askDetails();
    for (const [about, history, why] of answers) {
      const [first, second] = browser.asked.slice(-2);
      first?.answer({ ok: true, value: about });
      second?.answer({ ok: true, value: history });
      await settled();
      expect(browser.state.detailsTrouble).to.deep.equal({ why, isAnswer: true });
      browser.pass(2000);
    }
  });
});

describe('A page that is hidden', () => {
  it('has no connection, waits for nothing, and is not lost', async () => {
    const browser = new FakeBrowser();
    browser.stream.opened();
    browser.snapshot();
    browser.connection.askDetails();
    browser.isShown = false;
    expect([browser.open.length, browser.waits]).to.deep.equal([0, 0]);
    expect(browser.asked.map(({ signal }) => signal.aborted)).to.deep.equal([true, true]);
    browser.connection.askDetails();
    expect(browser.asked, 'nor does it ask').to.have.length(2);
    await browser.answer();
    browser.pass(3_600_000);
    expect(browser.streams).to.have.length(1);
    expect(browser.state.connection.kind).to.equal('live');
    expect(browser.state.wantsDetails, 'what came afterwards does not count').to.be.true;
  });

  it('that is shown again is connected at once, and its history has no gap', async () => {
    const browser = new FakeBrowser();
    browser.stream.opened();
    browser.snapshot(sampleAt(1000));
    browser.connection.askDetails();
    await browser.answer([sampleAt(1000)]);
    browser.isShown = false;
    browser.pass(60_000);
    browser.isShown = true;
    browser.stream.opened();
    expect(browser.state.wantsDetails).to.be.true;
    browser.connection.askDetails();
    expect(browser.asked).to.have.length(4);
    browser.snapshot(sampleAt(61_000));
    await browser.answer(Array.from({ length: 61 }, (_, i) => sampleAt((i + 1) * 1000)));
    expect(browser.state.samples).to.have.length(61);
    expect(columnsOf(browser.state.samples, ['queued'])[1]).to.not.include(null);
    expect(browser.told.map(({ kind }) => kind)).to.not.include('lost');
  });

  it('while its master goes is lost since it was shown, not since it was hidden', () => {
    const browser = new FakeBrowser();
    browser.snapshot();
    browser.isShown = false;
    browser.pass(3_600_000);
    browser.isShown = true;
    browser.stream.failed(false);
    const sinceAtMs = START_MS + 3_600_000;
    expect(browser.state.connection).to.deep.equal({ kind: 'lost', sinceAtMs, why: null });
    expect(browser.state.heardAtMs).to.equal(START_MS);
  });

  it('while it waits for the next attempt makes that attempt when it is shown', async () => {
    const browser = new FakeBrowser();
    browser.stream.failed(true);
    browser.isShown = false;
    browser.why('too many listen');
    await settled();
    expect(browser.state.connection).to.deep.include({ kind: 'lost', why: null });
    browser.pass(3_600_000);
    expect(browser.streams).to.have.length(1);
    browser.isShown = true;
    expect(browser.open).to.have.length(1);
  });

  it('from the beginning connects when it is first shown', () => {
    const browser = new FakeBrowser(false);
    expect(browser.streams).to.have.length(0);
    browser.isShown = true;
    expect(browser.open).to.have.length(1);
    browser.connection.close();
    expect([browser.open.length, browser.waits]).to.deep.equal([0, 0]);
    browser.isShown = true;
    expect(browser.streams, 'closed for good').to.have.length(1);
  });
});
