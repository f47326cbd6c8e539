// Where a slave's CPU load comes from. A load average counts the whole machine and takes half a minute to show a change;
// systeminformation reacts within a second and knows platforms without a load average; a file is for containers and tests.
import { readFileSync } from 'node:fs';
import { cpus, loadavg, platform } from 'node:os';
import { messageOf } from '../../common/errors.ts';
import { BadValue, type ReadValue } from '../../common/config/values.ts';
import type { HostSampler } from './host-sampler.ts';

/** Load never counts as less: an idle machine would make all weights equal. */
export const CPU_LOAD_MIN = 0.01;

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

/** A function that gives the CPU load now; 1 means that every core has one thing to run. Throws when a file cannot be read. */
export function cpuMeter(source: CpuSource, host: HostSampler): () => number {
  const cores = Math.max(1, cpus().length);
  switch (source.kind) {
    case 'loadavg':
      return () => Math.max(CPU_LOAD_MIN, (loadavg()[0] ?? 0) / cores);
    case 'systeminformation':
      return () => Math.max(CPU_LOAD_MIN, host.cpuRatio);
    case 'file':
      return () => Math.max(CPU_LOAD_MIN, readLoadFile(source.path));
  }
}

function readLoadFile(path: string): number {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new Error(`--cpu-source file: cannot read the CPU load: ${messageOf(error)}`);
  }
  const load = Number(text);
  if (text !== '' && Number.isFinite(load) && load >= 0) return load;
  throw new Error(
    `--cpu-source file:${path}: expected one number of at least 0, got ${text.slice(0, 40) || 'nothing'}`,
  );
}
