// Which IPv4 interfaces a node uses, and the address on which each can be shouted at.
import { networkInterfaces } from 'node:os';
import { LanyardError } from '../errors.ts';

/** All addresses of this machine, or whichever the system chooses. */
export const ANY_ADDRESS = '0.0.0.0';

export interface Interface {
  readonly name: string;
  readonly address: string;
  /** Directed broadcast address: 10.77.0.255 for 10.77.0.4/24, 127.255.255.255 for loopback. */
  readonly broadcast: string;
  readonly netmask: string;
  readonly loopback: boolean;
}

type SystemInterfaces = ReturnType<typeof networkInterfaces>;

/** Every IPv4 interface that is up and can broadcast, loopback last (links without a carrier do not count as up). */
export function listInterfaces(system: SystemInterfaces = networkInterfaces()): Interface[] {
  const found: Interface[] = [];
  for (const [name, addresses] of Object.entries(system)) {
    for (const { family, address, netmask, internal } of addresses ?? []) {
      if (family !== 'IPv4' || netmask === '255.255.255.255') continue;
      found.push({ name, address, broadcast: broadcastAddress(address, netmask), netmask, loopback: internal });
    }
  }
  return found.sort((a, b) => Number(a.loopback) - Number(b.loopback));
}

/** Whether the user named this interface, by its name or its address. */
export function isNamed(wanted: readonly string[], { name, address }: Pick<Interface, 'name' | 'address'>): boolean {
  return wanted.includes(name) || wanted.includes(address);
}

/** The interfaces that the user named by name or address, each once; all of them when none was named. */
export function chooseInterfaces(wanted: readonly string[], available = listInterfaces()): Interface[] {
  if (wanted.length === 0) return available;
  const chosen = wanted.flatMap((want) => {
    const matching = available.filter((one) => isNamed([want], one));
    if (matching.length > 0) return matching;
    const known = available.map(({ name, address }) => `${name} (${address})`).join(', ') || 'none';
    throw new LanyardError(
      'BAD_OPTION',
      `--interface ${want}: expected an IPv4 interface that is up, by name or address; this machine has: ${known}`,
    );
  });
  return [...new Set(chosen)];
}

/** One chosen interface is bound to its own address, so that nobody else can connect; otherwise all are listened on. */
export function bindAddress(
  wanted: readonly string[],
  chosen: readonly Interface[] = chooseInterfaces(wanted),
): string {
  return wanted.length > 0 && chosen.length === 1 ? (chosen[0]?.address ?? ANY_ADDRESS) : ANY_ADDRESS;
}

/** What is sent to --master leaves from the first chosen interface that is up; when none was named, the system chooses. */
export function sourceAddress(wanted: readonly string[], chosen: readonly Interface[]): string {
  return wanted.length === 0 ? ANY_ADDRESS : (chosen[0]?.address ?? ANY_ADDRESS);
}

/** Where a page is served: on all addresses, unless the user keeps everything on this machine. */
export function pageAddress(wanted: readonly string[]): string {
  const isLocal = wanted.length > 0 && chooseInterfaces(wanted).every(({ loopback }) => loopback);
  return isLocal ? '127.0.0.1' : ANY_ADDRESS;
}

/** The last address of the subnet: host bits all set. Both in dotted form. */
export function broadcastAddress(address: string, netmask: string): string {
  const mask = netmask.split('.').map(Number);
  return address
    .split('.')
    .map((byte, i) => (Number(byte) | (~(mask[i] ?? 255) & 255)).toString())
    .join('.');
}
