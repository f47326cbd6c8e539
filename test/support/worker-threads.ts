// Lets `new Worker('….ts')` work under tsx, whose loader does not reach worker threads on Node 20, and keeps hold of every
// thread, so that a test can see how many there are and end one from outside. Import it before the code that starts threads.
import workerThreads from 'node:worker_threads';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Threads that were started and have not ended, oldest first. */
export const threads = new Set<workerThreads.Worker>();

const require = createRequire(import.meta.url);
const SystemWorker = workerThreads.Worker;

class TestWorker extends SystemWorker {
  constructor(script: string | URL, options: workerThreads.WorkerOptions = {}) {
    const file = script instanceof URL ? fileURLToPath(script) : script;
    const code = `require(${JSON.stringify(require.resolve('tsx/cjs/api'))}).require(${JSON.stringify(file)}, ${JSON.stringify(file)})`;
    if (file.endsWith('.ts')) super(code, { ...options, eval: true, execArgv: [] });
    else super(script, options);
    threads.add(this);
    this.on('exit', () => threads.delete(this));
  }
}

workerThreads.Worker = TestWorker;
syncBuiltinESMExports();
