// Who may do what: a token's role against what a request needs, in Grafana's words.
import { refusal, type Reply } from './store.ts';

export type Role = 'Viewer' | 'Editor' | 'Admin';

const RANK: Record<Role, number> = { Viewer: 0, Editor: 1, Admin: 2 };

/** Undefined when `role` may. */
export function forbidden(role: Role, method: string, path: string): Reply | undefined {
  const [need, permission] = needs(method, path);
  if (RANK[role] >= RANK[need]) return undefined;
  const words = `You'll need additional permissions to perform this action. Permissions needed: ${permission}`;
  return refusal(403, words);
}

function needs(method: string, path: string): [Role, string] {
  const verb = { GET: 'read', POST: 'create', PUT: 'write', DELETE: 'delete' }[method] ?? method;
  if (path.startsWith('/api/datasources')) return ['Admin', `datasources:${verb}`];
  return [method === 'GET' ? 'Viewer' : 'Editor', `dashboards:${verb}`];
}
