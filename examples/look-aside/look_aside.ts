// The whole experiment by one command: for each policy and lease a master on loopback, N servers, M clients, and a line of a table.
import { setTimeout as sleep } from 'node:timers/promises';
import { count, number, readOptions, refuse } from '../common/arguments.ts';
import { freePort } from '../common/ports.ts';
import { endAll, isStopping, Program, refusal, refusedAlgorithm } from '../common/programs.ts';
import { clientCount } from './client-count.ts';
import { head, row, type Summary } from './summary.ts';

const COMPARED = ['pick-first', 'round-robin', 'least-load'];
const SIGNAL_MS = 200;
/** Of one master; each server and each client has one. */
const CONNECTIONS_MAX = 1000;
const HELP = `Compares policies: a master on loopback, servers, and clients that all ask at once.

  --policy <name>            any algorithm of the master, or all: ${COMPARED.join(', ')} (all)
  --servers <n>              how many (10)
  --clients <n>              how many, one request each, at most 900 (100)
  --lookaside-lease <time>   of the master, such as 500ms, or off; repeatable: one after the other (1s, then off)
  --load-step <x>            an idle server reports x times its number, counted from 0 (0)
  --work <ms>                how long one request takes at a server, which does four at once (500)
  --json                     a line of JSON for each, instead of the table`;

const options = readOptions(HELP, {
  policy: { type: 'string', default: 'all' },
  servers: { type: 'string', default: '10' },
  clients: { type: 'string', default: '100' },
  'lookaside-lease': { type: 'string', multiple: true, default: ['1s', 'off'] },
  'load-step': { type: 'string', default: '0' },
  work: { type: 'string', default: '500' },
  json: { type: 'boolean', default: false },
});
const servers = count('servers', options.servers);
const clients = clientCount(options.clients);
const loadStep = number('load-step', options['load-step']);
const workMs = number('work', options.work);
if (servers + clients > CONNECTIONS_MAX)
  refuse(
    `--servers ${servers} and --clients ${clients} are more connections than the ${CONNECTIONS_MAX} that a master takes.`,
  );
// What is an algorithm and what a lease the master knows.
const policies = options.policy === 'all' ? COMPARED : [options.policy];
const unknown = policies.map(refusedAlgorithm).find((why) => why !== undefined);
if (unknown !== undefined) refuse(`--policy ${options.policy}: ${unknown} Or all.`);
for (const lease of options['lookaside-lease']) {
  const why = refusal([`--lookaside-lease=${lease}`]);
  if (why !== undefined) refuse(`--lookaside-lease ${lease}: ${why}`);
}

/** Starts a master; resolves to the address of its look-aside door. */
async function startMaster(policy: string, lease: string): Promise<string> {
  const ports = ['--http-port', '0', '--grpc-port', '0', '--discovery-port', String(await freePort())];
  const heard = ['--interface', '127.0.0.1', '--log-level', 'info'];
  const master = new Program('bin/master', [policy, ...heard, '--lookaside-lease', lease, ...ports]);
  const line = await master.says(/^(.*"look-aside door is open".*)$/m, 'the port of its look-aside door');
  return `127.0.0.1:${(JSON.parse(line) as { port: number }).port}`;
}

async function run(policy: string, lease: string): Promise<Summary> {
  const master = ['--master', await startMaster(policy, lease)];
  const numbers = ['--servers', String(servers), '--load-step', String(loadStep)];
  await new Program('examples/look-aside/scale_servers.ts', [...master, ...numbers]).says(
    /are registered/,
    'that all are registered',
  );
  // All may be at one server, which does four at once.
  const timeoutMs = 60_000 + workMs * Math.ceil(clients / 4);
  const load = ['--clients', String(clients), '--work', String(workMs), '--timeout', String(timeoutMs), '--json'];
  const asking = new Program('examples/look-aside/scale_clients.ts', [...master, ...load]);
  await asking.ended();
  if (asking.output === '') throw new Error('The clients ended without a result.');
  return JSON.parse(asking.output) as Summary;
}

const names = Array.from({ length: servers }, (_, i) => `backend-${i + 1}`);
const columns = (policy: string, lease: string): string => `${policy.padEnd(16)} ${lease.padEnd(6)}`;
if (!options.json) console.log(`${servers} servers, ${clients} clients\n${head(columns('policy', 'lease'))}`);
try {
  for (const lease of options['lookaside-lease']) {
    for (const policy of policies) {
      const summary = await run(policy, lease);
      await endAll();
      if (options.json) console.log(JSON.stringify({ policy, lease, ...summary }));
      else console.log(row(columns(policy, lease), summary, names));
      for (const why of summary.reasons) console.error(`failed: ${why}`);
      if (summary.right < clients) process.exitCode = 1;
    }
  }
} catch (error) {
  await sleep(SIGNAL_MS); // Ctrl-C signals the children too, and one may be seen to end first
  if (!isStopping()) console.error(error instanceof Error ? error.message : String(error));
  await endAll();
  process.exitCode = 1;
}
