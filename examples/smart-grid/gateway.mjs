// Where vehicles ask for a charge. It checks the request, gives it an Idempotency-Key and posts it through the master's forward door to
// whichever substation the algorithm chooses. Plain node without packages, so that an image with nothing but node runs it. It takes
// these environment variables:
//
//   PORT                where it listens (5080); 0: the system chooses, and the first line of the output says which
//   HOST                on which address (127.0.0.1); 0.0.0.0 in a container that is called from outside
//   MASTER              the master (http://127.0.0.1:4242)
//   GATEWAY_TIMEOUT_MS  how long a charge may take, with its wait for a substation (60000)
//
// POST /request_charge {vehicleId, kWh} answers {substation, vehicleId, kWh, seconds} when the vehicle is charged. The key makes the
// request one that the master may try once more at another substation when the first one fails before it answers.
import { randomUUID } from 'node:crypto';
import { Agent, createServer, request } from 'node:http';

const KWH_MAX = 100;
const VEHICLE_ID = /^[A-Za-z0-9._-]{1,64}$/;
const KEY = /^[\x21-\x7e]{1,200}$/;
const BODY_BYTES_MAX = 4096;
const ANSWER_BYTES_MAX = 65_536;
const KEEP_ALIVE_MS = 60_000;
const TIMEOUT_MS_MAX = 3_600_000;
const NAMES_MAX = 1000;

/** A whole number of the environment; ends the program with a sentence when it is none. */
function count(name, usual, max) {
  const text = process.env[name] || String(usual);
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  console.error(`${name} is a whole number from 0 to ${max}, not "${text}".`);
  process.exit(2);
}

const port = count('PORT', 5080, 65_535);
const timeoutMs = count('GATEWAY_TIMEOUT_MS', 60_000, TIMEOUT_MS_MAX);
const host = process.env.HOST || '127.0.0.1';
const master = process.env.MASTER || 'http://127.0.0.1:4242';
if (!/^http:[/][/][^/]+[/]?$/.test(master) || !URL.canParse(master)) {
  console.error(`MASTER is the URL of a master, such as http://127.0.0.1:4242, not "${master}".`);
  process.exit(2);
}
const chargeUrl = new URL('/services/substation/charge', master);
// A connection for each request: one that is kept might be closed by the master just when the next charge is sent.
const agent = new Agent({ keepAlive: false });

let waiting = 0;
/** Answers by substation, and by status. */
const charges = new Map();
const statuses = new Map();

function add(counts, answered) {
  const name = counts.has(answered) || counts.size < NAMES_MAX ? answered : 'others';
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function send(res, status, body, headers = {}) {
  add(statuses, status);
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  res.writeHead(status, { 'content-type': type, ...headers }).end(`${JSON.stringify(body)}\n`);
}

function refuse(res, status, title, detail, headers) {
  send(res, status, { title, status, detail }, headers);
}

/** What is wrong with a request, as a sentence; undefined when it will do. */
function trouble(body) {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return `The body is a JSON object {"vehicleId": "ev-1", "kWh": 30} of at most ${BODY_BYTES_MAX} bytes.`;
  const { vehicleId, kWh, ...more } = body;
  if (typeof vehicleId !== 'string' || !VEHICLE_ID.test(vehicleId))
    return `vehicleId is a text of 1 to 64 letters, digits, dots, dashes and underscores, not ${JSON.stringify(vehicleId)}.`;
  if (typeof kWh !== 'number' || !(kWh > 0 && kWh <= KWH_MAX))
    return `kWh is a number above 0, at most ${KWH_MAX}, not ${JSON.stringify(kWh)}.`;
  const [unknown] = Object.keys(more);
  return unknown === undefined ? undefined : `${JSON.stringify(unknown)} is nothing that can be asked for.`;
}

/** The text of a stream; rejects when it is longer than `bytesMax`, or breaks off. */
async function read(stream, bytesMax) {
  const parts = [];
  let bytes = 0;
  for await (const part of stream) {
    bytes += part.length;
    if (bytes > bytesMax) throw new Error(`more than ${bytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** What the master answers: {status, body, retryAfter}. Rejects when it does not. `res` closing ends the question. */
function ask(key, body, res) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const asked = request(chargeUrl, { method: 'POST', agent, headers, timeout: timeoutMs }, (answer) => {
      read(answer, ANSWER_BYTES_MAX).then(
        (text) => resolve({ status: answer.statusCode, text, retryAfter: answer.headers['retry-after'] }),
        reject,
      );
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    asked.on('error', reject);
    res.once('close', () => asked.destroy());
    asked.end(JSON.stringify(body));
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The key that came with the request, or a new one. */
function keyOf(req) {
  const key = req.headers['idempotency-key'];
  return key === undefined ? randomUUID() : KEY.test(key) ? key : undefined;
}

async function requestCharge(req, res) {
  const body = await read(req, BODY_BYTES_MAX).then(parse, () => undefined);
  const wrong = trouble(body);
  if (wrong !== undefined) return refuse(res, 400, 'Bad request', wrong);
  const key = keyOf(req);
  if (key === undefined)
    return refuse(res, 400, 'Bad request', 'An Idempotency-Key is a text of at most 200 visible characters.');
  waiting++;
  try {
    const { status, text, retryAfter } = await ask(key, body, res);
    const answer = parse(text);
    if (status === 200 && answer !== undefined) {
      add(charges, answer.substation);
      return send(res, 200, answer);
    }
    const detail = answer?.detail ?? 'A substation answered something that nobody understands.';
    const later = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    return refuse(res, status >= 400 ? status : 502, 'No charge', detail, later);
  } catch (error) {
    return refuse(res, 502, 'No master', `The master at ${master} did not answer: ${error.message}.`);
  } finally {
    waiting--;
  }
}

function metrics() {
  const lines = (name, label, counts) =>
    [...counts].map(([value, n]) => `${name}{${label}=${JSON.stringify(String(value))}} ${n}\n`).join('');
  return `# HELP gateway_waiting_requests Requests that have no answer yet.
# TYPE gateway_waiting_requests gauge
gateway_waiting_requests ${waiting}
# HELP gateway_charges_total Charges by the substation that did them.
# TYPE gateway_charges_total counter
${lines('gateway_charges_total', 'substation', charges)}# HELP gateway_answers_total Answers by status.
# TYPE gateway_answers_total counter
${lines('gateway_answers_total', 'status', statuses)}`;
}

const server = createServer((req, res) => {
  const [path] = (req.url ?? '').split('?');
  if (path === '/request_charge' && req.method === 'POST') {
    requestCharge(req, res).catch(() => res.destroy()); // the request broke off
    return;
  }
  req.resume();
  if (path === '/request_charge') refuse(res, 405, 'Method not allowed', 'POST it.', { allow: 'POST' });
  else if (path === '/health') send(res, 200, { master });
  else if (path === '/metrics') res.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics());
  else refuse(res, 404, 'Not found', `There is POST /request_charge, GET /health and GET /metrics, not ${path}.`);
});
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.on('error', (error) => {
  console.error(`It cannot listen at ${host}:${port}: ${error.message}`);
  process.exit(1);
});
server.listen(port, host, () => console.log(`gateway listens at http://${host}:${server.address().port}/`));
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(() => process.exit(0)); // when what is under way is answered
    server.closeIdleConnections();
  });
}
