// The three sockets that one master has opened to this slave. A hello with a newer nonce or a higher dial number replaces them all.
import type { FramedConnection } from '../common/net/framed-connection.ts';
import { type Hello, type Message, type Role } from '../common/protocol/messages.ts';

/** Messages kept for sockets whose hello is still on its way. */
const EARLY_MAX = 100_000;

export interface MasterLinkHandlers {
  onMessage(message: Message, role: Role): void;
  /** One of our own messages fits no frame. */
  onTooLarge(message: Message): void;
  /** One socket closed, so all are closed. Called once. */
  onClose(reason: string): void;
}

export class MasterLink {
  readonly nonce: string;
  readonly masterId: string;
  readonly dial: number;
  readonly #handlers: MasterLinkHandlers;
  readonly #connections = new Map<Role, FramedConnection>();
  /** For sockets whose hello is still on its way. */
  #early: (readonly [Role, Message])[] = [];
  #closed = false;

  constructor([, , nonce, masterId, dial]: Hello, handlers: MasterLinkHandlers) {
    this.nonce = nonce;
    this.masterId = masterId;
    this.dial = dial;
    this.#handlers = handlers;
  }

  /** Where the master connects from; undefined before its first socket. */
  get address(): string | undefined {
    for (const { remoteAddress } of this.#connections.values()) return remoteAddress;
    return undefined;
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  /** Takes a socket in; a second one for the same role replaces the first (its hello was lost on the way and repeated). */
  attach(role: Role, connection: FramedConnection): void {
    const before = this.#connections.get(role);
    this.#connections.set(role, connection);
    before?.destroy('replaced');
    connection.adopt({
      onMessage: (message) => this.#handlers.onMessage(message, role),
      onClose: (reason) => {
        if (this.#connections.get(role) === connection) this.#close(reason);
      },
      onTooLarge: (message) => this.#handlers.onTooLarge(message),
    });
    for (const [early, message] of this.#early) if (early === role) connection.send(message);
    this.#early = this.#early.filter(([early]) => early !== role);
  }

  send(role: Role, message: Message): void {
    const connection = this.#connections.get(role);
    if (connection !== undefined) connection.send(message);
    else if (this.#early.length < EARLY_MAX) this.#early.push([role, message]);
    else this.#close('too much to send before the master said hello');
  }

  /** Closes without telling the handlers. */
  drop(reason: string): void {
    this.#closed = true;
    for (const connection of this.#connections.values()) connection.destroy(reason);
  }

  /** Sends what is waiting, then closes without telling the handlers. */
  end(): void {
    this.#closed = true;
    for (const connection of this.#connections.values()) connection.end();
  }

  #close(reason: string): void {
    if (this.#closed) return;
    this.drop(reason);
    this.#handlers.onClose(reason);
  }
}
