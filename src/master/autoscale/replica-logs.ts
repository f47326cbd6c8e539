// Where replicas that are processes write what they say: a file for each, which outlives this master as they do, kept short.
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readlinkSync, readSync } from 'node:fs';
import { readdir, stat, truncate, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { marks } from './process-table.ts';
import type { ClusterPlace } from './provider.ts';
import { toldLines } from './told-lines.ts';

/** What is longer is emptied. */
const LOG_BYTES_MAX = 16 * 1024 * 1024;
const TAIL_BYTES = 8192;
/** The level of warnings, as pino numbers it. */
const WARN = 40;
const TAIL_LINES = 5;

export class ReplicaLogs {
  readonly #folder: string;
  readonly #prefix: string;

  /** In a folder of this user's alone, below that for temporary files. */
  constructor(place: ClusterPlace) {
    const { cluster, discoveryPort } = place;
    const user = process.getuid?.().toString() ?? 'user';
    this.#folder = path.join(tmpdir(), `lanyard-replicas-${user}`);
    this.#prefix = `${cluster}.${discoveryPort.toString()}.${distinction(place)}.`;
  }

  fileOf(id: string): string {
    return path.join(this.#folder, `${this.#prefix}${id}.log`);
  }

  /** Calls `use` with a descriptor to which the replica may write. Throws when there can be no such file. */
  async opened<T>(id: string, use: (descriptor: number) => Promise<T>): Promise<T> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(this.#folder);
    if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid))
      throw new Error(`${this.#folder} is not a folder of this user: remove it, or set TMPDIR to another place`);
    const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
    const descriptor = openSync(this.fileOf(id), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
    try {
      return await use(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  /** The last lines that tell why it ended, with the first error of its end, in one; empty when there are none. */
  tail(id: string): string {
    let file: number | undefined;
    try {
      file = openSync(this.fileOf(id), 'r');
      const { size } = fstatSync(file);
      const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
      readSync(file, buffer, 0, buffer.length, size - buffer.length);
      return toldLines(tellingLines(buffer.toString()), TAIL_LINES).join(' / ');
    } catch {
      return '';
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  /** Empties what has become too long. */
  async bound(ids: readonly string[]): Promise<void> {
    for (const file of ids.map((id) => this.fileOf(id))) {
      const size = await stat(file).then(
        (found) => found.size,
        () => 0,
      );
      if (size > LOG_BYTES_MAX) await truncate(file).catch(() => undefined);
    }
  }

  async remove(id: string): Promise<void> {
    await unlink(this.fileOf(id)).catch(() => undefined);
  }

  /** Removes the files of replicas of this cluster that were not there at `atMs`, a time of day: who was started later has a younger one. */
  async sweep(idsThere: ReadonlySet<string>, atMs: number): Promise<void> {
    for (const file of await readdir(this.#folder).catch(() => [])) {
      const id = file.startsWith(this.#prefix) ? file.slice(this.#prefix.length, -'.log'.length) : undefined;
      if (id === undefined || idsThere.has(id)) continue;
      const writtenMs = await stat(this.fileOf(id)).then(
        (found) => found.mtimeMs,
        () => Infinity,
      );
      if (writtenMs < atMs) await this.remove(id);
    }
  }
}

/** Short, and another for each master that is told apart (`marks`, and its network namespace). */
function distinction(place: ClusterPlace): string {
  const what = [...marks(place, '', ''), networkNamespace()];
  return createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 8);
}

/** Of this process; the same for all where there are none. */
function networkNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/net');
  } catch {
    return '';
  }
}

/** Of a slave's log what is a warning or worse, and what its service wrote; whatever else is no log. */
function tellingLines(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return line.trim() === '' ? [] : [line.trim()];
    try {
      const { level, msg, text, reason } = JSON.parse(line) as Readonly<Record<string, unknown>>;
      if (msg === 'service says') return [String(text)];
      if (typeof level !== 'number' || level < WARN) return [];
      return [typeof reason === 'string' ? `${String(msg)}: ${reason}` : String(msg)];
    } catch {
      return []; // its beginning is cut off
    }
  });
}
