// GET /events over real HTTP: what a listener hears, what it misses when it reads slowly, and who may listen.
import { expect } from 'chai';
import { BACKLOG_MAX, HEARTBEAT_MS, LISTENERS_MAX } from '../../../../../src/master/doors/http/event-stream.ts';
import { EventHub } from '../../../../../src/master/observe/event-hub.ts';
import { EndWatchers } from '../../../../../src/master/submissions/end-watchers.ts';
import { closeDoors, openDoor, parsed, stream, type OpenDoor, type Streaming } from '../../../../support/http-door.ts';
import { request } from '../../../../support/http.ts';
import { eventually, sleep } from '../../../../support/wait.ts';

interface Heard {
  readonly event: string;
  readonly id: string;
  readonly data: Record<string, unknown>;
}

/** The events of a stream, as a browser would tell them. */
function heard({ text }: Streaming): Heard[] {
  const frames = text.split('\n\n').slice(0, -1);
  const fields = frames.map(
    (frame) => new Map(frame.split('\n').map((line) => line.split(/: ?(.*)/s, 2) as [string, string])),
  );
  return fields
    .filter((frame) => frame.has('data'))
    .map((frame) => ({
      event: frame.get('event') ?? 'message',
      id: frame.get('id') ?? '',
      data: JSON.parse(frame.get('data')!) as Record<string, unknown>,
    }));
}

