// M clients at once: each asks the master for a backend, calls it directly, and checks the answer. Ends with 1 unless all are right.
import { count, number, readOptions } from '../common/arguments.ts';
import { clientCount } from './client-count.ts';
import { reverse, type Outcome } from './client.ts';
import { LoadBalancer } from './lanyard.ts';
import { head, row, summarize } from './summary.ts';

const HELP = `Clients that have strings reversed by servers which a master of Lanyard names.

  --master <host:port>   the master's --grpc-port (127.0.0.1:50051)
  --clients <n>          how many, each with a connection of its own, at most 900 (100)
  --requests <n>         how many each makes, one after the other (1)
  --service <name>       whom they ask for (reverse); compute: the slaves
  --work <ms>            how long one request takes at the server (500)
  --timeout <ms>         for one request with all its attempts (60000)
  --json                 the result as JSON`;

const options = readOptions(HELP, {
  master: { type: 'string', default: '127.0.0.1:50051' },
  clients: { type: 'string', default: '100' },
  requests: { type: 'string', default: '1' },
  service: { type: 'string', default: 'reverse' },
  work: { type: 'string', default: '500' },
  timeout: { type: 'string', default: '60000' },
  json: { type: 'boolean', default: false },
});
const { master, service } = options;
const clients = clientCount(options.clients);
const requests = count('requests', options.requests);
const workMs = number('work', options.work);
const timeoutMs = number('timeout', options.timeout);

const CONNECT_MS = 5000;
const outcomes: Outcome[] = [];
const isTerminal = process.stderr.isTTY;
const showProgress = (): void => {
  if (isTerminal) process.stderr.write(`\r${outcomes.length} of ${clients * requests} `);
};

async function client(balancer: LoadBalancer, id: string): Promise<void> {
  for (let i = 1; i <= requests; i++) {
    const text = `task ${i} of ${id}`;
    outcomes.push(await reverse(balancer, id, { service, text, workMs, timeoutMs }));
    showProgress();
  }
}

const balancers = Array.from({ length: clients }, () => new LoadBalancer(master));
try {
  await Promise.all(balancers.map((balancer) => balancer.ready(Math.min(CONNECT_MS, timeoutMs))));
} catch (error) {
  console.error(`No master answers at ${master} (its --grpc-port): ${String(error)}`);
  process.exit(1);
}
const startMs = performance.now();
await Promise.all(balancers.map((balancer, i) => client(balancer, `client-${i + 1}`)));
const summary = summarize(outcomes, (performance.now() - startMs) / 1000);
for (const balancer of balancers) balancer.close();
if (isTerminal) process.stderr.write('\r\x1b[K');

if (options.json) console.log(JSON.stringify(summary));
else {
  const servers = Object.keys(summary.share);
  console.log(head('clients'));
  console.log(row(String(clients).padEnd(7), summary, servers));
  console.log(`servers: ${servers.join(' ')}\nmade anew: ${summary.retries}`);
  for (const why of summary.reasons) console.log(`failed: ${why}`);
}
process.exitCode = summary.right === clients * requests ? 0 : 1;
