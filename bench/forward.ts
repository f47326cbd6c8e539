// Requests per second forwarded to two node workers, beside HAProxy with leastconn before the same workers in the same run, by wrk
// with one thread; then 1 GiB each way through the master, and what its memory did. Every server is a process of its own on loopback,
// and ends with the run. Needs wrk and haproxy (Debian: apt-get install wrk haproxy), and a build.
import { ended, startHaproxy, startWorker, type Server } from './forward/servers.ts';
import { measureMemory } from './forward/memory.ts';
import { cpuMsOf, wrk, type Measured } from './forward/wrk.ts';
import { startMaster, stopAll } from '../test/support/cluster.ts';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? '5');
const ROUNDS = 3;
const WANTED_RATIO = 0.5;
const PATH = '/services/web/';

interface Candidate {
  readonly name: string;
  readonly pid: number;
  readonly url: string;
}

async function round({ name, pid, url }: Candidate, connections: number): Promise<Measured> {
  const before = cpuMsOf(pid);
  const measured = await wrk(url, connections, SECONDS);
  const cpuUs = ((cpuMsOf(pid) - before) * 1000) / measured.requests;
  const times = `p50 ${measured.p50Ms.toFixed(2)} ms, p99 ${measured.p99Ms.toFixed(2)} ms`;
  const cpu = `${cpuUs.toFixed(0)} µs of CPU each`;
  const perSecond = Math.round(measured.perSecond).toString().padStart(7);
  console.log(`  ${name.padEnd(24)}${perSecond}/s  ${times}, ${cpu}, errors ${measured.errors.toString()}`);
  if (measured.errors > 0) process.exitCode = 1;
  return measured;
}

async function compare(haproxy: Candidate, master: Candidate, connections: number): Promise<number> {
  console.log(`wrk -t1 -c${connections.toString()} -d${SECONDS.toString()}s, two node workers that answer "ok"`);
  const ratios: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const theirs = await round(haproxy, connections);
    const ours = await round(master, connections);
    ratios.push(ours.perSecond / theirs.perSecond);
  }
  const median = ratios.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
  console.log(
    `  ratio ${median.toFixed(2)} (median of ${ROUNDS.toString()}; ${WANTED_RATIO.toString()} is wanted at -c64)`,
  );
  return median;
}

async function main(): Promise<void> {
  const servers: Server[] = [];
  try {
    const workers = [await startWorker(), await startWorker()];
    servers.push(...workers);
    const haproxy = await startHaproxy(workers.map(({ port }) => port));
    servers.push(haproxy);
    const urls = workers.map(({ port }) => `http://127.0.0.1:${port.toString()}`).join(',');
    const args = ['--backend', `web=${urls}`, '--algorithm', 'web=least-connections', '--max-connections', '1000'];
    const master = await startMaster({ args });
    const ours = { name: 'lanyard', pid: master.pid, url: master.url + PATH };
    const theirs = {
      name: 'haproxy leastconn',
      pid: haproxy.pid,
      url: `http://127.0.0.1:${haproxy.port.toString()}${PATH}`,
    };
    await wrk(ours.url, 64, 5); // until it is compiled
    await compare(theirs, ours, 64);
    await compare(theirs, ours, 256);
    await compare(theirs, ours, 1);
    await measureMemory();
  } finally {
    await stopAll();
    await Promise.all(servers.map(ended));
  }
}

await main();
