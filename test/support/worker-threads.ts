// Lets `new Worker('….ts')` work under tsx, whose loader does not reach worker threads on Node 20: the file is bundled as the
// build does it, with the test's task types. Also keeps hold of every thread, so that a test can end one from outside. Import it before what starts threads.
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import workerThreads from 'node:worker_threads';
import { buildSync } from 'esbuild';

/** The project's threads that were started and have not ended, oldest first. */
export const threads = new Set<workerThreads.Worker>();

/** Those of them that have begun to take tasks. */
export const readyThreads = new Set<workerThreads.Worker>();

/** So many of the next threads are ended as soon as they are started. */
export const doomed = { next: 0 };

const bundles = new Map<string, string>();
const SystemWorker = workerThreads.Worker;

class TestWorker extends SystemWorker {
  constructor(script: string | URL, options: workerThreads.WorkerOptions = {}) {
    const file = script instanceof URL ? fileURLToPath(script) : script;
    if (!file.endsWith('.ts')) {
      super(script, options); // not the project's: tsx itself has one
      return;
    }
    super(bundled(file), { ...options, eval: true, execArgv: [] });
    threads.add(this);
    this.once('message', () => readyThreads.add(this)); // the first thing that it says
    this.on('exit', () => {
      threads.delete(this);
      readyThreads.delete(this);
    });
    if (doomed.next === 0) return;
    doomed.next--;
    void this.terminate();
  }
}

const REGISTRY = "'../../common/task-types/registry.ts'";
const TEST_REGISTRY = path.join(import.meta.dirname, 'task-types.ts');

/** The source of the thread's body, with the registry of task types replaced. */
function sourceOf(file: string): string {
  const source = readFileSync(file, 'utf8');
  if (!source.includes(REGISTRY)) throw new Error(`${file} takes its task types from elsewhere`);
  return source.replace(REGISTRY, JSON.stringify(TEST_REGISTRY));
}

function bundled(file: string): string {
  let code = bundles.get(file);
  if (code === undefined) {
    const options = { bundle: true, write: false, platform: 'node', format: 'cjs', logLevel: 'warning' } as const;
    const stdin = { contents: sourceOf(file), loader: 'ts', resolveDir: path.dirname(file), sourcefile: file } as const;
    code = buildSync({ ...options, stdin }).outputFiles[0]!.text;
    bundles.set(file, code);
  }
  return code;
}

workerThreads.Worker = TestWorker;
syncBuiltinESMExports();