describe('the stream of events', () => {
  let door: OpenDoor;
  beforeEach(async () => (door = await openDoor()));
  afterEach(closeDoors);

  async function listen(query = ''): Promise<Streaming> {
    const listener = await stream(`${door.url}/events${query}`);
    if (listener.response.statusCode === 200) await listener.until(1);
    return listener;
  }

  it('opens at once, with a comment and when to come back', async () => {
    const listener = await listen();
    expect(listener.response.headers).to.include({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    expect(listener.text).to.equal(': events of slave, task, progress, autoscale\nretry: 2000\n\n');
  });

  it('tells every change with kind, number and data, to all who listen', async () => {
    const listeners = [await listen(), await listen()];
    door.cluster.emit('slave', { id: 'a', name: 's1', from: 'ready', to: 'gone', reason: 'died' });
    door.cluster.emit('task', { id: 't1', state: 'done' });
    door.cluster.emit('progress', { id: 't1', ratio: 0.5, message: 'line 1\nline 2' });
    for (const listener of listeners) {
      await eventually('three events', () => heard(listener).length === 3);
      expect(heard(listener)).to.deep.equal([
        { event: 'slave', id: '1', data: { id: 'a', name: 's1', from: 'ready', to: 'gone', reason: 'died' } },
        { event: 'task', id: '2', data: { id: 't1', state: 'done' } },
        { event: 'progress', id: '3', data: { id: 't1', ratio: 0.5, message: 'line 1\nline 2' } },
      ]);
    }
  });

  it('tells changes of replicas, as the hub of events hears them', async () => {
    const hub = new EventHub(new EndWatchers(), () => expect.fail('no task ends'));
    const stop = hub.subscribe(({ kind, data }) => door.cluster.emit(kind, data));
    const listener = await listen('?kinds=autoscale');
    const change = { at: '2026-01-01T00:00:00.000Z', from: 1, to: 3, reason: '5 wait' };
    door.cluster.emit('slave', { id: 'a' });
    hub.onAutoscale('web', change);
    stop();
    hub.onAutoscale('web', change);
    await eventually('one event', () => heard(listener).length === 1);
    expect(heard(listener)).to.deep.equal([{ event: 'autoscale', id: '2', data: { group: 'web', ...change } }]);
  });

  it('tells only the kinds that were asked for', async () => {
    const listener = await listen('?kinds=slave,progress');
    door.cluster.emit('task', { id: 't1' });
    door.cluster.emit('slave', { id: 'a' });
    await eventually('one event', () => heard(listener).length === 1);
    expect(heard(listener)).to.deep.equal([{ event: 'slave', id: '2', data: { id: 'a' } }]);
  });

  it('makes text of an event once for all who want it, and none when nobody does', async () => {
    let made = 0;
    const data = { toJSON: () => ({ count: ++made }) };
    const listeners = [await listen('?kinds=slave'), await listen('?kinds=slave,task')];
    door.cluster.emit('progress', data);
    expect(made).to.equal(0);
    door.cluster.emit('task', data);
    door.cluster.emit('slave', data);
    expect(made).to.equal(2);
    for (const listener of listeners) {
      await eventually('the last event', () => heard(listener).at(-1)?.id === '3');
      expect(heard(listener).at(-1)).to.deep.equal({ event: 'slave', id: '3', data: { count: 2 } });
    }
  });

  it('refuses kinds and names that do not exist', async () => {
    for (const [query, says] of [
      ['?kinds=slaves', /kinds must be one of slave, task, progress, autoscale, snapshot; got slaves/],
      ['?kinds=', /kinds must be one of .* got nothing/],
      ['?kind=slave', /unknown name kind in the URL: expected kinds/],
    ] as const) {
      const answer = await request(`${door.url}/events${query}`);
      expect(answer.status).to.equal(400);
      expect(parsed(answer)['detail']).to.match(says);
    }
    expect((await request(`${door.url}/events`, { method: 'HEAD' })).status).to.equal(405);
  });

  it('asks the cluster only while someone listens, once for all', async () => {
    expect(door.cluster.subscriptions).to.equal(0);
    const [one, two] = [await listen(), await listen()];
    expect([door.cluster.subscriptions, door.cluster.listeners.size]).to.deep.equal([1, 1]);
    one.leave();
    await sleep(20);
    expect(door.cluster.listeners.size).to.equal(1);
    two.leave();
    await eventually('nobody listens', () => door.cluster.listeners.size === 0);
    const three = await listen();
    door.cluster.emit('task', { id: 't1' });
    await eventually('it is heard', () => heard(three).length === 1);
    expect(door.cluster.subscriptions).to.equal(2);
  });

  it('sends a comment every 15 s', async () => {
    const listener = await listen();
    const before = listener.text;
    door.clock.advance(HEARTBEAT_MS - 1);
    await request(`${door.url}/ok`);
    expect(listener.text).to.equal(before);
    door.clock.advance(1);
    await eventually('a comment', () => listener.text === `${before}:\n\n`);
    door.clock.advance(HEARTBEAT_MS);
    await eventually('another', () => listener.text === `${before}:\n\n:\n\n`);
  });

  /** Emits so many events, some each tick, that the listener could take in if it read. */
  async function emit(count: number, bytes: number): Promise<void> {
    const text = 'x'.repeat(bytes);
    for (let i = 0; i < count; i++) {
      door.cluster.emit('task', { i, text });
      if (i % 500 === 499) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it('loses nothing of a burst that the listener reads', async function () {
    this.timeout(20_000);
    const listener = await listen();
    await emit(3 * BACKLOG_MAX, 10);
    await eventually('all events', () => heard(listener).length >= 3 * BACKLOG_MAX, 15_000);
    expect(heard(listener).every(({ event, data }, i) => event === 'task' && data['i'] === i)).to.equal(true);
  });

  it('keeps 10 000 events for a slow listener, counts the rest, says how many, and goes on', async function () {
    this.timeout(30_000);
    const slow = await listen();
    const quick = await listen();
    slow.response.pause();
    await emit(3000, 4000); // fills the buffers of the sockets
    await emit(BACKLOG_MAX + 5000, 10);
    slow.response.resume();
    await eventually('it is told', () => slow.text.includes('event: lost'), 15_000);
    door.cluster.emit('task', { i: 'after' });
    await eventually('the next event', () => slow.text.includes('"after"'));
    const events = heard(slow);
    const lostAt = events.findIndex(({ event }) => event === 'lost');
    const lost = events[lostAt]!.data['count'] as number;
    expect(lost, 'the buffers of the sockets hold some more').to.be.within(1, 8000);
    expect(events.length - 1 + lost, 'every event is told or counted').to.equal(3000 + BACKLOG_MAX + 5000 + 1);
    expect(lostAt, 'the gap is in one place, where it was').to.equal(events.length - 2);
    expect(Number(events.at(-1)!.id) - Number(events[lostAt - 1]!.id)).to.equal(lost + 1);
    await eventually('the quick one has all', () => heard(quick).length === 3000 + BACKLOG_MAX + 5001, 10_000);
  });

  it('cuts off a listener that reads nothing for minutes', async function () {
    this.timeout(20_000);
    const stuck = await listen();
    stuck.response.pause();
    await emit(3000, 4000);
    await sleep(200);
    for (let i = 0; i < 12; i++) door.clock.advance(HEARTBEAT_MS);
    await eventually('it is cut off', () => door.cluster.listeners.size === 0);
  });

  it('has room for 100 listeners and tells one more to come back', async () => {
    const listeners = await Promise.all(Array.from({ length: LISTENERS_MAX }, () => listen()));
    const refused = await request(`${door.url}/events`);
    expect([refused.status, refused.headers['retry-after']]).to.deep.equal([503, '5']);
    expect(parsed(refused)).to.include({ type: 'urn:lanyard:problem:too-many-listeners' });
    listeners[0]!.leave();
    await eventually('there is room again', async () => {
      const next = await listen();
      return next.response.statusCode === 200;
    });
  });

  it('ends when the door closes, which does not wait for it', async () => {
    const listeners = [await listen(), await listen()];
    door.cluster.emit('task', { id: 'last' });
    const closedAt = performance.now();
    await door.door.close();
    expect(performance.now() - closedAt).to.be.below(500);
    for (const listener of listeners) {
      await listener.end();
      expect(heard(listener).map(({ data }) => data['id'])).to.deep.equal(['last']);
    }
    expect(door.cluster.listeners.size).to.equal(0);
  });
});
