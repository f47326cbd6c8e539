// The body of a worker thread, as `new Worker` takes it: a file beside this one. In the single file slave.mjs there is none: there
// scripts/bundle-slave.mjs puts the body's source in the place of this module.

interface WorkerScript {
  readonly script: URL | string;
  /** `script` is source, not a place. */
  readonly eval: boolean;
}

const name = import.meta.url.endsWith('.ts') ? './worker-thread.ts' : './worker-thread.js';

export const WORKER_SCRIPT: WorkerScript = { script: new URL(name, import.meta.url), eval: false };
