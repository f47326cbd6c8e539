// How much memory each worker thread holds, asked from outside while its task runs. V8's own limit is no protection: at it, one
// large allocation (a growing Map, `push` on a long array) ends the whole process, and Buffers are not counted. The inspector's
// protocol interrupts even a tight loop, so a thread can be measured, and ended, before it gets there. No port is opened. Not seen is
// what native add-ons take for themselves, and what is taken within one operation of V8 until that is over.
import { Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

/** So far above its limit V8 ends a thread itself: room for what one allocation may take before the thread is looked at again. */
export const HEADROOM_BYTES = 2 * 1024 ** 3;
/** Bytes of memory are given back a moment later than they are collected, so too many of them count when seen twice. */
const SIGHTINGS = 2;

/** Collects garbage only when it could make the difference; gives back [heap, heap with buffers and WebAssembly] in bytes. */
const MEASURE = (limitBytes: number): string => `(() => {
  const used = () => {
    const { heapUsed, arrayBuffers, external } = process.memoryUsage();
    return [heapUsed, heapUsed + Math.max(arrayBuffers, external)];
  };
  let now = used();
  if (now[1] > ${limitBytes.toString()}) { globalThis.gc?.(); now = used(); }
  return now;
})()`;

interface Look<T> {
  readonly sessionId: string;
  /** Messages on their way: a thread inside one long operation answers after it. */
  asked: boolean;
  sightings: number;
  /** What the thread was at when it was asked last. */
  subject: T | undefined;
  /** And at its first sighting. */
  first: T | undefined;
}

export class ThreadMemory<T> {
  readonly #limitBytes: number;
  readonly #onOver: (threadId: number, subject: T | undefined) => void;
  readonly #session = new Session();
  readonly #looks = new Map<number, Look<T>>();
  readonly #message: string;

  /** `onOver` is told which thread held more than `limitBytes`, garbage not counted, and at what, if that is clear. Create it before the threads. */
  constructor(limitBytes: number, onOver: (threadId: number, subject: T | undefined) => void) {
    this.#limitBytes = limitBytes;
    this.#onOver = onOver;
    const params = { expression: MEASURE(limitBytes), returnByValue: true };
    this.#message = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params });
    // So that the threads to come can be told to collect their garbage.
    setFlagsFromString('--expose-gc');
    this.#session.connect();
    this.#session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
      const threadId = Number(/^\[worker (\d+)\]/.exec(workerInfo.title)?.[1]);
      this.#looks.set(threadId, { sessionId, asked: false, sightings: 0, subject: undefined, first: undefined });
    });
    this.#session.on('NodeWorker.detachedFromWorker', ({ params: { sessionId } }) => {
      for (const [threadId, look] of this.#looks) if (look.sessionId === sessionId) this.#looks.delete(threadId);
    });
    this.#session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
      // An answer interrupts whatever code runs here, anywhere: it is looked at when that is over.
      setImmediate(() => this.#receive(sessionId, message));
    });
    this.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  }

  /** Has a thread measured, which is at `subject` now, unless it still owes an answer. */
  look(threadId: number, subject: T | undefined): void {
    const look = this.#looks.get(threadId);
    if (look === undefined || look.asked) return;
    look.asked = true;
    look.subject = subject;
    this.#session.post('NodeWorker.sendMessageToWorker', { sessionId: look.sessionId, message: this.#message });
  }

  close(): void {
    this.#session.disconnect();
    this.#looks.clear();
  }

  #receive(sessionId: string, message: string): void {
    for (const [threadId, look] of this.#looks) {
      if (look.sessionId === sessionId) this.#judge(threadId, look, message);
    }
  }

  #judge(threadId: number, look: Look<T>, message: string): void {
    look.asked = false;
    const [heap, all] = measured(message);
    look.sightings = all > this.#limitBytes ? look.sightings + 1 : 0;
    if (look.sightings <= 1) look.first = look.subject;
    if (heap > this.#limitBytes || look.sightings >= SIGHTINGS) {
      this.#onOver(threadId, look.first === look.subject ? look.subject : undefined);
    }
  }
}

/** 0 when the thread could not tell. */
function measured(message: string): readonly [heap: number, all: number] {
  const answer = JSON.parse(message) as { result?: { result?: { value?: unknown } } };
  const value = answer.result?.result?.value;
  return Array.isArray(value) ? [Number(value[0]), Number(value[1])] : [0, 0];
}
