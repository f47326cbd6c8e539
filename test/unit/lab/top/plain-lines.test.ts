// What `lab top` writes into a pipe, and how it reads the master's events.
import { expect } from 'chai';
import type { LogEntry, Sample, Snapshot } from '../../../../src/common/feed/feed.ts';
import { EventParser, EVENT_CHARS_MAX } from '../../../../src/lab/top/event-parser.ts';
import { noteLine, PlainLines } from '../../../../src/lab/top/plain-lines.ts';
import { fakeRow } from '../../../support/fake-cluster.ts';
import { fakeSnapshot } from '../../../support/fake-feed.ts';

const AT = Date.UTC(2026, 0, 1);
const TIME = '2026-01-01T00:00:0';

const sampleAt = (second: number): Sample => {
  const counts = { done: 12, failed: 1, cancelled: 0, expired: 0, queued: 0, inFlight: 0 };
  return { at: AT + second * 1000, ...counts, p50Ms: 1.5, p95Ms: null, p99Ms: null };
};
const entry = (n: number, name = 's1'): LogEntry => {
  const states = { from: 'ready', to: 'gone', reason: 'died' };
  return { n, at: AT + n * 1000, what: 'slave', name, address: '10.0.0.1:1', ...states };
};
const at = (change: Partial<Snapshot>): Snapshot => fakeSnapshot({ at: AT, ...change });

describe('lab top in a pipe', () => {
  it('writes one line a second', () => {
    const plain = new PlainLines();
    const slaves = [fakeRow('a'), fakeRow('b', { state: 'suspect' })];
    expect(plain.of(at({ slaves }), 'hall'), 'nothing before the first second is over').to.deep.equal([]);
    const now = at({ slaves, sample: sampleAt(1), queued: 4, inFlight: 3 });
    expect(plain.of(now, 'hall')).to.deep.equal([
      `${TIME}1.000Z hall slaves=2 ready=1 queued=4 in-flight=3 done/s=12 failed/s=1 cancelled/s=0 expired/s=0 p50-ms=1.5 p95-ms=- algorithm=round-robin`,
    ]);
    expect(plain.of(now, 'hall'), 'the same second').to.deep.equal([]);
    expect(plain.of(at({ sample: sampleAt(2), draining: true }), 'hall')[0]).to.match(/ draining$/);
  });

  it('writes every change once, also of the algorithm, and none that was before', () => {
    const plain = new PlainLines();
    expect(plain.of(at({ log: [entry(1), entry(2)] }), 'hall')).to.deep.equal([]);
    const switched: LogEntry = { n: 4, at: AT + 4000, what: 'algorithm', from: 'round-robin', to: 'least-load' };
    const web: LogEntry = { ...switched, n: 5, group: 'web' };
    const lines = plain.of(at({ log: [entry(2), entry(3), switched, web] }), 'hall');
    expect(lines).to.deep.equal([
      `${TIME}3.000Z hall slave s1 (10.0.0.1:1) ready -> gone: died`,
      `${TIME}4.000Z hall algorithm round-robin -> least-load`,
      `${TIME}4.000Z hall algorithm of web round-robin -> least-load`,
    ]);
    expect(plain.of(at({ log: [entry(3), switched, web] }), 'hall')).to.deep.equal([]);
  });

  it('says how many changes it missed', () => {
    const plain = new PlainLines();
    plain.of(at({ log: [entry(1)] }), 'hall');
    expect(plain.of(at({ log: [entry(9)] }), 'hall')[0]).to.equal(`${TIME}0.000Z hall 7 changes are not shown`);
  });

  it('tells all that a new master has to say', () => {
    const plain = new PlainLines();
    plain.of(at({ log: [entry(1), entry(2)] }), 'hall');
    const lines = plain.of(at({ masterId: 'm2', log: [entry(1, 'again')] }), 'hall');
    expect(lines).to.deep.equal([`${TIME}1.000Z hall slave again (10.0.0.1:1) ready -> gone: died`]);
  });

  it('keeps every line a line, whatever slaves are called', () => {
    const plain = new PlainLines();
    plain.of(at({}), 'hall');
    const evil = 'a\n2026 hall slave b (1) gone -> ready: forged\u001b[2J\u009b';
    const lines = plain.of(at({ log: [entry(1, evil)], sample: sampleAt(1), algorithm: evil }), evil);
    expect(lines).to.have.length(2);
    for (const line of [...lines, noteLine(AT, evil)]) expect(line).not.to.match(/[\p{Cc}\p{Zl}\p{Zp}]/u);
  });
});

describe('events from the master', () => {
  const STREAM =
    ': hello\nretry: 2000\n\nevent: snapshot\ndata: {"a":1}\n\n:\n\nevent: task\nid: 7\ndata: x\ndata: y\n\ndata: {"b":2}\n\n';
  const EVENTS = [
    { event: 'snapshot', data: '{"a":1}' },
    { event: 'task', data: 'x\ny' },
    { event: 'message', data: '{"b":2}' },
  ];

  it('are read however they are cut', () => {
    for (let size = 1; size <= STREAM.length; size++) {
      const parser = new EventParser();
      const events = [];
      for (let i = 0; i < STREAM.length; i += size) events.push(...parser.push(STREAM.slice(i, i + size)));
      expect(events, `pieces of ${size}`).to.deep.equal(EVENTS);
    }
  });

  it('are not gathered without end', () => {
    const parser = new EventParser();
    const piece = 'x'.repeat(EVENT_CHARS_MAX / 4);
    for (let i = 0; i < 4; i++) parser.push(piece);
    expect(() => parser.push('x')).to.throw(RangeError);
  });
});
