// Prometheus' own judgement of a page of metrics.
import { spawnSync } from 'node:child_process';
import { SEARCH_PATH } from '../runner/requirements.ts';

/** What promtool prints about the page, nothing when all is well; undefined when it is not installed (Debian package prometheus). */
export function promtoolOn(page: string): string | undefined {
  const env = { ...process.env, PATH: SEARCH_PATH };
  const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    ...{ env, input: page, encoding: 'utf8' as const },
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
  if (error !== undefined) throw error;
  return `${stdout}${stderr}${status === 0 ? '' : `exit ${status}`}`;
}
