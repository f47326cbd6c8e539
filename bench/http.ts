// Requests per second through the HTTP door beside a bare node:http constant in the same run: wrk with one thread, 64 connections,
// random n, every body checked. One master and two slaves of one thread on loopback. Needs wrk (Debian: apt-get install wrk).
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startCluster, stopAll } from '../test/support/cluster.ts';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? '10');
const ROUNDS = 2;
const CONNECTIONS = 64;
const N_MAX = 200;

interface Measured {
  readonly perSecond: number;
  readonly errors: number;
  readonly wrong: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A Lua script for wrk that asks for fib of random n as JSON and compares each result with the right one. */
function luaScript(): string {
  const values: string[] = [];
  let [current, next] = [0n, 1n];
  for (let n = 0; n <= N_MAX; n++) {
    values.push(`[${n.toString()}]="${current.toString()}"`);
    [current, next] = [next, current + next];
  }
  return `
local fib = {${values.join(',')}}
local threads = {}
wrong = 0
right = 0
function setup(thread) table.insert(threads, thread) end
function request()
  return wrk.format("GET", "/task?type=fib&n=" .. math.random(0, ${N_MAX.toString()}), {["Accept"] = "application/json"})
end
function response(status, headers, body)
  local n, result = body:match('"params":{"n":(%d+)}.*"result":"(%d+)"')
  if status == 200 and n ~= nil and fib[tonumber(n)] == result then right = right + 1 else wrong = wrong + 1 end
end
function done(summary, latency)
  local w, r = 0, 0
  for _, thread in ipairs(threads) do w = w + thread:get("wrong"); r = r + thread:get("right") end
  local e = summary.errors
  print(string.format("RESULT %d %d %d %d %d %d", r, w, e.connect + e.read + e.write + e.timeout + e.status,
    summary.duration, latency:percentile(50), latency:percentile(99)))
end`;
}

/** The same report for the constant, whose body is only counted. */
const PLAIN_SCRIPT = `
function done(summary, latency)
  local e = summary.errors
  print(string.format("RESULT %d 0 %d %d %d %d", summary.requests, e.connect + e.read + e.write + e.timeout + e.status,
    summary.duration, latency:percentile(50), latency:percentile(99)))
end`;

async function wrk(url: string, script: string, seconds: number): Promise<Measured> {
  const options = ['-t1', `-c${CONNECTIONS.toString()}`, `-d${seconds.toString()}s`, '-s', script, url];
  const { stdout } = await promisify(execFile)('wrk', options);
  const [, ...numbers] = /RESULT (.*)/.exec(stdout)?.[0].split(' ') ?? [];
  const [right = 0, wrong = 0, errors = 0, us = 1, p50 = 0, p99 = 0] = numbers.map(Number);
  return { perSecond: (right + wrong) / (us / 1e6), errors, wrong, p50Ms: p50 / 1000, p99Ms: p99 / 1000 };
}

/** The constant, in a process of its own; its stdin holds it alive. */
function startConstant(): { readonly port: Promise<number>; stop(): void } {
  const script = path.join(import.meta.dirname, 'constant-server.mjs');
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const port = new Promise<number>((resolve) => child.stdout.once('data', (line: Buffer) => resolve(Number(line))));
  return { port, stop: () => void child.stdin.end() };
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lanyard-bench-'));
  const write = (name: string, text: string): string => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const [checked, plain] = [write('fib.lua', luaScript()), write('plain.lua', PLAIN_SCRIPT)];
  const constant = startConstant();
  try {
    const port = await constant.port;
    const { master } = await startCluster({ master: ['least-load'] });
    await wrk(master.url, checked, 2);
    console.log(
      `wrk -t1 -c${CONNECTIONS.toString()} -d${SECONDS.toString()}s, fib of random n up to ${N_MAX.toString()}`,
    );
    for (let round = 1; round <= ROUNDS; round++) {
      const bare = await wrk(`http://127.0.0.1:${port.toString()}/`, plain, SECONDS);
      const tasks = await wrk(master.url, checked, SECONDS);
      show('bare node:http constant', bare);
      show('lanyard /task, checked', tasks);
      console.log(`  ratio ${(tasks.perSecond / bare.perSecond).toFixed(2)}`);
      if (tasks.errors + tasks.wrong > 0) process.exitCode = 1;
    }
  } finally {
    constant.stop();
    await stopAll();
    rmSync(folder, { recursive: true });
  }
}

function show(what: string, { perSecond, errors, wrong, p50Ms, p99Ms }: Measured): void {
  const times = `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`;
  console.log(
    `  ${what.padEnd(26)}${Math.round(perSecond).toString().padStart(7)}/s  ${times}, errors ${errors.toString()}, wrong ${wrong.toString()}`,
  );
}

await main();
