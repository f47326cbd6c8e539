// What the next connection to the master has to carry: results, and tasks given back, that ended while there was none. Bounded: the
// oldest make room, and their tasks are run again by the master, which is told what this slave still holds.
import { encodeBatch, FRAME_BYTES_MAX } from '../common/protocol/framing.ts';
import { OUTCOMES, Tag, type AckMessage, type Held, type ResultMessage } from '../common/protocol/messages.ts';
import { isForeignTaskId } from '../common/protocol/task-ids.ts';

const UNSENT_MAX = 10_000;
const UNSENT_BYTES_MAX = 64 * 1024 * 1024;

export type UnsentMessage = AckMessage | ResultMessage;

interface Kept {
  readonly message: UnsentMessage;
  readonly bytes: number;
}

export class Unsent {
  #kept: Kept[] = [];
  #bytes = 0;
  readonly #countMax: number;
  readonly #bytesMax: number;

  constructor(countMax = UNSENT_MAX, bytesMax = UNSENT_BYTES_MAX) {
    this.#countMax = countMax;
    this.#bytesMax = bytesMax;
  }

  get size(): number {
    return this.#kept.length;
  }

  /** The attempts that have ended but are not reported. */
  holds(): Held[] {
    return this.#kept.map(({ message }): Held => [message[1], message[2]]);
  }

  /** Keeps a message; returns how many older ones had to go for it. */
  push(given: UnsentMessage): number {
    const [frame] = encodeBatch([given]).frames;
    const message = frame === undefined && given[0] === Tag.Result ? tooLarge(given) : given;
    const bytes = frame?.length ?? 0;
    this.#kept.push({ message, bytes });
    this.#bytes += bytes;
    let dropped = 0;
    while (this.#kept.length - dropped > this.#countMax || this.#bytes > this.#bytesMax) {
      this.#bytes -= this.#kept[dropped++]?.bytes ?? 0;
    }
    this.#kept.splice(0, dropped);
    return dropped;
  }

  /** Another master has no use for what this one waits for. */
  dropForeign(masterId: string): void {
    this.#kept = this.#kept.filter(({ message }) => !isForeignTaskId(message[1], masterId));
    this.#bytes = this.#kept.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Everything, in order; nothing is kept any more. */
  takeAll(): UnsentMessage[] {
    const messages = this.#kept.map(({ message }) => message);
    this.#kept = [];
    this.#bytes = 0;
    return messages;
  }
}

/** What takes the place of a result that no frame can carry. */
export function tooLarge([, id, attempt, , , runMs]: ResultMessage): ResultMessage {
  const text = `the result is larger than ${FRAME_BYTES_MAX.toString()} bytes, the most that one message can carry`;
  return [Tag.Result, id, attempt, OUTCOMES.indexOf('failed'), text, runMs, true];
}
