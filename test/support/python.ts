// The programs of docs/look-aside.md, taken out of it, and a Python that has gRPC: Debian's, or the one on the PATH.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './node-process.ts';

const PYTHONS = ['/usr/bin/python3', 'python3'];
const LIMIT_MS = 30_000;

/** A Python 3 with grpcio and grpcio-tools; undefined when there is none. */
export function pythonWithGrpc(): string | undefined {
  return PYTHONS.find((python) => spawnSync(python, ['-c', 'import grpc, grpc_tools']).status === 0);
}

/** Writes each block of a document that begins with a comment naming a file, such as `# client.py`, to that file in `folder`. */
export function extractPrograms(document: string, folder: string): string[] {
  const text = readFileSync(path.join(ROOT, document), 'utf8');
  const blocks = Array.from(text.matchAll(/^```\w+\n((?:#|\/\/) (\w+\.\w+)\b[^]*?)^```$/gm));
  return blocks.map(([, program = '', name = '']) => {
    writeFileSync(path.join(folder, name), program);
    return name;
  });
}

/** What a command writes, without the last line break; rejects with what it said when it fails. */
export function outputOf(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS });
    const read = readAll(child);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(read.output.trimEnd());
      else reject(new Error(`${command} ${args.join(' ')} ended with ${String(code)}:\n${read.output}${read.errors}`));
    });
  });
}

/** Collects what a child writes. */
export function readAll(child: ChildProcess): { output: string; errors: string } {
  const read = { output: '', errors: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (read.output += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (read.errors += text));
  return read;
}
