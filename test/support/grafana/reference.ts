// Grafana's own descriptions, which lie beside the project and not in it: where they are, and skipping when they are not there.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '../../../../shared/reference/grafana');

/** For `before` of tests whose title says "(needs ../shared)": skips them where that folder is absent. */
export function needsShared(this: Mocha.Context): void {
  if (!existsSync(FOLDER)) this.skip();
}

/** One of the files, parsed. */
export function referenceJson(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8')) as Record<string, unknown>;
}
