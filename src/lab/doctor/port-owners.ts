// Which programs have ports that matter, and which of them masters are connected to, read from /proc. Elsewhere, and for other people's processes without root, nobody is named.
import type { JoinedSlave, PortUse } from './facts.ts';
import type { Platform } from './platform.ts';

const LISTENING = '0A';
const ESTABLISHED = '01';
/** Ports of a slave to which its master is connected. */
const SLAVE_PORTS = 3;
/** Processes looked at. */
const PROCESSES_MAX = 20_000;
const COMMAND_CHARS_MAX = 80;

interface Entry {
  readonly protocol: 'UDP' | 'TCP';
  readonly port: number;
  /** IPv4, of the other end. */
  readonly remote: string;
  readonly state: string;
  readonly inode: string;
}

/** Who has UDP `udp` or a TCP port from `tcp.first` to `tcp.last`, each port once. */
export function portsInUse(
  platform: Platform,
  udp: number,
  tcp: { readonly first: number; readonly last: number } | undefined,
): PortUse[] {
  const entries = [
    ...entriesOf(platform, 'UDP').filter(({ port }) => port === udp),
    ...entriesOf(platform, 'TCP').filter(
      ({ port, state }) => state === LISTENING && tcp !== undefined && port >= tcp.first && port <= tcp.last,
    ),
  ];
  if (entries.length === 0) return [];
  const owners = ownersOf(platform, new Set(entries.map(({ inode }) => inode)));
  const uses = new Map<string, PortUse>();
  for (const { protocol, port, inode } of entries) {
    const owner = owners.get(inode);
    uses.set(`${protocol} ${port.toString()}`, { protocol, port, ...(owner !== undefined && { owner }) });
  }
  return [...uses.values()];
}

/** Programs that are as slaves are once they have joined: one of these masters is connected to three ports on which each listens. */
export function joinedSlaves(platform: Platform, masters: readonly string[]): JoinedSlave[] {
  const entries = entriesOf(platform, 'TCP');
  const listening = new Set(entries.flatMap(({ port, state }) => (state === LISTENING ? [port] : [])));
  const called = entries.filter(
    ({ port, remote, state }) => state === ESTABLISHED && listening.has(port) && masters.includes(remote),
  );
  if (called.length === 0) return [];
  const owners = ownersOf(platform, new Set(called.map(({ inode }) => inode)));
  const byOwner = new Map<string | undefined, Set<number>>();
  for (const { port, inode } of called) {
    const owner = owners.get(inode);
    byOwner.set(owner, (byOwner.get(owner) ?? new Set()).add(port));
  }
  return [...byOwner].flatMap(([owner, found]) => {
    const ports = [...found].sort((a, b) => a - b);
    return ports.length < SLAVE_PORTS ? [] : [{ ports, ...(owner !== undefined && { owner }) }];
  });
}

function entriesOf(platform: Platform, protocol: 'UDP' | 'TCP'): Entry[] {
  const name = protocol.toLowerCase();
  return [`/proc/net/${name}`, `/proc/net/${name}6`].flatMap((path) =>
    (platform.read(path) ?? '')
      .split('\n')
      .slice(1)
      .flatMap((line) => entryOf(line, protocol)),
  );
}

/** `sl local remote state … inode`, addresses and ports in hexadecimal. */
function entryOf(line: string, protocol: 'UDP' | 'TCP'): Entry[] {
  const [, local, remote = '', state = '', , , , , , inode] = line.trim().split(/\s+/);
  const port = Number.parseInt(local?.split(':')[1] ?? '', 16);
  if (inode === undefined || Number.isNaN(port)) return [];
  return [{ protocol, port, remote: addressOf(remote), state, inode }];
}

/** The last four bytes of the address, which are the IPv4 one, stand there in the byte order of the machine: little-endian. */
function addressOf(end: string): string {
  const bytes = end.split(':')[0]?.slice(-8).match(/../g) ?? [];
  return bytes
    .reverse()
    .map((byte) => Number.parseInt(byte, 16).toString())
    .join('.');
}

function ownersOf(platform: Platform, inodes: ReadonlySet<string>): Map<string, string> {
  const owners = new Map<string, string>();
  const processes = platform.list('/proc').filter((name) => /^\d+$/.test(name));
  for (const pid of processes.slice(0, PROCESSES_MAX)) {
    for (const fd of platform.list(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(platform.linkTarget(`/proc/${pid}/fd/${fd}`) ?? '')?.[1];
      if (inode !== undefined && inodes.has(inode)) owners.set(inode, `${commandOf(platform, pid)} (process ${pid})`);
    }
    if (owners.size === inodes.size) break;
  }
  return owners;
}

/** The program and what it was given first: options may hold secrets. */
function commandOf(platform: Platform, pid: string): string {
  const words = (platform.read(`/proc/${pid}/cmdline`) ?? '').split('\0').filter((word) => word !== '');
  const plain = words.slice(0, 2).filter((word, i) => i === 0 || !word.startsWith('-'));
  return (
    plain
      .map((word) => word.split('/').at(-1))
      .join(' ')
      .slice(0, COMMAND_CHARS_MAX) || 'a program'
  );
}
