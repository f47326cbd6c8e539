// Meeting a slave: three connections, and its capabilities on the load socket.
import { ROLES, Tag, type Role, type SlaveCapabilities } from '../../common/protocol/messages.ts';
import type { Clock } from '../../common/time/clock.ts';
import { dial, type DialTarget, type Introduction } from './dial.ts';
import { SlaveLink } from './slave-link.ts';

const SLAVE: Introduction<Role, SlaveCapabilities> = {
  roles: ROLES.map((role, number) => [role, number]),
  read: (role, message) => (role === 'load' && message[0] === Tag.Capabilities ? message[1] : undefined),
};

export type DialledSlave =
  | { readonly ok: true; readonly link: SlaveLink; readonly capabilities: SlaveCapabilities }
  | { readonly ok: false; readonly refused: boolean; readonly reason: string };

export async function dialSlave(target: DialTarget, clock: Clock): Promise<DialledSlave> {
  const dialled = await dial(target, SLAVE, clock);
  if (!dialled.ok) return dialled;
  return { ok: true, link: new SlaveLink(dialled.connections), capabilities: dialled.said };
}
