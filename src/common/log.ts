// The only place that knows pino. Pretty on a terminal, JSON lines otherwise; messages are constant, facts are fields.
import { pino, type Logger } from 'pino';
import { PinoPretty as pretty } from 'pino-pretty';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'>;

/** The levels that `--log-level` takes, chattiest first. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Makes the log of one node. `node` ("master", "slave") is a field of every line. */
export function createLog(node: string, level: string): Log {
  if (!process.stdout.isTTY) {
    return pino({ level, base: { node, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });
  }
  // In this thread and synchronous, so that the last line before an exit is not lost.
  const stream = pretty({ sync: true, ignore: 'node,pid,hostname', translateTime: 'SYS:HH:MM:ss.l', singleLine: true });
  return pino({ level, base: { node } }, stream);
}
