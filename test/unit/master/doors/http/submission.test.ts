// POST /tasks over real HTTP: one task, many tasks, what is refused, and the key that makes it safe to send again.
import { expect } from 'chai';
import { closeDoors, openDoor, parsed, sendJson, type OpenDoor } from '../../../../support/http-door.ts';
import { request, type Answer } from '../../../../support/http.ts';

const FIB = { type: 'fib', params: { n: 80 } };

describe('POST /tasks', () => {
  let door: OpenDoor;
  beforeEach(async () => (door = await openDoor()));
  afterEach(closeDoors);

  const post = (value: unknown, headers?: Record<string, string>): Promise<Answer> =>
    sendJson(`${door.url}/tasks`, value, headers && { headers });
  const problem = (answer: Answer): [number, string] => [answer.status, String(parsed(answer)['detail'])];

  it('takes one task and says where it is found', async () => {
    const answer = await post({ ...FIB, priority: 'high', timeoutMs: 500, retries: 1 });
    expect([answer.status, answer.headers['location']]).to.deep.equal([202, '/tasks/t1']);
    expect(parsed(answer)).to.deep.equal({ id: 't1', href: '/tasks/t1', durable: false });
    const { request: asked, submitter } = door.desk.all.get('t1')!;
    expect(asked).to.deep.equal({
      type: 'fib',
      given: { form: 'json', values: { n: 80 } },
      priority: 'high',
      timeoutMs: 500,
      waitTimeoutMs: Infinity,
      runTimeoutMs: Infinity,
      retries: 1,
    });
    expect(submitter).to.equal('127.0.0.1');
  });

  it('takes many tasks, and what cannot be taken costs only itself', async () => {
    door.desk.refusing.set('full', { code: 'QUEUE_FULL', message: '9 wait', details: { queueLength: 9 } });
    const answer = await post([FIB, { type: 'fib', timeout: 5 }, 7, { type: 'full' }, FIB]);
    expect(answer.status).to.equal(202);
    const { tasks, durable } = parsed(answer) as { tasks: Record<string, unknown>[]; durable: boolean };
    expect(durable).to.equal(false);
    expect([tasks[0], tasks[4], tasks.length]).to.deep.equal([
      { id: 't1', href: '/tasks/t1' },
      { id: 't2', href: '/tasks/t2' },
      5,
    ]);
    expect(tasks[1]).to.nested.include({ 'error.status': 400, 'error.type': 'urn:lanyard:problem:bad-parameter' });
    expect(tasks[1]).to.have.nested.property('error.detail').that.contains('unknown member timeout');
    expect(tasks[2]).to.nested.include({ 'error.status': 400 });
    expect(tasks[3]).to.nested.include({ 'error.status': 429, 'error.queueLength': 9, 'error.detail': '9 wait' });
  });

  it('answers an array of one with an array', async () => {
    expect(parsed(await post([FIB]))).to.deep.equal({ tasks: [{ id: 't1', href: '/tasks/t1' }], durable: false });
  });

  it('answers a single task that is refused with that problem', async () => {
    const details = { queueLength: 9, retryAfterS: 4 };
    door.desk.refusing.set('full', { code: 'QUEUE_FULL', message: '9 wait', details });
    const refused = await post({ type: 'full' });
    expect([refused.status, refused.headers['retry-after']]).to.deep.equal([429, '4']);
    expect(parsed(refused)).to.include({ queueLength: 9, title: 'The queue is full' });
    const [status, detail] = problem(await post({ type: 'fib', retries: -1 }));
    expect([status, detail]).to.deep.equal([400, 'retries must be a whole number from 0 to 100; got -1']);
    expect(door.desk.ids).to.deep.equal([]);
  });

  it('answers an array for which the queue has no room at all with that problem', async () => {
    const details = { queueLength: 9, retryAfterS: 4 };
    door.desk.refusing.set('full', { code: 'QUEUE_FULL', message: '9 wait', details });
    const key = { 'idempotency-key': 'batch' };
    for (const headers of [{}, key, { accept: 'application/x-ndjson' }]) {
      const refused = await post([{ type: 'full' }, { type: 'full' }], headers);
      expect([refused.status, refused.headers['retry-after']]).to.deep.equal([429, '4']);
      expect(parsed(refused)).to.include({ queueLength: 9, detail: '9 wait' });
    }
    for (const mixed of [
      [{ type: 'full' }, FIB],
      [{ type: 'full' }, 7],
      [7, 7],
    ])
      expect((await post(mixed)).status).to.equal(202);
  });

  it('refuses what is no task and no list of tasks, with an example', async () => {
    for (const value of [7, null, 'fib', true]) {
      const [status, detail] = problem(await post(value));
      expect(status).to.equal(400);
      expect(detail).to.match(/\{"type": "fib", "params": \{"n": 80\}\}, or an array of 1 to 10000/);
    }
    expect(problem(await post([]))[1]).to.match(/the array is empty/);
    const bare = await request(`${door.url}/tasks`, { method: 'POST' });
    expect(bare.status).to.equal(400);
    expect(bare.body).to.contain('content-type: application/json');
    const empty = await request(`${door.url}/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    expect(empty.status).to.equal(400);
    expect(door.desk.submissions).to.have.length(0);
  });

  it('takes 10 000 tasks in one request and not one more', async function () {
    this.timeout(20_000);
    const tasks = Array.from({ length: 10_000 }, (_, n) => ({ type: 'fib', params: { n } }));
    const { tasks: places } = parsed(await post(tasks)) as { tasks: { id: string }[] };
    expect([places.length, places[9999]!.id]).to.deep.equal([10_000, 't10000']);
    const refused = await post([...tasks, FIB]);
    expect(problem(refused)).to.deep.equal([
      413,
      '10001 tasks in one request; at most 10000 are taken: send several requests',
    ]);
    expect(parsed(refused)).to.include({ tasks: 10_001, tasksMax: 10_000 });
    expect(door.desk.submissions).to.have.length(1);
  });

  it('takes a body of up to 16 MiB, while other routes keep to 1 MiB', async function () {
    this.timeout(20_000);
    const text = 'x'.repeat(100_000);
    const tasks = Array.from({ length: 150 }, () => ({ type: 'reverse', params: { text } }));
    expect((await post(tasks)).status).to.equal(202);
    const tooLarge = { 'content-type': 'application/json', 'content-length': (16 * 1024 * 1024 + 1).toString() };
    const refused = await request(`${door.url}/tasks`, { method: 'POST', headers: tooLarge });
    expect(problem(refused)).to.deep.equal([413, 'the body is larger than 16777216 bytes']);
    const other = await request(`${door.url}/algorithm`, { method: 'PUT', headers: tooLarge });
    expect(problem(other)).to.deep.equal([413, 'the body is larger than 1048576 bytes']);
  });

  it('refuses in words, unparsed, what would take seconds to parse', async function () {
    this.timeout(20_000);
    const send = (path: string, method: string, body: string): Promise<Answer> =>
      request(door.url + path, { method, body, headers: { 'content-type': 'application/json' } });
    const members = Array.from({ length: 900_000 }, (_, i) => `"k${i}":1`).join(',');
    const values = Array.from({ length: 26 }, () => `[${'1,'.repeat(9999)}1]`).join(',');
    for (const [body, status, detail] of [
      [`{"type":"fib","params":{${members}}}`, 413, /^the body has 10\d+ bytes; at most 1048576 are taken, unless/],
      [`[{"type":"fib","params":{${members}}}]`, 413, /^the task at index 0 has more than 20000 values at all levels$/],
      [`[${values}]`, 413, /^the body has more than 250000 values at all levels: send several requests$/],
      [`[7,"${'x'.repeat(2 ** 20)}"]`, 413, /^the task at index 1 has 1048578 bytes; at most 1048576 are taken/],
      ['['.repeat(2 ** 24), 400, /^the task at index 0 is nested more than 32 levels deep$/],
    ] as const) {
      const answer = await send('/tasks', 'POST', body);
      expect(problem(answer)[0]).to.equal(status);
      expect(problem(answer)[1]).to.match(detail);
    }
    const algorithm = await send('/algorithm', 'PUT', '{"name":'.repeat(100_000));
    expect(problem(algorithm)).to.deep.equal([400, 'the body is nested more than 32 levels deep']);
    expect(door.desk.submissions).to.have.length(0);
  });

  it('answers 503 while the master shuts down', async () => {
    door.cluster.isOpen = false;
    const answer = await post([FIB]);
    expect([answer.status, answer.headers['retry-after']]).to.deep.equal([503, '5']);
    expect(door.desk.ids).to.deep.equal([]);
  });

  describe('with an Idempotency-Key', () => {
    const key = (value: string): Record<string, string> => ({ 'idempotency-key': value });

    it('answers the same request with the same tasks, and says so', async () => {
      const first = await post([FIB, 7], key('order-1'));
      expect(first.headers['idempotency-replayed']).to.equal(undefined);
      const again = await post([FIB, 7], key('order-1'));
      expect([again.status, again.headers['idempotency-replayed'], again.body]).to.deep.equal([
        202,
        'true',
        first.body,
      ]);
      expect(door.desk.ids).to.deep.equal(['t1']);
      const [one, two] = door.desk.submissions;
      expect(one!.idempotencyKey).to.equal('order-1');
      expect(one!.fingerprint)
        .to.match(/^.{43}$/)
        .and.to.equal(two!.fingerprint);
    });

    it('answers one task with one task', async () => {
      const bodies = [await post(FIB, key('a')), await post(FIB, key('a'))].map(({ body }) => body);
      expect(bodies[0]).to.equal(bodies[1]).and.to.equal('{"id":"t1","href":"/tasks/t1","durable":false}');
    });

    it('that came with another request answers 422', async () => {
      await post(FIB, key('a'));
      for (const other of [{ type: 'fib', params: { n: 81 } }, [FIB]]) {
        const refused = await post(other, key('a'));
        expect(refused.status).to.equal(422);
        expect(parsed(refused)).to.include({ type: 'urn:lanyard:problem:key-reused' });
      }
      expect((await post({ type: 'fib', params: { n: 81 } }, key('b'))).status).to.equal(202);
    });

    it('of another shape answers 400', async () => {
      expect((await post(FIB, key('x'.repeat(256)))).status).to.equal(202);
      for (const bad of ['', 'a b', 'x'.repeat(257), 'é']) {
        const [status, detail] = problem(await post(FIB, key(bad)));
        expect(status).to.equal(400);
        expect(detail).to.match(/^Idempotency-Key must be 1 to 256 visible ASCII characters/);
      }
    });
  });
});
