// For tests of the look-aside door: clients and backends of examples/look-aside, and what the master says of backends.
import type { status } from '@grpc/grpc-js';
import { Backend, type BackendOptions } from '../../examples/look-aside/backend.ts';
import { reverse, type Work } from '../../examples/look-aside/client.ts';
import { LoadBalancer } from '../../examples/look-aside/lanyard.ts';
import { summarize, type Summary } from '../../examples/look-aside/summary.ts';
import type { Master } from './cluster.ts';
import { getJson } from './http.ts';

/** host:port of the look-aside door. */
export function doorOf(master: Master): string {
  return `127.0.0.1:${master.grpcPort}`;
}

const opened: LoadBalancer[] = [];
const started: Backend[] = [];

/** A connection to the door of its own, until `endLookAside`. */
export function connect(master: Master): LoadBalancer {
  const balancer = new LoadBalancer(doorOf(master));
  opened.push(balancer);
  return balancer;
}

/** Starts a backend of the service `reverse` in this process, until `endLookAside`. */
export async function startBackend(
  master: Master,
  id: string,
  options: Partial<BackendOptions> = {},
): Promise<Backend> {
  const usual = { service: 'reverse', host: '127.0.0.1', atOnce: 4, idleLoad: 0, say: () => undefined };
  const backend = await Backend.start({ ...usual, master: doorOf(master), id, ...options });
  started.push(backend);
  return backend;
}

/** For `after` and `afterEach`, before the nodes are ended. */
export function endLookAside(): void {
  for (const balancer of opened.splice(0)) balancer.close();
  for (const backend of started.splice(0)) backend.stop();
}

/** So many clients, each with a connection of its own, all asking at once: what they are told, as a count of each backend. */
export async function askAtOnce(master: Master, clients: number, service: string): Promise<Record<string, number>> {
  const balancers = Array.from({ length: clients }, () => connect(master));
  await Promise.all(balancers.map((balancer) => balancer.ready(20_000)));
  const answers = await Promise.all(balancers.map((balancer, i) => balancer.getBackend(service, `client-${i}`)));
  const share: Record<string, number> = {};
  for (const { id } of answers) share[id] = (share[id] ?? 0) + 1;
  return share;
}

/** So many clients at once, each with one string to be reversed. */
export async function callAtOnce(master: Master, clients: number, work: Omit<Work, 'text'>): Promise<Summary> {
  const balancers = Array.from({ length: clients }, () => connect(master));
  await Promise.all(balancers.map((balancer) => balancer.ready(20_000)));
  const outcomes = await Promise.all(
    balancers.map((balancer, i) => reverse(balancer, `client-${i}`, { ...work, text: `text ${i}` })),
  );
  for (const balancer of balancers) balancer.close();
  return summarize(outcomes, 1);
}

/** The status code that a call was refused with; rejects when it was answered. */
export async function statusOf(call: Promise<unknown>): Promise<status> {
  const error: unknown = await call.then(
    (answer) => new Error(`it answered ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  );
  const { code } = error as { code?: status };
  if (code === undefined) throw error;
  return code;
}

export interface BackendView {
  readonly id: string;
  readonly state: string;
  readonly load: number;
  readonly leases: number;
}

export async function backendsOf(master: Master): Promise<BackendView[]> {
  return (await getJson<{ backends: BackendView[] }>(`${master.url}/backends`)).backends;
}
