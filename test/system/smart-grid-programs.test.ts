// substation.mjs and gateway.mjs of examples/smart-grid by themselves: nobody is charged twice, and what is asked wrongly is said.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { valueOf } from '../../examples/smart-grid/sessions.ts';
import { endPrograms, type ExampleProgram, refusalOf, startProgram } from '../support/example-program.ts';
import { request, type Answer } from '../support/http.ts';
import { eventually } from '../support/wait.ts';

const SUBSTATION = 'examples/smart-grid/substation.mjs';
const GATEWAY = 'examples/smart-grid/gateway.mjs';
const QUICK = { SUBSTATION_NAME: 'north', CHARGE_MIN_MS: '1', CHARGE_MAX_MS: '1' };
/** Longer than any test: it is still charging whenever the test looks. */
const SLOW = { SUBSTATION_NAME: 'south', CHARGE_MIN_MS: '600000', CHARGE_MAX_MS: '600000' };

const metricOf = async ({ url }: ExampleProgram, name: string): Promise<number | undefined> =>
  valueOf((await request(`${url}/metrics`)).body, name);

function post(url: string, body: unknown, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return request(url, { method: 'POST', headers, body: text, ...(signal && { signal }) });
}

describe('a substation of examples/smart-grid', () => {
  let quick: ExampleProgram;
  let slow: ExampleProgram;

  before(async () => {
    [quick, slow] = await Promise.all([startProgram(SUBSTATION, QUICK), startProgram(SUBSTATION, SLOW)]);
  });
  after(endPrograms);

  const charge = ({ url }: ExampleProgram, key: string, signal?: AbortSignal): Promise<Answer> =>
    post(`${url}/charge`, { vehicleId: 'ev-1', kWh: 50 }, { 'idempotency-key': key }, signal);
  const sessions = (count: number): Promise<boolean> =>
    eventually(`${count} sessions`, async () => (await metricOf(slow, 'substation_active_sessions')) === count);

  it('charges, says so in a line, and charges nothing for a key that it has seen', async () => {
    const [first, second] = [await charge(quick, 'once'), await charge(quick, 'once')];
    expect(JSON.parse(first.body)).to.deep.equal({ substation: 'north', vehicleId: 'ev-1', kWh: 50, seconds: 0.001 });
    expect([second.status, second.body]).to.deep.equal([200, first.body]);
    expect(await metricOf(quick, 'substation_charges_total')).to.equal(1);
    expect(await metricOf(quick, 'substation_charged_kwh_total')).to.equal(50);
    expect(quick.read.output.match(/"charged":"once"/g)).to.have.length(1);
  });

  it('charges several at once, a key that is under way only once, and breaks off what nobody waits for', async () => {
    const [one, same, other] = [new AbortController(), new AbortController(), new AbortController()];
    const asked = [charge(slow, 'a', one.signal), charge(slow, 'a', same.signal), charge(slow, 'b', other.signal)];
    const broken = Promise.allSettled(asked);
    await eventually(
      'the repeat is seen',
      async () => (await metricOf(slow, 'substation_repeated_requests_total')) === 1,
    );
    await sessions(2);
    one.abort();
    other.abort();
    await sessions(1); // somebody still waits for "a"
    same.abort();
    await sessions(0);
    expect(await metricOf(slow, 'substation_broken_off_total')).to.equal(2);
    expect(await metricOf(slow, 'substation_charges_total')).to.equal(0);
    expect((await broken).every(({ status }) => status === 'rejected')).to.equal(true);
  });

  it('refuses a charge without a key, and one that is none', async () => {
    const bad = [
      post(`${quick.url}/charge`, { vehicleId: 'ev-1', kWh: 5 }),
      post(`${quick.url}/charge`, { vehicleId: 'ev-1', kWh: 101 }, { 'idempotency-key': 'k' }),
      post(`${quick.url}/charge`, '{', { 'idempotency-key': 'k' }),
      post(`${quick.url}/charge`, `"${'x'.repeat(5000)}"`, { 'idempotency-key': 'k' }),
    ];
    expect((await Promise.all(bad)).map(({ status }) => status)).to.deep.equal([400, 400, 400, 400]);
    expect((await request(`${quick.url}/charges`)).status).to.equal(404);
  });

  it('an environment that will not do is refused with a sentence', async () => {
    expect(await refusalOf(SUBSTATION, { PORT: 'x' })).to.equal('PORT is a whole number from 0 to 65535, not "x".\n');
    expect(await refusalOf(GATEWAY, { MASTER: 'ftp://m' })).to.match(/^MASTER is the URL of a master, .* not "ftp:/);
  });
});

describe('the gateway of examples/smart-grid', () => {
  let gateway: ExampleProgram;
  let master: Server;
  const seen: { url: string; key: string; body: string }[] = [];
  let answer: (res: ServerResponse) => void;

  before(async () => {
    master = createServer((req: IncomingMessage, res) => {
      let body = '';
      req.on('data', (chunk: Buffer) => (body += chunk.toString()));
      req.on('end', () => {
        seen.push({ url: req.url ?? '', key: String(req.headers['idempotency-key']), body });
        answer(res);
      });
    }).listen(0, '127.0.0.1');
    await once(master, 'listening');
    gateway = await startProgram(GATEWAY, { MASTER: `http://127.0.0.1:${(master.address() as AddressInfo).port}` });
  });
  beforeEach(() => {
    seen.length = 0;
    answer = (res) => res.end('{"substation":"north"}');
  });
  after(() => {
    endPrograms();
    master.closeAllConnections();
    master.close();
  });

  const ask = (body: unknown, headers?: Record<string, string>): Promise<Answer> =>
    post(`${gateway.url}/request_charge`, body, headers);

  it('posts a charge through the forward door, with a key of its own for each, or the one that came with it', async () => {
    for (const headers of [{}, {}, { 'idempotency-key': 'mine' }])
      expect((await ask({ vehicleId: 'ev-1', kWh: 30 }, headers)).status).to.equal(200);
    const [first, second, third] = seen;
    expect(first).to.include({ url: '/services/substation/charge', body: '{"vehicleId":"ev-1","kWh":30}' });
    expect(first?.key)
      .to.match(/^[0-9a-f-]{36}$/)
      .and.not.to.equal(second?.key);
    expect(third?.key).to.equal('mine');
    expect((await request(`${gateway.url}/metrics`)).body).to.contain('gateway_charges_total{substation="north"} 3');
  });

  it('refuses what is no request for a charge, and says what is wrong', async () => {
    const detailOf = async (body: unknown, headers?: Record<string, string>): Promise<string> => {
      const { status, headers: got, body: text } = await ask(body, headers);
      expect(status).to.equal(400);
      expect(got['content-type']).to.equal('application/problem+json');
      return (JSON.parse(text) as { detail: string }).detail;
    };
    expect(await detailOf('nonsense')).to.contain('JSON object');
    expect(await detailOf([])).to.contain('JSON object');
    expect(await detailOf(`"${'x'.repeat(5000)}"`)).to.contain('at most 4096 bytes');
    expect(await detailOf({ kWh: 30 }))
      .to.contain('vehicleId')
      .and.to.contain('undefined');
    expect(await detailOf({ vehicleId: 'a b', kWh: 30 })).to.contain('not "a b"');
    for (const kWh of [0, -1, 101, '30', null])
      expect(await detailOf({ vehicleId: 'ev-1', kWh })).to.contain(`not ${JSON.stringify(kWh)}`);
    expect(await detailOf({ vehicleId: 'ev-1', kWh: 30, now: true })).to.contain('"now"');
    expect(await detailOf({ vehicleId: 'ev-1', kWh: 30 }, { 'idempotency-key': 'x'.repeat(201) })).to.contain('200');
    expect(seen).to.deep.equal([]);
  });

  it("hands on the master's refusal with its words, and says when there is no sense or no answer", async () => {
    answer = (res) => res.writeHead(503, { 'retry-after': '7' }).end('{"detail":"all are full"}');
    const refused = await ask({ vehicleId: 'ev-1', kWh: 30 });
    expect([refused.status, refused.headers['retry-after']]).to.deep.equal([503, '7']);
    expect(refused.body).to.contain('all are full');
    answer = (res) => res.end('<html>');
    expect((await ask({ vehicleId: 'ev-1', kWh: 30 })).status).to.equal(502);
    answer = (res) => res.destroy();
    const broken = await ask({ vehicleId: 'ev-1', kWh: 30 });
    expect(broken.status).to.equal(502);
    expect(broken.body).to.contain('did not answer');
    expect(seen).to.have.length(3); // the gateway itself asks once: a second try is the master's
  });

  it('a vehicle that goes away ends the question', async () => {
    let closed = false;
    answer = (res) => res.once('close', () => (closed = true));
    const gone = new AbortController();
    const asked = post(`${gateway.url}/request_charge`, { vehicleId: 'ev-1', kWh: 30 }, {}, gone.signal);
    const failed = asked.then(
      () => false,
      () => true,
    );
    await eventually('the master is asked', () => seen.length === 1);
    gone.abort();
    await eventually('the master sees it', () => closed);
    expect(await failed).to.equal(true);
  });

  it('knows its paths and methods', async () => {
    expect((await request(`${gateway.url}/request_charge`)).status).to.equal(405);
    expect((await request(`${gateway.url}/nothing`)).status).to.equal(404);
    expect((await request(`${gateway.url}/health`)).status).to.equal(200);
  });
});
