// Meeting a slave: three connections, and its capabilities on the load socket; or a Leave, when it only wanted to know whether it could join.
import { ROLES, Tag, type Role, type SlaveCapabilities } from '../../common/protocol/messages.ts';
import type { Clock } from '../../common/time/clock.ts';
import { dial, type DialTarget, type Introduction } from './dial.ts';
import { SlaveLink } from './slave-link.ts';

const SLAVE: Introduction<Role, SlaveCapabilities | 'left'> = {
  roles: ROLES.map((role, number) => [role, number]),
  read: (role, message) => {
    if (role !== 'load') return undefined;
    if (message[0] === Tag.Leave) return 'left';
    return message[0] === Tag.Capabilities ? message[1] : undefined;
  },
};

export type DialledSlave =
  | { readonly ok: true; readonly link: SlaveLink; readonly capabilities: SlaveCapabilities }
  /** `left`: all is well, but it does not want to join. */
  | { readonly ok: false; readonly refused: boolean; readonly left: boolean; readonly reason: string };

export async function dialSlave(target: DialTarget, clock: Clock): Promise<DialledSlave> {
  const dialled = await dial(target, SLAVE, clock);
  if (!dialled.ok) return { ...dialled, left: false };
  if (dialled.said === 'left') {
    for (const connection of Object.values(dialled.connections)) connection.end();
    return { ok: false, refused: false, left: true, reason: 'the node left without joining' };
  }
  return { ok: true, link: new SlaveLink(dialled.connections), capabilities: dialled.said };
}
