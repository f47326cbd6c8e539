import { expect } from 'chai';
import type { LogEntry } from '../../../src/common/feed/feed.ts';
import { hasEnded } from '../../../src/common/task-types/task-states.ts';
import { columnsOf, isolatedPoints, spanOf } from '../../../src/dashboard/charts/series.ts';
import {
  asSentence,
  duration,
  percent,
  shortNumber,
  tickDuration,
  wholeNumber,
  wholeSeconds,
  withStop,
} from '../../../src/dashboard/format.ts';
import { announcementOf, sentenceOf } from '../../../src/dashboard/log/log-sentence.ts';
import { callOf, readTaskAnswer, spokenOf } from '../../../src/dashboard/run/run-view.ts';
import { commandsFor } from '../../../src/dashboard/join/commands-for.ts';
import { whyNotOf } from '../../../src/dashboard/why-not.ts';
import { arrange, nextOrder, type SlaveOrder } from '../../../src/dashboard/slaves/slave-order.ts';
import { aboutOf, sampleAt, slaveRow } from '../../support/feed-samples.ts';

describe('Numbers and times on the page', () => {
  it('have three digits and a unit', () => {
    expect([0, 0.256, 12.34, 950, 999.9, 1234, 45_600_000, 1e11].map(shortNumber)).to.deep.equal([
      ...['0', '0.26', '12.3', '950', '1 k', '1.23 k', '45.6 M', '100 G'],
    ]);
    expect(wholeNumber(1234567)).to.equal('1\u202f234\u202f567');
    expect([0, 0.425, 1.2].map(percent)).to.deep.equal(['0 %', '43 %', '120 %']);
  });

  it('are durations in the unit that fits', () => {
    expect([0, 0.354, 12, 999.6, 1234, 12_345, 60_000, 185_000, 7_440_000, 180_000_000].map(duration)).to.deep.equal([
      ...['0 ms', '0.35 ms', '12 ms', '1 s', '1.23 s', '12.3 s', '1 min', '3 min 5 s', '2 h 4 min', '2 d 2 h'],
    ]);
    expect([-5, 400, 59_000, 61_000].map(wholeSeconds)).to.deep.equal(['0 s', '0 s', '59 s', '1 min 1 s']);
    expect([0.1, 100, 10_000, 1e6].map(tickDuration)).to.deep.equal(['0.1 ms', '100 ms', '10 s', '16.7 min']);
  });
});

describe("Somebody's words on the page", () => {
  it('are sentences, so that another one may follow', () => {
    expect(['the queue is full', 'Gone. ', 'is it running?', 'wait…', 'stop!'].map(asSentence)).to.deep.equal([
      ...['The queue is full.', 'Gone.', 'Is it running?', 'Wait…', 'Stop!'],
    ]);
    expect(withStop('the queue is full')).to.equal('the queue is full.');
  });
});

describe('A chart', () => {
  it('has a gap where seconds are missing', () => {
    const samples = [sampleAt(1000, { done: 1 }), sampleAt(2000, { done: 2 }), sampleAt(9000, { done: 3 })];
    expect(columnsOf(samples, ['done'])).to.deep.equal([
      [1, 2, 3, 9],
      [1, 2, null, 3],
    ]);
  });

  it('shows 15 minutes, or two at least', () => {
    expect(spanOf([], 1_000_000)).to.deep.equal({ fromMs: 880_000, toMs: 1_000_000 });
    expect(spanOf([sampleAt(500_000)], 1_000_000)).to.deep.equal({ fromMs: 500_000, toMs: 1_000_000 });
    expect(spanOf([sampleAt(0)], 1_000_000)).to.deep.equal({ fromMs: 100_000, toMs: 1_000_000 });
  });

  it('draws dots where no line goes', () => {
    expect(isolatedPoints([1, null, 2, 3, null, 4])).to.deep.equal([0, 5]);
  });
});

describe('The table of slaves', () => {
  const slaves = [
    slaveRow({ name: 'pc10', load: 5, address: '10.0.0.1:1' }),
    slaveRow({ name: 'pc9', load: 9, state: 'draining' }),
    slaveRow({ name: 'nuc', load: 1 }),
  ];
  const names = (filter: string, order: SlaveOrder) => arrange(slaves, filter, order).map(({ name }) => name);
  const joined: SlaveOrder = { by: 'joined', descending: false };

  it('is filtered by name, address and state', () => {
    expect(names('PC', joined)).to.deep.equal(['pc10', 'pc9']);
    expect(names(' 10.0 ', joined)).to.deep.equal(['pc10']);
    expect(names('drain', joined)).to.deep.equal(['pc9']);
  });

  it('is sorted, numbers in names as numbers', () => {
    expect(names('', { by: 'name', descending: false })).to.deep.equal(['nuc', 'pc9', 'pc10']);
    expect(names('', { by: 'load', descending: true })).to.deep.equal(['pc9', 'pc10', 'nuc']);
  });

  it('turns with every click on a head, and comes back', () => {
    const first = nextOrder(joined, 'load');
    const second = nextOrder(first, 'load');
    expect([first, second, nextOrder(second, 'load')]).to.deep.equal([
      { by: 'load', descending: true },
      { by: 'load', descending: false },
      joined,
    ]);
  });
});

