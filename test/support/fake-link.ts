// The link of a slave session without sockets: keeps what the master sends, and says what a slave would.
import type { Message, Role, SlaveCapabilities } from '../../src/common/protocol/messages.ts';
import type { LinkHandlers, SlaveLink } from '../../src/master/membership/slave-link.ts';

export class FakeLink implements Pick<SlaveLink, 'serve' | 'send' | 'drop' | 'end'> {
  /** What was sent on each connection but for polls, in order. */
  readonly sent: Message[] = [];
  droppedBy: string | undefined;
  #handlers: LinkHandlers | undefined;

  /** As the session takes it. A class with private parts can only be stood in for by a cast. */
  get link(): SlaveLink {
    return this as unknown as SlaveLink;
  }

  /** Everything of one tag, without it. */
  sentOf(tag: number): unknown[][] {
    return this.sent.filter((message) => message[0] === tag).map(([, ...fields]) => fields);
  }

  serve(handlers: LinkHandlers): void {
    this.#handlers = handlers;
  }

  send(_role: 'load' | 'dispatch', message: Message): void {
    this.sent.push(message);
  }

  drop(reason: string): void {
    this.droppedBy = reason;
    this.#handlers = undefined;
  }

  end(): void {
    this.#handlers = undefined;
  }

  /** The slave says something; nobody hears it once the link is dropped. */
  receive(message: Message, role: Role = 'results'): void {
    this.#handlers?.onMessage(message, role);
  }
}

/** What a slave of one instance says of itself. */
export function capabilitiesOf(instanceId: string, rest: Partial<SlaveCapabilities> = {}): SlaveCapabilities {
  const machine = { cores: 1, concurrency: 1, maxLoad: 1e9, groups: [], labels: {}, metricsPort: 0 };
  return { instanceId, name: instanceId, ...machine, holds: [], draining: false, ...rest };
}
