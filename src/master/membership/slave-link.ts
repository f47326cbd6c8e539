// The three TCP connections to one slave as a unit: when one closes, all are gone.
import type { FramedConnection } from '../../common/net/framed-connection.ts';
import type { Message, Role } from '../../common/protocol/messages.ts';

export interface LinkHandlers {
  onMessage(message: Message, role: Role): void;
  /** A message that no frame can carry. */
  onUnsendable(message: Message): void;
  /** Called once. */
  onClose(reason: string): void;
}

export class SlaveLink {
  readonly #connections: Readonly<Record<Role, FramedConnection>>;
  #handlers: LinkHandlers | undefined;

  constructor(connections: Readonly<Record<Role, FramedConnection>>) {
    this.#connections = connections;
  }

  /** Gives the link to the session that serves it. A connection that closed in the meantime is reported at once. */
  serve(handlers: LinkHandlers): void {
    this.#handlers = handlers;
    for (const [role, connection] of Object.entries(this.#connections) as [Role, FramedConnection][]) {
      if (connection.state.kind === 'closed') {
        this.#close(connection.state.reason);
        return;
      }
      connection.adopt({
        onMessage: (message) => this.#handlers?.onMessage(message, role),
        onClose: (reason) => this.#close(reason),
        onTooLarge: (message) => this.#handlers?.onUnsendable(message),
      });
    }
  }

  send(role: 'load' | 'dispatch', message: Message): void {
    this.#connections[role].send(message);
  }

  /** Closes without telling the handlers. */
  drop(reason: string): void {
    this.#handlers = undefined;
    this.#close(reason);
  }

  /** Sends what is waiting, then closes without telling the handlers. */
  end(): void {
    this.#handlers = undefined;
    for (const connection of this.#all()) connection.end();
  }

  #close(reason: string): void {
    const handlers = this.#handlers;
    this.#handlers = undefined;
    for (const connection of this.#all()) connection.destroy(reason);
    handlers?.onClose(reason);
  }

  #all(): FramedConnection[] {
    return Object.values(this.#connections);
  }
}
