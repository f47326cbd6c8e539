// Sends HTTP requests from inside a host of the test LAN. One JSON line in: {id, host, port, method, path, headers, body}; one
// JSON line out: {id, status, headers, body} or {id, error}. Plain JavaScript, so that it starts in a few hundredths of a second.
import { request } from 'node:http';
import { createInterface } from 'node:readline';

function answer(id, fields) {
  process.stdout.write(`${JSON.stringify({ id, ...fields })}\n`);
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, host, port, method, path, headers, body } = JSON.parse(line);
    // A connection of its own for each request: one kept alive could belong to a master that is gone.
    const sent = request({ host, port, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => answer(id, { status: response.statusCode, headers: response.headers, body: text }));
      response.on('error', (error) => answer(id, { error: error.message }));
    });
    sent.on('error', (error) => answer(id, { error: error.message }));
    sent.end(body);
  })
  .on('close', () => process.exit(0));
