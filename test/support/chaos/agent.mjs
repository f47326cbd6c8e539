// Sends HTTP requests from inside the clients' host. One JSON line in: {id, method, path, headers, body, limitMs, lines} or
// {hangUp: id}; JSON lines out: {id, status} at the head of an answer that comes in lines, {id, line} for each of them, and at the
// end {id, status, headers, body}, or {id, error}. Every request has a connection of its own, and an end: the limit sees to it.
import { request } from 'node:http';
import { createInterface } from 'node:readline';

const [host, port] = process.argv.slice(2);
const KEPT_HEADERS = ['content-type', 'retry-after', 'x-slave', 'x-task-id', 'idempotency-replayed'];
const sentRequests = new Map();

function tell(id, fields) {
  process.stdout.write(`${JSON.stringify({ id, ...fields })}\n`);
}

function end(id, fields) {
  const sent = sentRequests.get(id);
  if (sent === undefined) return;
  sentRequests.delete(id);
  clearTimeout(sent.limit);
  tell(id, fields);
  sent.request.destroy();
}

function receive(id, response, lines) {
  const { statusCode: status } = response;
  const headers = Object.fromEntries(KEPT_HEADERS.map((name) => [name, response.headers[name]]));
  if (lines) tell(id, { status, headers });
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk) => {
    text += chunk;
    if (!lines || status >= 400) return;
    const parts = text.split('\n');
    text = parts.pop();
    for (const line of parts) if (line !== '') tell(id, { line });
  });
  response.on('end', () => end(id, { status, headers, body: text }));
  response.on('error', (error) => end(id, { error: error.code ?? error.message }));
}

function send({ id, method, path, headers, body, limitMs, lines }) {
  const sent = request({ host, port, method, path, headers, agent: false }, (response) => receive(id, response, lines));
  sent.on('error', (error) => end(id, { error: error.code ?? error.message }));
  const limit = setTimeout(() => end(id, { error: 'NO_ANSWER_WITHIN_LIMIT' }), limitMs);
  sentRequests.set(id, { request: sent, limit });
  sent.end(body);
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line);
    if (order.hangUp === undefined) send(order);
    else end(order.hangUp, { error: 'HUNG_UP' });
  })
  .on('close', () => process.exit(0));
