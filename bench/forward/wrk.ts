// wrk, and what a process cost meanwhile.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

export interface Measured {
  readonly requests: number;
  readonly perSecond: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const UNIT_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

export async function wrk(url: string, connections: number, seconds: number): Promise<Measured> {
  const options = ['-t1', `-c${connections.toString()}`, `-d${seconds.toString()}s`, '--latency', url];
  const { stdout } = await promisify(execFile)('wrk', options);
  const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? 0);
  const percentile = (percent: number): number => {
    const [, amount = '0', unit = 'ms'] =
      new RegExp(`^ +${percent.toString()}% +([\\d.]+)(us|ms|s)`, 'm').exec(stdout) ?? [];
    return Number(amount) * (UNIT_MS[unit] ?? 1);
  };
  const [, ...socketErrors] = /connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout) ?? [];
  const errors = socketErrors.reduce((sum, count) => sum + Number(count), number(/Non-2xx or 3xx responses: (\d+)/));
  const requests = number(/(\d+) requests in/);
  return {
    requests,
    perSecond: number(/Requests\/sec: +([\d.]+)/),
    errors,
    p50Ms: percentile(50),
    p99Ms: percentile(99),
  };
}

/** User and system time of a process so far, as Linux counts it. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid.toString()}/stat`, 'utf8');
  const [, , , , , , , , , , , user = '0', system = '0'] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(user) + Number(system)) * 10;
}
