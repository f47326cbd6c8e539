// The only place that knows pino. Pretty on a terminal, JSON lines otherwise; messages are constant, facts are fields.
import { pino, type Logger } from 'pino';
import { PinoPretty as pretty } from 'pino-pretty';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'>;

/** The levels that `--log-level` takes, chattiest first. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/**
 * Makes the log of one node. `node` ("master", "slave", "monitor") is a field of every line. It goes to standard output, unless
 * that is for something else.
 */
export function createLog(node: string, level: string, output: 'stdout' | 'stderr' = 'stdout'): Log {
  const { isTTY, fd } = process[output];
  if (!isTTY) {
    const base = { node, pid: process.pid };
    return pino({ level, base, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd, sync: true }));
  }
  // In this thread and synchronous, so that the last line before an exit is not lost.
  const stream = pretty({
    sync: true,
    destination: fd,
    // A command stands in its message.
    ignore: 'node,pid,hostname,command',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  return pino({ level, base: { node } }, stream);
}
