// The web server of this example: answers `Hello World from server <hostname>` after a delay, and takes only so many requests at once.
// Plain node without packages, so that an image with nothing but node runs it. GET /health says that it is there, GET /metrics what it
// does. SIGTERM ends it once the requests in hand are answered. It takes these environment variables:
//
//   PORT                 where it listens (5000); 0: the system chooses, and the first line of the output says which
//   HOST                 on which address (127.0.0.1); 0.0.0.0 in a container that is called from outside
//   SERVER_MAX_REQUESTS  so many requests at once (10); one more is refused with 503
//   SERVER_DELAY_MS      how long an answer takes (5000); a request may ask for another time by ?delayMs=, at most a minute
//   SERVER_NAME          what it calls itself (the host's name)
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { URLSearchParams } from 'node:url';

const DELAY_MS_MAX = 60_000;
const REQUESTS_MAX = 10_000;
const KEEP_ALIVE_MS = 60_000;

/** A whole number of the environment; ends the program with a sentence when it is none. */
function count(name, usual, max) {
  const text = process.env[name] || String(usual);
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  console.error(`${name} is a whole number from 0 to ${max}, not "${text}".`);
  process.exit(2);
}

const port = count('PORT', 5000, 65_535);
const requestsMax = count('SERVER_MAX_REQUESTS', 10, REQUESTS_MAX);
const delayMs = count('SERVER_DELAY_MS', 5000, DELAY_MS_MAX);
const host = process.env.HOST || '127.0.0.1';
const name = process.env.SERVER_NAME || hostname();

let active = 0;
let answered = 0;
let refused = 0;

function send(res, status, text, headers = {}) {
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(text);
}

function metrics() {
  return `# TYPE web_active_requests gauge
web_active_requests ${active}
# TYPE web_answered_total counter
web_answered_total ${answered}
# TYPE web_refused_total counter
web_refused_total ${refused}
`;
}

/** The time that this request asks for, or the usual one. */
function delayOf(query) {
  const asked = Number(query.get('delayMs') ?? delayMs);
  return asked >= 0 ? Math.min(asked, DELAY_MS_MAX) : delayMs;
}

function hello(query, res) {
  if (active >= requestsMax) {
    refused++;
    send(res, 503, `${name} has ${active} requests in hand and takes no more.\n`, { 'retry-after': '1' });
    return;
  }
  active++;
  const timer = setTimeout(() => {
    send(res, 200, `Hello World from server ${name}\n`);
    answered++;
  }, delayOf(query));
  res.once('close', () => {
    clearTimeout(timer); // who hangs up takes no place any longer
    active--;
  });
}

const server = createServer((req, res) => {
  const [path, query = ''] = (req.url ?? '').split('?');
  req.resume();
  if (req.method !== 'GET' && req.method !== 'HEAD') send(res, 405, 'Only GET.\n', { allow: 'GET, HEAD' });
  else if (path === '/health') send(res, 200, 'ok\n');
  else if (path === '/metrics') send(res, 200, metrics());
  else if (path === '/') hello(new URLSearchParams(query), res);
  else send(res, 404, `There is / and /health and /metrics, not ${path}.\n`);
});
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.on('error', (error) => {
  console.error(`It cannot listen at ${host}:${port}: ${error.message}`);
  process.exit(1);
});
server.listen(port, host, () => {
  console.log(`${name} listens at http://${host}:${server.address().port}/, ${requestsMax} requests at once`);
});
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}
