// The one TCP connection to one monitor. It may only ask for the slaves, now and then; whatever else it does costs it the connection.
import type { FramedConnection } from '../../common/net/framed-connection.ts';
import { STRANGER_FRAME_BYTES_MAX } from '../../common/net/framed-connection.ts';
import { Tag, type Message } from '../../common/protocol/messages.ts';
import { ASKS_PER_SECOND_MAX, MONITOR_SILENT_MS } from '../../common/protocol/monitor-link.ts';
import type { Clock, Timer } from '../../common/time/clock.ts';

/** Ten requests take about 200 bytes; frames that say nothing must not keep the master busy. */
const BYTES_PER_SECOND_MAX = 16 * 1024;
/** A monitor that asks again while this much of what it was told still waits to leave does not read. */
const UNREAD_BYTES_MAX = 4 * 1024 * 1024;
const SECOND_MS = 1000;

export interface MonitorLinkHandlers {
  /** It asks for all slaves. */
  onAsk(sequence: number): void;
  /** The connection is closed. Called once, unless we closed it. */
  onOver(reason: string): void;
}

export class MonitorLink {
  readonly #connection: FramedConnection;
  readonly #clock: Clock;
  #handlers: MonitorLinkHandlers | undefined;
  #silence: Timer | undefined;
  #secondBeganAtMs = -Infinity;
  #asks = 0;
  #bytes = 0;

  constructor(connection: FramedConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Serves the monitor from its first request on. */
  serve(sequence: number, handlers: MonitorLinkHandlers): void {
    this.#handlers = handlers;
    if (this.#connection.state.kind === 'closed') {
      this.#over(this.#connection.state.reason);
      return;
    }
    this.#connection.adopt(
      {
        onMessage: (message) => this.#receive(message),
        onClose: (reason) => this.#over(reason),
        onBytes: (count) => this.#count(count),
      },
      STRANGER_FRAME_BYTES_MAX,
    );
    this.#ask(sequence);
  }

  send(message: Message): void {
    this.#connection.send(message);
  }

  /** Closes without telling the handlers. */
  drop(reason: string): void {
    this.#handlers = undefined;
    this.#over(reason);
  }

  /** Sends what is waiting, then closes without telling the handlers. */
  end(): void {
    this.#handlers = undefined;
    this.#silence?.cancel();
    this.#connection.end();
  }

  #receive(message: Message): void {
    if (message[0] === Tag.SlavesRequest) this.#ask(message[1]);
    else this.#over(`unexpected message ${message[0].toString()}`);
  }

  #ask(sequence: number): void {
    this.#beginSecond();
    if (++this.#asks > ASKS_PER_SECOND_MAX) {
      this.#over(`it asks more than ${ASKS_PER_SECOND_MAX.toString()} times a second`);
      return;
    }
    if (this.#connection.unsentBytes > UNREAD_BYTES_MAX) {
      this.#over('it asks but does not read');
      return;
    }
    this.#silence?.cancel();
    this.#silence = this.#clock.after(MONITOR_SILENT_MS, () => this.#over('it does not ask any more'));
    this.#handlers?.onAsk(sequence);
  }

  #count(bytes: number): void {
    this.#beginSecond();
    this.#bytes += bytes;
    if (this.#bytes > BYTES_PER_SECOND_MAX) this.#over('it sends too much');
  }

  #beginSecond(): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#secondBeganAtMs < SECOND_MS) return;
    this.#secondBeganAtMs = nowMs;
    this.#asks = 0;
    this.#bytes = 0;
  }

  #over(reason: string): void {
    const handlers = this.#handlers;
    this.#handlers = undefined;
    this.#silence?.cancel();
    this.#connection.destroy(reason);
    handlers?.onOver(reason);
  }
}
