// A whole cluster on this machine, for `make start`: a master and two slaves on loopback, their logs in one stream, each
// line under its node's name. Ends everything within 3 s of SIGINT, SIGTERM or SIGHUP, and when the master or the last slave dies.
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import pretty from 'pino-pretty';
import { localUrl } from './address.mjs';
import { ask } from './ask.mjs';
import { runTogether } from './foreground.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const KILL_AFTER_MS = 2700; // what is left after this is killed: all is gone within 3 s
const DRAIN = '2s'; // less than KILL_AFTER_MS
const SLAVES = 2;
const POLL_MS = 100;
const ANSWER_MS = 1000;

const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
const human = pretty.prettyFactory({
  colorize: colour,
  singleLine: true,
  translateTime: 'HH:MM:ss.l',
  ignore: 'node,pid,hostname,command', // as in src/common/log.ts
});

const port = process.env.LANYARD_HTTP_PORT ?? '4242';
const host = process.env.LANYARD_HTTP_HOST ?? '0.0.0.0';
const url = localUrl({ host, port });

function say(text) {
  process.stdout.write(`${text}\n`);
}

/** The name of the loopback interface: lo, lo0 … */
function loopback() {
  const all = Object.entries(networkInterfaces());
  return all.find(([, addresses]) => addresses.some((a) => a.internal && a.family === 'IPv4'))?.[0] ?? 'lo';
}

/** What a further slave needs to find this master: it shares neither our options nor, perhaps, our environment. */
function slaveOptions() {
  const { LANYARD_DISCOVERY_PORT: discoveryPort, LANYARD_CLUSTER: cluster } = process.env;
  const port = discoveryPort === undefined ? [] : ['--discovery-port', discoveryPort];
  return ['--interface', loopback(), ...port, ...(cluster === undefined ? [] : ['--cluster', cluster])];
}

function node(name, ansi, file, ...options) {
  const prefix = paint(ansi, `${name.padEnd(8)}| `);
  return {
    name,
    command: process.execPath,
    args: [path.join(ROOT, 'bin', file), '--interface', loopback(), ...options],
    cwd: ROOT,
    env: { LANYARD_DRAIN_TIMEOUT: DRAIN },
    onLine: (line) => say(human(line).trimEnd().replace(/^/gm, prefix)),
  };
}

/** The cluster works on while the master and any slave are there. */
function without(name, left) {
  return name !== 'master' && left.some((other) => other !== 'master') ? '; its tasks run on the others' : undefined;
}

/** How many slaves are ready; undefined when no master answers. */
async function readySlaves() {
  try {
    const { text } = await ask(`${url}/slaves`, ANSWER_MS);
    return JSON.parse(text).filter(({ state }) => state === 'ready').length;
  } catch {
    return undefined;
  }
}

async function announce() {
  while (!isStopping()) {
    if ((await readySlaves()) === SLAVES) {
      const more = `A third slave, in another terminal: ./slave ${slaveOptions().join(' ')}`;
      say(
        paint(
          '1;32',
          `\n  Open ${url}/\n  or   ${url}/task?type=fib&n=80\n\n  ${more}\n  Ctrl-C stops the cluster; what runs has ${DRAIN} to end.\n`,
        ),
      );
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const portIsKnown = Number(port) > 0;
if (portIsKnown && (await readySlaves()) !== undefined) {
  say(
    `A master already answers at ${url}. Stop it, or choose other ports: LANYARD_HTTP_PORT=4243 LANYARD_GRPC_PORT=50052 LANYARD_DISCOVERY_PORT=3001 make start`,
  );
  process.exit(1);
}
const slaves = Array.from({ length: SLAVES }, (_, i) => `slave-${i + 1}`);
const { started, isStopping } = runTogether(
  [node('master', 36, 'master'), ...slaves.map((name, i) => node(name, 35 - i, 'slave', '--name', name))],
  { killAfterMs: KILL_AFTER_MS, say: (text, isFatal) => say(paint(isFatal ? 31 : 33, text)), without },
);
say(`Started ${started}.`);
if (portIsKnown) await announce();
