// One client: asks the master for a backend, calls it directly, and asks again when that one is gone or full.
import { setTimeout as sleep } from 'node:timers/promises';
import { Compute, type LoadBalancer, mayPass } from './lanyard.ts';

const FIRST_PAUSE_MS = 50;
const PAUSE_MS_MAX = 1000;

export interface Work {
  readonly service: string;
  readonly text: string;
  readonly workMs: number;
  /** For all of it: asking, the calls, and the pauses between. */
  readonly timeoutMs: number;
}

export type Outcome =
  | { readonly kind: 'right' | 'wrong'; readonly backend: string; readonly ms: number; readonly retries: number }
  | { readonly kind: 'failed'; readonly why: string; readonly retries: number };

/** Has a text reversed by whichever backend the master names. Never rejects. */
export async function reverse(balancer: LoadBalancer, clientId: string, work: Work): Promise<Outcome> {
  const startMs = performance.now();
  const remainingMs = (): number => work.timeoutMs - (performance.now() - startMs);
  for (let retries = 0; ; retries++) {
    try {
      const backend = await balancer.getBackend(work.service, clientId, remainingMs());
      const answer = await callOnce(backend, work, remainingMs());
      const isRight = answer === Array.from(work.text).reverse().join('');
      return { kind: isRight ? 'right' : 'wrong', backend: backend.id, ms: performance.now() - startMs, retries };
    } catch (error) {
      const pauseMs = Math.min(PAUSE_MS_MAX, FIRST_PAUSE_MS * 2 ** retries) * (0.5 + Math.random());
      // A call that broke off may have been run all the same. To reverse a text twice does no harm.
      if (!mayPass(error) || pauseMs > remainingMs()) return { kind: 'failed', why: String(error), retries };
      await sleep(pauseMs);
    }
  }
}

async function callOnce(backend: { address: string; port: number }, work: Work, timeoutMs: number): Promise<string> {
  const compute = new Compute(backend);
  try {
    const params = { text: work.text, workMs: String(work.workMs) };
    return (await compute.computeTask({ type: 'reverse', params }, timeoutMs)).text ?? '';
  } finally {
    compute.close();
  }
}
