// What a replica is made of, as the master's --template tells its provider (docs/replicas.md): process-template.json or
// docker-template.json beside this file, with the numbers of an experiment.
import { readFileSync } from 'node:fs';
import path from 'node:path';

export interface TemplateWishes {
  readonly provider: 'process' | 'docker';
  /** Requests at once: what the server takes, and what the master sends it. */
  readonly maxRequests: number;
  /** For docker. */
  readonly image: string;
}

/** For `process`: a slave with the server as its child. For `docker`: a container that runs both. */
export function templateOf({ provider, maxRequests, image }: TemplateWishes): object {
  const file = path.join(import.meta.dirname, `${provider}-template.json`);
  const template = JSON.parse(readFileSync(file, 'utf8')) as { environment: Readonly<Record<string, string>> };
  const environment = { ...template.environment, SERVER_MAX_REQUESTS: String(maxRequests) };
  const place = provider === 'docker' ? { image } : { workingDirectory: import.meta.dirname };
  return { ...template, maxConnections: maxRequests, environment, ...place };
}
