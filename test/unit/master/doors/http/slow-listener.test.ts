// A listener that reads in steps: what is written when, and where the gap is when too much happened.
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect } from 'chai';
import { ManualClock } from '../../../../../src/common/time/manual-clock.ts';
import { BACKLOG_MAX, EVENT_KINDS, EventStream } from '../../../../../src/master/doors/http/event-stream.ts';
import { PacedResponse } from '../../../../../src/master/doors/http/paced-response.ts';
import { FakeCluster } from '../../../../support/fake-cluster.ts';

/** A response whose client takes one write, then waits until `drain`. */
class StubbornResponse extends EventEmitter {
  readonly writes: string[] = [];
  ended = false;

  write(text: string): boolean {
    this.writes.push(text);
    return false;
  }

  end(): void {
    this.ended = true;
  }

  drain(): void {
    this.emit('drain');
  }
}

const asResponse = (response: StubbornResponse): ServerResponse => response as unknown as ServerResponse;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a paced response', () => {
  it('writes all of a tick at once, then nothing until there is room', async () => {
    const response = new StubbornResponse();
    const paced = new PacedResponse<number>({ response: asResponse(response), textOf: (n) => `${n};` });
    for (const n of [1, 2, 3]) paced.push(n);
    expect(response.writes).to.deep.equal([]);
    await tick();
    expect(response.writes).to.deep.equal(['1;2;3;']);
    for (const n of [4, 5]) paced.push(n);
    await tick();
    expect([response.writes.length, paced.backlog]).to.deep.equal([1, 2]);
    response.drain();
    expect([response.writes.at(-1), paced.backlog]).to.deep.equal(['4;5;', 0]);
  });

  it('makes no more text than it can write', async () => {
    const response = new StubbornResponse();
    let made = 0;
    const textOf = (): string => {
      made++;
      return 'x'.repeat(40_000);
    };
    const paced = new PacedResponse<number>({ response: asResponse(response), textOf });
    for (let n = 0; n < 3000; n++) paced.push(n);
    await tick();
    expect(made).to.equal(2);
    for (let i = 0; i < 1499; i++) response.drain();
    expect([made, paced.backlog]).to.deep.equal([3000, 0]);
  });

  it('ends when all is written, and writes nothing after it was abandoned', async () => {
    const [ending, abandoned] = [new StubbornResponse(), new StubbornResponse()];
    const one = new PacedResponse<number>({ response: asResponse(ending), textOf: String });
    const other = new PacedResponse<number>({ response: asResponse(abandoned), textOf: String });
    for (const paced of [one, other]) {
      paced.push(1);
      paced.push(2);
    }
    one.end();
    one.push(3);
    other.abandon();
    other.push(3);
    await tick();
    expect([ending.writes.join(''), ending.ended]).to.deep.equal(['12', true]);
    expect([abandoned.writes.join(''), abandoned.ended, other.backlog]).to.deep.equal(['', false, 0]);
  });

  it('counts how often in a row nothing was taken', async () => {
    const response = new StubbornResponse();
    const paced = new PacedResponse<number>({ response: asResponse(response), textOf: String });
    expect(paced.countStalls(), 'nothing to take').to.equal(0);
    paced.push(1);
    await tick();
    expect([paced.countStalls(), paced.countStalls(), paced.countStalls()]).to.deep.equal([0, 1, 2]);
    paced.push(2);
    response.drain();
    expect([paced.countStalls(), paced.countStalls()]).to.deep.equal([0, 1]);
    response.drain();
    expect(paced.countStalls()).to.equal(0);
  });
});

describe('a listener that reads in steps', () => {
  it('has its gap in one place: what happens before it caught up belongs to it', async () => {
    const cluster = new FakeCluster();
    const events = new EventStream(cluster, new ManualClock());
    const response = new StubbornResponse();
    events.add({ socket: new Socket() } as unknown as IncomingMessage, asResponse(response), new Set(EVENT_KINDS));
    await tick(); // the opening is written; from now on it is full
    const text = 'x'.repeat(1000);
    let emitted = 0;
    const emit = (count: number): void => {
      for (const end = emitted + count; emitted < end; emitted++) cluster.emit('task', { i: emitted, text });
    };
    emit(BACKLOG_MAX + 100);
    response.drain(); // takes some: there is room again, but 100 are missing already
    emit(50);
    while (!response.writes.at(-1)?.includes('event: lost')) {
      response.drain();
      await tick();
    }
    emit(1);
    response.drain();
    const told = [...response.writes.join('').matchAll(/"(i|count)":(\d+)/g)].map(([, name, n]) => [name, Number(n)]);
    expect(told).to.have.length(BACKLOG_MAX + 2);
    expect(told.slice(BACKLOG_MAX - 1)).to.deep.equal([
      ['i', BACKLOG_MAX - 1],
      ['count', 150],
      ['i', BACKLOG_MAX + 150],
    ]);
  });
});
