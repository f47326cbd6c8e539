// A log that keeps its lines, as JSON would show them.
import type { Log } from '../../../src/common/log.ts';

export interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export function collectedLog(): { readonly log: Log; readonly lines: Line[] } {
  const lines: Line[] = [];
  const at =
    (level: string) =>
    (fields: object | string, msg = ''): void => {
      const line = typeof fields === 'string' ? { level, msg: fields } : { ...fields, level, msg };
      lines.push(JSON.parse(JSON.stringify(line)) as Line);
    };
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal') };
  return { log: log as unknown as Log, lines };
}
