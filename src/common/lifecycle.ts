// How a node's process ends: SIGTERM, SIGINT and SIGHUP drain and exit 0, a second signal exits at once, a bug is fatal and logged.
import { LanyardError } from './errors.ts';
import type { Log } from './log.ts';

/** A second signal sooner than this is taken for an echo of the first (a terminal's Ctrl-C reaches a whole group). */
const ECHO_MS = 500;
/** Whatever `drain` does, the process is gone this long after its own limits. */
const DRAIN_SLACK_MS = 2000;
/** A system timer cannot wait longer; asked to, it fires at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export interface Lifecycle {
  readonly log: Log;
  /** Ends the node's work; resolves when the process may exit. Must keep to `drainTimeoutMs` itself. */
  readonly drain: (signal: string) => Promise<void>;
  readonly drainTimeoutMs: number;
  /** What is ended after the drain, such as other processes, may take so much longer (default: 0). */
  readonly endMs?: number;
}

/** Begins the end from within, as a signal would, but with an exit code of its own; nothing happens when it has begun. */
export type EndNode = (reason: string, exitCode: number) => void;

/** Installs the process's signal and crash handlers. Call once per process. */
export function installLifecycle({ log, drain, drainTimeoutMs, endMs = 0 }: Lifecycle): EndNode {
  let firstSignalAt: number | undefined;
  const onSignal = (signal: string): void => {
    const now = performance.now();
    if (firstSignalAt !== undefined) {
      if (now - firstSignalAt < ECHO_MS) return;
      log.warn({ signal }, 'second signal, exiting at once');
      process.exit(1);
    }
    end(signal, 0);
  };
  const end: EndNode = (signal, exitCode) => {
    firstSignalAt = performance.now();
    log.info({ signal, drainTimeoutMs }, 'draining');
    const limitMs = drainTimeoutMs + endMs + DRAIN_SLACK_MS;
    setTimeout(() => process.exit(1), Math.min(limitMs, TIMER_MS_MAX)).unref();
    drain(signal).then(
      () => {
        log.info('stopped');
        process.exit(exitCode);
      },
      (error: unknown) => exitWith(log, error),
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
  process.on('uncaughtException', (error) => exitWith(log, error));
  process.on('unhandledRejection', (error) => exitWith(log, error));
  return (reason, exitCode) => {
    if (firstSignalAt === undefined) end(reason, exitCode);
  };
}

/**
 * Says why and exits: 2 for a bad option, 1 for anything else. A `LanyardError` is for people (its message only), anything else is
 * a bug (with its stack).
 */
export function exitWith(log: Log, error: unknown): never {
  if (error instanceof LanyardError) log.fatal({ code: error.code }, error.message);
  else log.fatal({ err: error }, 'unexpected error, this is a bug');
  process.exit(error instanceof LanyardError && error.code === 'BAD_OPTION' ? 2 : 1);
}
