// Where a slave's CPU load comes from. A load average counts the whole machine and takes half a minute to show a change;
// systeminformation reacts within a second and knows platforms without a load average; a file is for containers and tests.
import { readFileSync } from 'node:fs';
import { cpus, loadavg, platform } from 'node:os';
import { LanyardError, messageOf } from '../../common/errors.ts';
import { CPU_LOAD_MAX } from '../../common/protocol/messages.ts';
import { BadValue, type ReadValue } from '../../common/config/values.ts';
import type { HostSampler } from './host-sampler.ts';

/** Load never counts as less: an idle machine would make all weights equal. */
const CPU_LOAD_MIN = 0.01;

export type CpuSource =
  | { readonly kind: 'loadavg' }
  | { readonly kind: 'systeminformation' }
  | { readonly kind: 'file'; readonly path: string };

export const cpuSource: ReadValue<CpuSource> = (text) => {
  if (text === 'loadavg' || text === 'systeminformation') return { kind: text };
  if (/^file:.+/.test(text)) return { kind: 'file', path: text.slice('file:'.length) };
  throw new BadValue('Expected loadavg, systeminformation or file:<path>.');
};

/** Windows has no load average. */
export const DEFAULT_CPU_SOURCE = platform() === 'win32' ? 'systeminformation' : 'loadavg';

/**
 * A function that gives the CPU load now; 1 means that every core has one thing to run. A file is read at once, and it is an error
 * when that fails; later `onProblem` hears of it and the last value stands.
 */
export function cpuMeter(source: CpuSource, host: HostSampler, onProblem: (error: unknown) => void): () => number {
  const cores = Math.max(1, cpus().length);
  switch (source.kind) {
    case 'loadavg':
      return () => Math.max(CPU_LOAD_MIN, (loadavg()[0] ?? 0) / cores);
    case 'systeminformation':
      return () => Math.max(CPU_LOAD_MIN, host.cpuRatio);
    case 'file':
      return keepingLast(() => Math.max(CPU_LOAD_MIN, readLoadFile(source.path)), onProblem);
  }
}

function keepingLast(read: () => number, onProblem: (error: unknown) => void): () => number {
  let last = read();
  return () => {
    try {
      last = read();
    } catch (error) {
      onProblem(error);
    }
    return last;
  };
}

function readLoadFile(path: string): number {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new LanyardError('BAD_OPTION', `--cpu-source file:${path}: cannot read it: ${messageOf(error)}`, error);
  }
  const load = Number(text);
  if (text !== '' && load >= 0 && load <= CPU_LOAD_MAX) return load;
  const problem = `expected one number from 0 to ${CPU_LOAD_MAX.toString()}, got ${text.slice(0, 40) || 'nothing'}`;
  throw new LanyardError('BAD_OPTION', `--cpu-source file:${path}: ${problem}`);
}
