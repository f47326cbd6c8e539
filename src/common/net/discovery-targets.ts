// Where a node asks for a master, and in which order. The first answer wins, and the address that it came by is the one by which the
// cluster knows the node: so the real network is asked first, then those of containers and VPNs, loopback last.
import { virtualKind } from './interface-kinds.ts';
import type { Interface } from './interfaces.ts';

/** Networks of containers, virtual machines and VPNs wait this long behind a real one. */
const VIRTUAL_DELAY_MS = 100;
/** Loopback waits this long, so that a node on the master's own host is known by its LAN address. */
const LOOPBACK_DELAY_MS = 200;

export interface DiscoveryTarget extends Interface {
  /** How long after the first one it is asked. */
  readonly delayMs: number;
}

/** The interfaces in the order in which they are asked. Nothing waits that has nobody to wait for. */
export function discoveryTargets(available: readonly Interface[]): DiscoveryTarget[] {
  const delays = available.map(({ name, loopback }) => {
    if (loopback) return LOOPBACK_DELAY_MS;
    return virtualKind(name) === undefined ? 0 : VIRTUAL_DELAY_MS;
  });
  const firstMs = Math.min(...delays);
  return available
    .map((one, i) => ({ ...one, delayMs: delays[i] === firstMs ? 0 : (delays[i] ?? 0) }))
    .sort((a, b) => a.delayMs - b.delayMs);
}
