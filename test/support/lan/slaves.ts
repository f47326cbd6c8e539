// Starts slaves on the LAN.
import type { Host } from './host.ts';
import { LanNode } from './lan-node.ts';

/** One thread is enough for tests, and keeps 20 slaves on one machine small. */
const DEFAULTS = ['--concurrency', '1', '--metrics-port', 'off', '--grpc-port', 'off'];

/** Starts a slave on `host`; it looks for a master on its own. */
export function startSlave(host: Host, ...args: readonly string[]): LanNode {
  return new LanNode(host, 'slave', [...DEFAULTS, ...args]);
}

/** Starts one slave per host, named by `names`, and waits until all have joined. */
export async function startSlaves(
  hosts: Readonly<Record<string, Host>>,
  ...args: readonly string[]
): Promise<LanNode[]> {
  const slaves = Object.entries(hosts).map(([name, host]) => startSlave(host, '--name', name, ...args));
  await Promise.all(slaves.map((slave) => slave.until('joined')));
  return slaves;
}

/** Milliseconds from a slave's first packet until it had joined. */
export async function joinTimeMs(slave: LanNode, timeoutMs: number): Promise<number> {
  const first = await slave.until('looking for a master');
  const joined = await slave.until('joined', { timeoutMs });
  return joined.atMs - first.atMs;
}
