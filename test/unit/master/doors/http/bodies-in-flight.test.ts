// How many bodies may be on their way at once: large ones over real HTTP, the sum of small ones before requests that never arrive.
import { EventEmitter } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import type { FastifyRequest } from 'fastify';
import {
  BodiesInFlight,
  LARGE_BODIES_MAX,
  SMALL_BODIES_BYTES_MAX,
  SMALL_BODY_BYTES,
} from '../../../../../src/master/doors/http/bodies-in-flight.ts';
import { closeDoors, openDoor, parsed, sendJson, type OpenDoor } from '../../../../support/http-door.ts';
import { request, type Answer } from '../../../../support/http.ts';
import { eventually } from '../../../../support/wait.ts';

const CHUNKED = 'transfer-encoding: chunked';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const announcing = (bytes: number): string => `content-length: ${bytes}`;

describe('large bodies', () => {
  let door: OpenDoor;
  const clients = new Set<Socket>();
  beforeEach(async () => (door = await openDoor()));
  afterEach(async () => {
    for (const client of clients) client.destroy();
    clients.clear();
    await closeDoors();
  });

  /** Sends the head of a request, and of its body as much as is given; the door has seen the head when this returns. */
  async function begin(header: string, body = ''): Promise<{ socket: Socket; answer: () => string }> {
    const socket = connect(door.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    clients.add(socket);
    const head = ['POST /tasks HTTP/1.1', 'host: localhost', 'content-type: application/json', 'expect: 100-continue'];
    socket.write(`${[...head, header].join('\r\n')}\r\n\r\n${body}`);
    await eventually('the head is seen', () => text.startsWith(CONTINUE));
    return { socket, answer: () => text.slice(CONTINUE.length) };
  }

  const large = `["${'x'.repeat(1_000_000)}","${'x'.repeat(100_000)}"]`;
  const headers = { 'content-type': 'application/json' };
  const sendLarge = (): Promise<Answer> => request(`${door.url}/tasks`, { method: 'POST', body: large, headers });
  const isFull = async (): Promise<boolean> => (await sendLarge()).status === 503;

  for (const header of [announcing(SMALL_BODY_BYTES + 1), CHUNKED]) {
    it(`that begin with ${header} are received ${LARGE_BODIES_MAX} at a time; one more may try again later`, async () => {
      const { socket: first } = await begin(header);
      for (let i = 1; i < LARGE_BODIES_MAX; i++) await begin(header);
      const refused = await sendLarge();
      expect([refused.status, refused.headers['retry-after']]).to.deep.equal([503, '5']);
      expect(parsed(refused)).to.include({ type: 'urn:lanyard:problem:too-many-listeners' });
      expect(parsed(refused)['detail']).to.match(/too many large requests/);
      const late = await begin(CHUNKED);
      await eventually('it is refused', () => late.answer().startsWith('HTTP/1.1 503 '));
      expect((await sendJson(`${door.url}/tasks`, { type: 'fib' })).status, 'small ones come in').to.equal(202);
      first.destroy();
      await eventually('there is room again', async () => !(await isFull()));
    });
  }

  it('make room when they have arrived, also while they are still being answered', async () => {
    door.desk.delay = () => new Promise(() => undefined);
    const whole = JSON.stringify([{ type: 'fib' }]);
    for (let i = 0; i < LARGE_BODIES_MAX; i++)
      await begin(CHUNKED, `${whole.length.toString(16)}\r\n${whole}\r\n0\r\n\r\n`);
    await eventually('all are submitted', () => door.desk.submissions.length === LARGE_BODIES_MAX);
    door.desk.delay = () => Promise.resolve();
    expect((await sendLarge()).status).to.equal(202);
  });

  it('that are larger than their route allows are refused as such and not counted', async () => {
    for (let i = 0; i < LARGE_BODIES_MAX + 1; i++) {
      const { answer } = await begin(announcing(2 ** 24 + 1));
      await eventually('it is refused', () => answer().startsWith('HTTP/1.1 413 '));
    }
    expect(await isFull()).to.equal(false);
  });
});

describe('small bodies', () => {
  const requestOf = (headers: Record<string, string>): FastifyRequest & { raw: EventEmitter } => {
    const raw = Object.assign(new EventEmitter(), { headers });
    return { raw, routeOptions: { bodyLimit: SMALL_BODY_BYTES } } as unknown as FastifyRequest & { raw: EventEmitter };
  };

  it('are received as long as they are not too much in sum', () => {
    const bodies = new BodiesInFlight();
    const full = { 'content-length': SMALL_BODY_BYTES.toString() };
    const begun = Array.from({ length: SMALL_BODIES_BYTES_MAX / SMALL_BODY_BYTES }, () => requestOf(full));
    for (const one of begun) expect(bodies.begin(one)).to.equal(undefined);
    const refused = { code: 'TOO_MANY_LISTENERS' };
    expect(bodies.begin(requestOf({ 'content-length': '1' }))).to.include(refused);
    expect(bodies.begin(requestOf({ 'transfer-encoding': 'chunked' }))).to.include(refused);
    expect(bodies.begin(requestOf({})), 'none').to.equal(undefined);
    begun[0]!.raw.emit('close');
    expect(bodies.begin(requestOf({ 'transfer-encoding': 'chunked' }))).to.equal(undefined);
    expect(bodies.begin(requestOf({ 'content-length': '1' }))).to.include(refused);
  });
});