describe('The lines that add a machine', () => {
  it('are all of them on the machine of the master, and elsewhere those that work there', () => {
    const line = (network: string, loopback: boolean) => ({ network, loopback, address: '', command: '' });
    const both = [line('eth0', false), line('lo', true)];
    for (const name of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]'])
      expect(commandsFor(both, name), name).to.equal(both);
    for (const name of ['10.0.0.1', 'hall.local', '127.0.0.1.example.org', '[fe80::1]'])
      expect(commandsFor(both, name), name).to.deep.equal([both[0]]);
  });
});

describe('Why the cluster may not be changed from here', () => {
  it('is a sentence', () => {
    const about = (whyNot: string | null, mayChange = false) => whyNotOf(aboutOf({ mayChange, whyNot }));
    expect(about('it is changed elsewhere')).to.equal('It is changed elsewhere.');
    expect(about('Not here.')).to.equal('Not here.');
    expect(about(null)).to.equal('The cluster may not be changed from here.');
    expect(about(null, true)).to.equal(null);
  });
});

describe('The event log', () => {
  const slave = (n: number, from: string, to: string): LogEntry => ({
    ...{ n, at: 0, what: 'slave', name: `s${n.toString()}`, address: '', from, to, reason: '' },
  });

  it('speaks in sentences', () => {
    const changes = [slave(1, 'joining', 'ready'), slave(2, 'suspect', 'ready'), slave(3, 'ready', 'gone')];
    expect(changes.map(sentenceOf)).to.deep.equal(['s1 joined', 's2 is ready again, was suspect', 's3 is gone']);
    const switched: LogEntry = { n: 4, at: 0, what: 'algorithm', from: 'a', to: 'b' };
    expect(sentenceOf(switched)).to.equal('Algorithm is now b, was a');
    expect(sentenceOf({ ...switched, group: 'web' })).to.equal('Algorithm of web is now b, was a');
  });

  it('is told aloud once, and counted when much happens', () => {
    const log = [slave(1, 'joining', 'ready'), slave(2, '', 'joining'), slave(3, 'joining', 'ready')];
    expect(announcementOf(log, 0)).to.equal('s1 joined. s3 joined');
    expect(announcementOf(log, 3)).to.equal('');
    const many = [1, 2, 3, 4].map((n) => slave(n, 'ready', 'gone'));
    expect(announcementOf(many, 0)).to.equal('4 changes in the event log');
  });
});

describe('A task that was sent', () => {
  it('is read as far as it can be', () => {
    expect(readTaskAnswer(null)).to.equal(undefined);
    const answer = readTaskAnswer({ state: 'done', slave: 's1', attempts: 2, result: { a: 1 } });
    expect(answer).to.include({ state: 'done', slave: 's1', attempts: 2, progress: 0, error: undefined });
    expect(answer?.result).to.equal('{\n  "a": 1\n}');
    expect(readTaskAnswer({ state: 'failed', error: { detail: 'it threw' } })?.error).to.equal('it threw');
  });

  it('has ended in every state but two', () => {
    expect(
      ['queued', 'running', 'done', 'failed', 'cancelled', 'expired'].filter((state) => !hasEnded(state)),
    ).to.deep.equal([...['queued', 'running']]);
  });

  it('says how long it ran only as far as somebody knows', () => {
    const ran = (answer: object) => readTaskAnswer({ state: 'cancelled', runMs: 0, ...answer })?.ranMs;
    const [startedAt, endedAt] = ['2026-01-01T00:00:01.000Z', '2026-01-01T00:00:02.760Z'];
    expect(ran({ state: 'done' })).to.equal(0);
    expect(ran({ runMs: 3, startedAt, endedAt })).to.equal(3);
    expect(ran({ startedAt, endedAt })).to.equal(1760);
    expect(ran({ startedAt: null, endedAt })).to.equal(null);
    expect(ran({ state: 'expired' })).to.equal(null);
  });

  it('is told aloud with its outcome', () => {
    const answer = readTaskAnswer({ state: 'done', slave: 's1', result: '55' })!;
    const run = { key: 1, id: 'x', type: 'fib', params: { n: 10 }, state: { kind: 'ended', answer } } as const;
    expect(callOf(run)).to.equal('fib(n: 10)');
    expect(spokenOf(run)).to.equal('fib(n: 10) done by s1: 55');
    expect(spokenOf({ ...run, state: { kind: 'sent' } })).to.equal('');
  });
});
