// Snapshots as events: at once, at a pace, once for all, only for those who asked, and never more than a listener takes.
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect } from 'chai';
import type { Snapshot } from '../../../../../src/common/feed/feed.ts';
import { ManualClock } from '../../../../../src/common/time/manual-clock.ts';
import { EventStream, type StreamKind } from '../../../../../src/master/doors/http/event-stream.ts';
import { INTERVAL_MS_MIN, UNCHANGED_MS } from '../../../../../src/master/doors/http/snapshot-stream.ts';
import { FakeCluster, fakeRow } from '../../../../support/fake-cluster.ts';

/** A client that reads all, or nothing until it is told to. */
class Listener extends EventEmitter {
  readonly socket = new Socket();
  text = '';
  reads = true;

  write(text: string): boolean {
    this.text += text;
    return this.reads;
  }

  end(): void {
    this.text += '(end)';
  }

  /** Takes what was written. */
  drain(): void {
    this.emit('drain');
  }

  leave(): void {
    this.socket.destroy();
    this.socket.emit('close');
  }

  get snapshots(): Snapshot[] {
    const frames = this.text.split('\n\n').filter((frame) => frame.startsWith('event: snapshot\n'));
    return frames.map((frame) => JSON.parse(/^data: (.*)$/m.exec(frame)![1]!) as Snapshot);
  }

  /** What each of them says waits. */
  get queued(): number[] {
    return this.snapshots.map(({ queued }) => queued);
  }
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('snapshots as events', () => {
  let cluster: FakeCluster;
  let clock: ManualClock;
  let stream: EventStream;

  beforeEach(() => {
    cluster = new FakeCluster();
    clock = new ManualClock();
    stream = new EventStream(cluster, clock);
    clock.advance(10_000);
  });

  async function listen(kinds: StreamKind[] = ['snapshot'], reads = true): Promise<Listener> {
    const listener = new Listener();
    listener.reads = reads;
    const request = { socket: listener.socket } as unknown as IncomingMessage;
    stream.add(request, listener as unknown as ServerResponse, new Set(kinds));
    await tick();
    return listener;
  }

  /** Time passes in small steps, in each of which something else waits. */
  async function pass(ms: number, changing = true): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      if (changing) cluster.feed.now = { ...cluster.feed.now, queued: cluster.feed.now.queued + 1 };
      clock.advance(50);
      await tick();
    }
  }

  it('come at once, whole', async () => {
    cluster.feed.now = { ...cluster.feed.now, slaves: [fakeRow('s1')], queued: 3 };
    const listener = await listen();
    expect(listener.snapshots).to.deep.equal([cluster.feed.now]);
    expect(listener.text).to.match(/^: events of snapshot\nretry: 2000\n\nevent: snapshot\ndata: \{"at":.*\}\n\n$/);
  });

  it('come four times a second while something changes, made once for all', async () => {
    const listeners = [await listen(), await listen(), await listen(['snapshot', 'slave'])];
    await pass(2000);
    expect(cluster.feed.made, 'one at once, then eight').to.equal(9);
    for (const { snapshots } of listeners) expect(snapshots).to.have.length(9);
  });

  it('come once a second while nothing changes but the time', async () => {
    const listener = await listen();
    for (let i = 0; i < 40; i++) {
      cluster.feed.now = { ...cluster.feed.now, at: i };
      await pass(UNCHANGED_MS / 10, false);
    }
    expect(listener.snapshots.length).to.be.within(4, 5);
    cluster.feed.now = { ...cluster.feed.now, queued: 9 };
    clock.advance(INTERVAL_MS_MIN);
    await tick();
    expect(listener.queued.at(-1), 'a change is told at the next step').to.equal(9);
  });

  it('come more slowly the more slaves there are', async () => {
    for (const [slaves, expected] of [
      [100, 40],
      [1000, 10],
      [2000, 5],
    ] as const) {
      cluster.feed.now = {
        ...cluster.feed.now,
        slaves: Array.from({ length: slaves }, (_none, i) => fakeRow(`s${i}`)),
      };
      const listener = await listen();
      await pass(10_000);
      expect(listener.snapshots.length - 1, `${slaves} slaves`).to.equal(expected);
      listener.leave();
      clock.advance(10_000);
    }
  });

  it('are made only while somebody wants them', async () => {
    const other = await listen(['slave', 'task', 'progress']);
    await pass(1000);
    expect([cluster.feed.made, other.snapshots]).to.deep.equal([0, []]);
    const listener = await listen();
    listener.leave();
    await pass(1000);
    expect(cluster.feed.made).to.equal(1);
  });

  it('cost nothing more when listeners come and go quickly', async () => {
    for (let i = 0; i < 100; i++) (await listen()).leave();
    expect(cluster.feed.made).to.equal(1);
    await pass(INTERVAL_MS_MIN);
    const late = await listen();
    expect([cluster.feed.made, late.queued]).to.deep.equal([2, [5]]);
  });

  it('keep one pace for all, whoever was here before', async () => {
    for (let i = 0; i < 3; i++) {
      (await listen()).leave();
      await pass(100);
    }
    await listen();
    const before = cluster.feed.made;
    await pass(2000);
    expect(cluster.feed.made - before).to.equal(8);
  });

  it('skip a listener that has not taken the last one, and give it the newest when it has', async () => {
    const quick = await listen();
    const slow = await listen(['snapshot'], false);
    await pass(3000);
    expect([quick.snapshots.length, slow.snapshots.length]).to.deep.equal([13, 1]);
    slow.drain();
    await pass(INTERVAL_MS_MIN);
    expect(slow.queued).to.deep.equal([0, 65]);
    quick.leave();
    const before = cluster.feed.made;
    await pass(5000);
    expect(cluster.feed.made, 'none is made when nobody would take it').to.equal(before);
  });

  it('tell a listener that was busy for one beat of a change in it, though nothing changes after', async () => {
    const [quick, busy] = [await listen(), await listen(['snapshot'], false)];
    cluster.feed.now = { ...cluster.feed.now, queued: 7 };
    await pass(INTERVAL_MS_MIN, false);
    expect([quick.queued, busy.queued]).to.deep.equal([[0, 7], [0]]);
    busy.drain();
    await pass(INTERVAL_MS_MIN, false);
    expect([quick.queued, busy.queued]).to.deep.equal([
      [0, 7],
      [0, 7],
    ]);
  });

  it('do not make the cluster tell its changes', async () => {
    const listener = await listen();
    expect([cluster.subscriptions, cluster.listeners.size]).to.deep.equal([0, 0]);
    const both = await listen(['snapshot', 'task']);
    expect(cluster.listeners.size).to.equal(1);
    cluster.emit('task', { id: 't1' });
    await tick();
    expect([listener.text.includes('event: task'), both.text.includes('event: task')]).to.deep.equal([false, true]);
    both.leave();
    expect(cluster.listeners.size).to.equal(0);
    await pass(1000);
    expect(listener.snapshots.length).to.be.greaterThan(3);
  });

  it('end when the door closes', async () => {
    const listener = await listen();
    stream.close();
    await tick();
    await pass(1000);
    expect([listener.snapshots.length, listener.text.endsWith('(end)'), cluster.feed.made]).to.deep.equal([1, true, 1]);
  });
});
