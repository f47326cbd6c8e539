// What `ss` says of a node's sockets.
import type { LanNode } from './lan-node.ts';

export interface Connection {
  readonly local: string;
  readonly peer: string;
}

/** Established TCP connections of a process, without those of its HTTP door. */
export function tcpConnections(node: LanNode): Connection[] {
  return ss(node, '-Htnp', 'state', 'established').filter(({ local }) => portOf(local) !== 4242);
}

/** TCP ports on which a process listens. */
export function listeningPorts(node: LanNode): number[] {
  return ss(node, '-Hltnp').map(({ local }) => portOf(local));
}

export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

function ss(node: LanNode, ...options: readonly string[]): Connection[] {
  const lines = node.host.run('ss', ...options).split('\n');
  const own = lines.filter((line) => line.includes(`pid=${node.pid.toString()},`));
  // Addresses are the only columns with a colon before the process.
  return own.map((line) => {
    const [local = '', peer = ''] = line.split(/\s+/).filter((column) => /^\S+:(\d+|\*)$/.test(column));
    return { local, peer };
  });
}
