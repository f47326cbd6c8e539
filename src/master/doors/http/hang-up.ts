// What a connection waits for, let go when it closes. By connection, not by response: requests may be pipelined, and only the first
// one's response hears of a hang-up.
import type { IncomingMessage } from 'node:http';

const CLIENT_WENT_AWAY = 'the client went away';

/** Something that is of no use to anyone once the client has gone. */
export interface Held {
  cancel(reason: string): void;
}

type Connection = IncomingMessage['socket'];

const heldBy = new WeakMap<Connection, Set<Held>>();

/** What this connection waits for: `cancel` is called on all that is still in it when the connection closes. */
export function heldFor(socket: Connection): Set<Held> {
  let held = heldBy.get(socket);
  if (held === undefined) {
    const all = (held = new Set<Held>());
    heldBy.set(socket, all);
    socket.once('close', () => {
      for (const one of all) one.cancel(CLIENT_WENT_AWAY);
      all.clear();
    });
  }
  return held;
}

/** The same for what begins late: cancelled at once when the connection has closed meanwhile. Returns how to let go. */
export function holdWhileOpen(socket: Connection, held: Held): () => void {
  if (socket.destroyed) {
    held.cancel(CLIENT_WENT_AWAY);
    return () => undefined;
  }
  const all = heldFor(socket);
  all.add(held);
  return () => void all.delete(held);
}
