// What a node does with whoever connects to its listeners: a stranger has little room and little time to say hello, and the hello
// must be that of the master which this node asked.
import type { Socket } from 'node:net';
import type { Log } from '../log.ts';
import { MONITOR_ROLE, ROLES, Tag, type Hello } from '../protocol/messages.ts';
import { negotiate, PROTOCOL_VERSION } from '../protocol/version.ts';
import type { Clock } from '../time/clock.ts';
import { FramedConnection, STRANGER_FRAME_BYTES_MAX } from './framed-connection.ts';

/** Who connects must say hello within this time. */
export const HELLO_TIMEOUT_MS = 3000;

export interface Reception {
  readonly clock: Clock;
  readonly log: Log;
  /** Takes the connection over, or says what is wrong with the hello. */
  readonly greet: (hello: Hello, connection: FramedConnection) => string | undefined;
}

/** Lets the other end of a new socket say hello; anything else, or nothing in time, costs it the connection. */
export function receiveStranger(socket: Socket, { clock, log, greet }: Reception): void {
  const connection: FramedConnection = new FramedConnection(
    socket,
    {
      onMessage: (message) => {
        timer.cancel();
        const problem = message[0] === Tag.Hello ? greet(message, connection) : 'no hello';
        if (problem === undefined) return;
        log.debug({ from: connection.remoteAddress, problem }, 'connection turned away');
        connection.destroy(problem);
      },
      onClose: () => timer.cancel(),
    },
    STRANGER_FRAME_BYTES_MAX,
  );
  const timer = clock.after(HELLO_TIMEOUT_MS, () => connection.destroy('no hello in time'));
}

/** What is wrong with a hello on the listener for `role` (its number), if anything. `nonces`: those that were asked with. */
export function helloProblem(hello: Hello, role: number, nonces: readonly (string | undefined)[]): string | undefined {
  const [, named, nonce, , , major, minor] = hello;
  if (named !== role) return `hello for ${nameOf(named)} on the ${nameOf(role)} port`;
  if (negotiate(PROTOCOL_VERSION, { major, minor }) === undefined) return 'wrong protocol version';
  return nonces.includes(nonce) ? undefined : 'unknown nonce';
}

function nameOf(role: number): string {
  return ROLES[role] ?? (role === MONITOR_ROLE ? 'monitor' : 'nothing');
}
