// Runs beside the services of this project under the systemd of boot.sh: has them work, stops them, and writes down what it saw as one
// line of JSON.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const MASTER = 'http://127.0.0.1:4242';
const NAMES = ['master', 'slave', 'monitor'];
const LIMIT_MS = 20_000;
const POLL_MS = 50;

const show = (name, property) =>
  execFileSync('systemctl', ['show', '--property', property, '--value', `lanyard-${name}`], {
    encoding: 'utf8',
  }).trim();

async function ask(path) {
  const answer = await fetch(MASTER + path).catch((error) => ({ status: 0, text: () => String(error) }));
  return { status: answer.status, body: await answer.text() };
}

async function until(isSo) {
  const endMs = Date.now() + LIMIT_MS;
  while (Date.now() < endMs && !(await isSo())) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

/** The rights of a process, as the kernel has them. */
function rightsOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1];
  return {
    uid: field('Uid'),
    capabilities: field('CapBnd'),
    noNewPrivileges: field('NoNewPrivs'),
    seccomp: field('Seccomp'),
  };
}

/** Niceness of each thread. */
function nicenessOf(pid) {
  const stat = (thread) => readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
  return readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(
      stat(thread)
        .replace(/^.*[)] /, '')
        .split(' ')[16],
    ),
  );
}

await until(async () => (await ask('/slaves')).body.includes('"ready"'));
await until(
  () => readFileSync('/mnt/out/monitor', 'utf8').includes('"msg":"joined"') || show('monitor', 'MainPID') === '0',
);
const answers = [await ask('/task?type=fib&n=80'), await ask('/task?type=burn&ms=600000&runTimeout=200ms')];
answers.push(await ask('/task?type=fib&n=81'));
const pids = Object.fromEntries(NAMES.map((name) => [name, show(name, 'MainPID')]));
const rights = Object.fromEntries(NAMES.map((name) => [name, pids[name] === '0' ? undefined : rightsOf(pids[name])]));
const niceness = nicenessOf(pids.slave);
execFileSync('systemctl', ['stop', ...['slave', 'monitor', 'master'].map((name) => `lanyard-${name}`)]);
const results = Object.fromEntries(
  NAMES.map((name) => [name, `${show(name, 'Result')} ${show(name, 'ExecMainStatus')}`]),
);
console.log(JSON.stringify({ answers, rights, niceness, results }));
