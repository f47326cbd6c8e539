// Two sockets as one connection: bytes both ways, each end as fast as the other reads, half-close and errors passed on.
import type { Socket } from 'node:net';

/** When one side has said all that it will say, silence of the other ends the connection after this. */
const HALF_OPEN_MS = 60_000;

/** Both must be connected and allow half-open. `onClose` is called once, when both are closed. */
export function joinSockets(a: Socket, b: Socket, onClose: () => void, halfOpenMs = HALF_OPEN_MS): void {
  let open = 2;
  for (const [from, to] of [[a, b] as const, [b, a] as const]) {
    from.pipe(to);
    from.once('end', () => to.setTimeout(halfOpenMs, () => breakOff(to)));
    from.on('error', () => breakOff(to));
    from.once('close', () => {
      if (!from.readableEnded || !from.writableFinished) breakOff(to);
      if (--open === 0) onClose();
    });
  }
}

/**
 * Closes it so that the other end sees an error: what breaks on one side must not look like a good end on the other, since a body may
 * end with its connection. `resetAndDestroy` alone says goodbye first (it ends the writable side before it resets), so what it sets is
 * set here; a Node without that closes as usual.
 */
export function breakOff(socket: Socket): void {
  Reflect.set(socket, 'resetAndClosing', true);
  socket.destroy();
}
