// A whole cluster on this machine, for `make start`: a master and two slaves on loopback, their logs in one stream, each
// line under its node's name. Ends everything within 3 s of SIGINT, SIGTERM or SIGHUP, and when the master or the last slave dies.
//
// Every node is the leader of a process group of its own, so that Ctrl-C on a terminal reaches only this process, which
// passes on one SIGTERM: a second signal would mean "exit at once" to a node. The price: should this process itself be
// killed with SIGKILL, the nodes stay; their pids are printed at the start, for `kill`.
import { spawn } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import pretty from 'pino-pretty';

const ROOT = path.resolve(import.meta.dirname, '..');
const KILL_AFTER_MS = 2700; // what is left after this is killed: all is gone within 3 s
const SECOND_SIGNAL_MS = 500; // a second signal later than this: kill at once
const SLAVES = 2;
const POLL_MS = 100;

const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
const human = pretty.prettyFactory({
  colorize: colour,
  singleLine: true,
  translateTime: 'HH:MM:ss.l',
  ignore: 'node,pid,hostname',
});

const port = process.env.LANYARD_HTTP_PORT ?? '4242';
const host = process.env.LANYARD_HTTP_HOST ?? '0.0.0.0';
const url = `http://${['0.0.0.0', '::'].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`;

const nodes = [];
let stoppingSinceMs; // undefined while the cluster should run
let exitCode = 0;

function say(text) {
  process.stdout.write(`${text}\n`);
}

/** The name of the loopback interface: lo, lo0 … */
function loopback() {
  const all = Object.entries(networkInterfaces());
  return all.find(([, addresses]) => addresses.some((a) => a.internal && a.family === 'IPv4'))?.[0] ?? 'lo';
}

function start(name, ansi, file, ...options) {
  const child = spawn(process.execPath, [path.join(ROOT, 'bin', file), '--interface', loopback(), ...options], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LANYARD_DRAIN_TIMEOUT: '2s' },
  });
  const node = { name, child, running: true };
  nodes.push(node);
  const prefix = paint(ansi, `${name.padEnd(8)}| `);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => say(human(line).trimEnd().replace(/^/gm, prefix)));
  }
  child.on('error', (error) => ended(node, error.message));
  child.on('close', (code, signal) => ended(node, signal ? `ended by ${signal}` : `exited with code ${code}`));
}

function ended(node, how) {
  if (!node.running) return;
  node.running = false;
  const goesOn = node.name !== 'master' && nodes.some(({ name, running }) => running && name !== 'master');
  if (stoppingSinceMs === undefined && goesOn) {
    say(paint(33, `${node.name} ${how}; its tasks run on the others.`));
  } else if (stoppingSinceMs === undefined) {
    say(paint(31, `${node.name} ${how}; stopping the others.`));
    stop(1);
  }
  if (nodes.every(({ running }) => !running)) process.exit(exitCode);
}

function signalAll(signal, wholeGroup) {
  for (const { child, running } of nodes) {
    try {
      if (child.pid && (running || wholeGroup)) process.kill(wholeGroup ? -child.pid : child.pid, signal);
    } catch {
      // already gone
    }
  }
}

function stop(code) {
  if (stoppingSinceMs !== undefined) {
    if (Date.now() - stoppingSinceMs > SECOND_SIGNAL_MS) process.exit(exitCode);
    return;
  }
  stoppingSinceMs = Date.now();
  exitCode = code;
  signalAll('SIGTERM', false);
  setTimeout(() => {
    const left = nodes.filter(({ running }) => running).map(({ name }) => name);
    say(paint(33, `Killed after ${KILL_AFTER_MS / 1000} s: ${left.join(', ')}.`));
    process.exit(exitCode);
  }, KILL_AFTER_MS);
}

/** How many slaves are ready; undefined when no master answers. */
async function readySlaves() {
  try {
    const answer = await fetch(`${url}/slaves`, { signal: AbortSignal.timeout(1000) });
    return (await answer.json()).filter(({ state }) => state === 'ready').length;
  } catch {
    return undefined;
  }
}

async function announce() {
  while (stoppingSinceMs === undefined) {
    if ((await readySlaves()) === SLAVES) {
      say(paint('1;32', `\n  Open ${url}/\n  or   ${url}/task?type=fib&n=80\n\n  Ctrl-C stops the cluster.\n`));
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0));
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stoppingSinceMs ?? stop(0)); // no reader left
process.on('exit', () => signalAll('SIGKILL', true)); // nothing survives, also after an error in here

const portIsKnown = Number(port) > 0;
if (portIsKnown && (await readySlaves()) !== undefined) {
  say(
    `A master already answers at ${url}. Stop it, or choose other ports: LANYARD_HTTP_PORT=4243 LANYARD_DISCOVERY_PORT=3001 make start`,
  );
  process.exit(1);
}
start('master', 36, 'master');
for (let n = 1; n <= SLAVES; n++) start(`slave-${n}`, 36 - n, 'slave', '--name', `slave-${n}`);
say(`Started ${nodes.map(({ name, child }) => `${name} (pid ${child.pid})`).join(', ')}.`);
if (portIsKnown) await announce();
