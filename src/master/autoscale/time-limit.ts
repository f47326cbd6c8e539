// A provider may hang: no call of it is waited for without a limit.
import type { Clock } from '../../common/time/clock.ts';

/** As `promise`, or rejects with a sentence about `what` when `limitMs` are over. What comes later is dropped. */
export function within<T>(promise: Promise<T>, limitMs: number, clock: Clock, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(limitMs, () => {
      reject(new Error(`${what} took longer than ${(limitMs / 1000).toString()} s`));
    });
    void promise.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** Calls a provider; what it throws is a rejection like any other. */
export async function callOf<T>(call: () => Promise<T>): Promise<T> {
  return call();
}
