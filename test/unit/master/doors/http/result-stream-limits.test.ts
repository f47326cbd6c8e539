// How many streams of results there may be, and what one holds for a client that reads slowly.
import { expect } from 'chai';
import { HELD_CHARS_MAX, STREAMS_MAX } from '../../../../../src/master/doors/http/result-stream.ts';
import { closeDoors, openDoor, parsed, sendJson, streamTasks, type OpenDoor } from '../../../../support/http-door.ts';
import { eventually, sleep } from '../../../../support/wait.ts';

const ACCEPT = { accept: 'application/x-ndjson' };
const fibs = (count: number): unknown[] => Array.from({ length: count }, (_, n) => ({ type: 'fib', params: { n } }));

describe('streams of results', () => {
  let door: OpenDoor;
  beforeEach(async () => (door = await openDoor()));
  afterEach(closeDoors);

  it(`are ${STREAMS_MAX} at once; of one more nothing is taken in`, async () => {
    const open = await Promise.all(Array.from({ length: STREAMS_MAX }, () => streamTasks(door.url, fibs(1))));
    const refused = await sendJson(`${door.url}/tasks`, fibs(1), { headers: ACCEPT });
    expect([refused.status, refused.headers['retry-after']]).to.deep.equal([503, '5']);
    expect(parsed(refused)).to.include({ type: 'urn:lanyard:problem:too-many-listeners' });
    expect(door.desk.ids).to.have.length(STREAMS_MAX);
    expect((await sendJson(`${door.url}/tasks`, fibs(1))).status, 'without a stream').to.equal(202);

    open[0]!.leave();
    await eventually('its task is cancelled', () => door.desk.cancelled.length === 1);
    expect((await streamTasks(door.url, fibs(1))).response.statusCode).to.equal(200);
    door.desk.end('t2');
    await Promise.race(open.slice(1).map((results) => results.end()));
    expect((await streamTasks(door.url, fibs(1))).response.statusCode).to.equal(200);
    expect((await streamTasks(door.url, fibs(1))).response.statusCode).to.equal(503);
  });

  it('that are refused for another reason leave room', async () => {
    door.desk.refusing.set('full', { code: 'QUEUE_FULL', message: '9 wait' });
    for (let i = 0; i <= STREAMS_MAX; i++) {
      const refused = await sendJson(`${door.url}/tasks`, { type: 'full' }, { headers: ACCEPT });
      expect(refused.status).to.equal(429);
    }
  });

  it('tell an end also when the result is not kept for a moment', async () => {
    const results = await streamTasks(door.url, fibs(5000));
    for (const id of door.desk.ids) {
      door.desk.end(id, { value: id });
      door.desk.forget(id);
    }
    await results.end();
    expect(results.json().map(({ result }) => result)).to.deep.equal(
      Array.from({ length: 5000 }, (_, i) => `t${i + 1}`),
    );
  });

  it('hold a bounded text for a client that does not read, and ask the desk for the rest when it does', async function () {
    this.timeout(20_000);
    const value = 'x'.repeat(100_000);
    const results = await streamTasks(door.url, fibs(401));
    results.response.pause();
    const ids = door.desk.ids;
    for (const id of ids.slice(0, 200)) door.desk.end(id, { value });
    await sleep(300); // what fits is in the buffers of the sockets
    for (const id of ids.slice(200, 400)) door.desk.end(id, { value });
    for (const id of ids.slice(300, 400)) door.desk.forget(id);
    results.response.resume();
    await results.until(400);
    door.desk.end(ids[400]!, { value });
    await eventually('the stream ends', () => results.ended, 15_000);
    const lines = results.json();
    expect(lines.map(({ index }) => index)).to.deep.equal(Array.from({ length: 401 }, (_, i) => i));
    const isTold = lines.map(({ result }) => result === value);
    const held = Math.ceil(HELD_CHARS_MAX / value.length) + 1;
    expect(isTold.slice(0, 300), 'those that are kept').not.to.include(false);
    expect(isTold.slice(300, 400).filter(Boolean).length, 'those that are not').to.be.at.most(held);
    expect(lines[399]).to.nested.include({ id: 't400', 'error.status': 404 });
    expect(isTold[400], 'one that ends when it has caught up').to.equal(true);
  });
});
