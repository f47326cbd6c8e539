// One substation: charges vehicles, several at once, and says on /metrics how many sessions are active. Plain node without packages,
// so that an image with nothing but node runs it. It takes these environment variables:
//
//   PORT             where it listens (5001); 0: the system chooses, and the first line of the output says which
//   HOST             on which address (127.0.0.1); 0.0.0.0 in a container that is called from outside
//   SUBSTATION_NAME  what it calls itself (the host's name)
//   CHARGE_MIN_MS    how long the smallest charge takes (1000)
//   CHARGE_MAX_MS    how long the largest, 100 kWh, takes (3000)
//
// POST /charge {vehicleId, kWh} with an Idempotency-Key answers {substation, vehicleId, kWh, seconds} when the vehicle is charged.
// A key that was seen before charges nothing: the request waits for the charge under way, or gets the kept answer. A charge for
// which nobody waits any more is broken off, so that whoever was cut off may ask another substation. A line of the output tells of
// each finished charge.
import { createServer } from 'node:http';
import { hostname } from 'node:os';

const KWH_MAX = 100;
const SESSIONS_MAX = 1000;
const KEYS_MAX = 10_000;
const KEY_LENGTH_MAX = 200;
const BODY_BYTES_MAX = 4096;
const TIME_MS_MAX = 600_000;
const KEEP_ALIVE_MS = 60_000;

/** A whole number of the environment; ends the program with a sentence when it is none. */
function count(name, usual, max) {
  const text = process.env[name] || String(usual);
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  console.error(`${name} is a whole number from 0 to ${max}, not "${text}".`);
  process.exit(2);
}

const port = count('PORT', 5001, 65_535);
const minMs = count('CHARGE_MIN_MS', 1000, TIME_MS_MAX);
const maxMs = Math.max(minMs, count('CHARGE_MAX_MS', 3000, TIME_MS_MAX));
const host = process.env.HOST || '127.0.0.1';
const name = process.env.SUBSTATION_NAME || hostname();

/** Charges under way, by key: {timer, waiting: responses}. */
const sessions = new Map();
/** Answers of finished charges, by key, the oldest first. */
const finished = new Map();
let repeated = 0;
let brokenOff = 0;
let chargedKwh = 0;
let charges = 0;

function send(res, status, body, headers = {}) {
  res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(`${JSON.stringify(body)}\n`);
}

/** What is wrong with a request, as a sentence; undefined when it will do. */
function trouble(key, body) {
  if (typeof key !== 'string' || key === '' || key.length > KEY_LENGTH_MAX)
    return `An Idempotency-Key of at most ${KEY_LENGTH_MAX} characters is expected.`;
  const { vehicleId, kWh } = body ?? {};
  if (typeof vehicleId !== 'string' || vehicleId === '') return 'vehicleId is a text.';
  if (!(typeof kWh === 'number' && kWh > 0 && kWh <= KWH_MAX)) return `kWh is a number above 0, at most ${KWH_MAX}.`;
  return undefined;
}

function charge(key, { vehicleId, kWh }, res) {
  const kept = finished.get(key);
  if (kept) {
    repeated++;
    send(res, 200, kept);
    return;
  }
  const underWay = sessions.get(key);
  if (underWay) repeated++;
  else if (sessions.size >= SESSIONS_MAX) {
    send(res, 503, { detail: `${name} has ${sessions.size} sessions and takes no more.` }, { 'retry-after': '1' });
    return;
  }
  const session = underWay ?? begin(key, vehicleId, kWh);
  session.waiting.add(res);
  res.once('close', () => {
    session.waiting.delete(res);
    if (session.waiting.size === 0 && sessions.delete(key)) {
      clearTimeout(session.timer);
      brokenOff++;
    }
  });
}

function begin(key, vehicleId, kWh) {
  const ms = Math.round(minMs + ((maxMs - minMs) * kWh) / KWH_MAX);
  const session = { waiting: new Set(), timer: setTimeout(() => end(key, session, { vehicleId, kWh, ms }), ms) };
  sessions.set(key, session);
  return session;
}

function end(key, session, { vehicleId, kWh, ms }) {
  const answer = { substation: name, vehicleId, kWh, seconds: ms / 1000 };
  sessions.delete(key);
  finished.set(key, answer);
  if (finished.size > KEYS_MAX) finished.delete(finished.keys().next().value);
  charges++;
  chargedKwh += kWh;
  console.log(JSON.stringify({ charged: key, vehicleId, kWh, sessions: sessions.size }));
  for (const res of session.waiting) send(res, 200, answer);
}

function metrics() {
  return `# HELP substation_active_sessions Vehicles that are charging now.
# TYPE substation_active_sessions gauge
substation_active_sessions ${sessions.size}
# TYPE substation_charges_total counter
substation_charges_total ${charges}
# TYPE substation_charged_kwh_total counter
substation_charged_kwh_total ${chargedKwh}
# HELP substation_repeated_requests_total Requests whose key was known: nothing was charged for them.
# TYPE substation_repeated_requests_total counter
substation_repeated_requests_total ${repeated}
# HELP substation_broken_off_total Charges for which nobody waited any more.
# TYPE substation_broken_off_total counter
substation_broken_off_total ${brokenOff}
`;
}

/** The JSON of a body; undefined when it is none, or too large. */
async function readJson(req) {
  let text = '';
  req.setEncoding('utf8');
  for await (const part of req) {
    text += part;
    if (text.length > BODY_BYTES_MAX) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function answerCharge(req, res) {
  const body = await readJson(req);
  const key = req.headers['idempotency-key'];
  const detail = trouble(key, body);
  if (detail === undefined) charge(key, body, res);
  else send(res, 400, { detail });
}

const server = createServer((req, res) => {
  const route = `${req.method} ${(req.url ?? '').split('?')[0]}`;
  if (route === 'POST /charge') {
    answerCharge(req, res).catch(() => res.destroy()); // the request broke off
    return;
  }
  req.resume();
  if (route === 'GET /health') send(res, 200, { substation: name });
  else if (route === 'GET /metrics') res.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics());
  else send(res, 404, { detail: `There is POST /charge, GET /health and GET /metrics, not ${route}.` });
});
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.on('error', (error) => {
  console.error(`It cannot listen at ${host}:${port}: ${error.message}`);
  process.exit(1);
});
server.listen(port, host, () => console.log(`${name} listens at http://${host}:${server.address().port}/`));
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(() => process.exit(0)); // when the charges under way are answered
    server.closeIdleConnections();
  });
}
