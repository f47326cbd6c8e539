// What the doctor reads of the machine it runs on: an interface, so that tests can be any machine.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';

export interface Platform {
  /** As `process.platform`: linux, darwin, win32 … */
  readonly name: string;
  readonly release: string;
  readonly isRoot: boolean;
  readonly loadAverage: () => number;
  readonly networkInterfaces: () => ReturnType<typeof os.networkInterfaces>;
  readonly exists: (path: string) => boolean;
  /** Undefined when it cannot be read. */
  readonly read: (path: string) => string | undefined;
  /** Names in a folder, none when it cannot be read. */
  readonly list: (folder: string) => readonly string[];
  readonly linkTarget: (path: string) => string | undefined;
  /** What a program prints; undefined when there is no such program, it fails or takes too long. */
  readonly run: (program: string, args: readonly string[]) => Promise<string | undefined>;
}

const RUN_MS = 2000;
const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;
/** Firewall programs are not on the path of everybody. */
const SEARCH_PATH = '/usr/sbin:/sbin:/usr/bin:/bin';

/** The machine that this process runs on. */
export const thisMachine: Platform = {
  name: process.platform,
  release: os.release(),
  isRoot: process.getuid?.() === 0,
  loadAverage: () => os.loadavg()[0] ?? 0,
  networkInterfaces: () => os.networkInterfaces(),
  exists: (path) => existsSync(path),
  read: (path) => attempt(() => readFileSync(path, 'utf8')),
  list: (folder) => attempt(() => readdirSync(folder)) ?? [],
  linkTarget: (path) => attempt(() => readlinkSync(path)),
  run: (program, args) =>
    new Promise((resolve) => {
      const options = { timeout: RUN_MS, maxBuffer: OUTPUT_BYTES_MAX, env: { PATH: SEARCH_PATH, LC_ALL: 'C' } };
      execFile(program, args, options, (error, output) => resolve(error === null ? output : undefined));
    }),
};

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
