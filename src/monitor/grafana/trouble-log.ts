// When a trouble is worth a log line: the first time, again after ten minutes, and when all is well again. Without it a Grafana that is
// down for an hour would fill the log.
import type { Log } from '../../common/log.ts';
import type { PassResult } from './pass-notes.ts';
import type { Trouble } from './trouble.ts';

/** A trouble that goes on is said again after this. */
const REMINDER_MS = 10 * 60_000;
/** So many different troubles are remembered as said; further ones are not logged until all is well. */
const SAID_MAX = 1000;

export class TroubleLog {
  readonly #log: Log;
  readonly #redact: (text: string) => string;
  /** When each trouble was said last, by kind and place. */
  readonly #said = new Map<string, number>();
  #leftAlone = new Set<string>();
  #troubledSinceMs: number | undefined;

  /** `redact`: blots out what must not be shown, such as a key that a server sends back. */
  constructor(log: Log, redact: (text: string) => string) {
    this.#log = log;
    this.#redact = redact;
  }

  wrote(writes: readonly string[]): void {
    for (const write of writes) this.#log.info({ wrote: this.#redact(write) }, 'wrote to Grafana');
  }

  /** Whatever is written is soon otherwise again. */
  contested(checkMs: number): void {
    const todo =
      'another monitor with other options, or another cluster of the same name, may keep the same board: give it a --cluster name of its own, ' +
      'or the same options; if there is none, please report this line and the version of Grafana';
    this.#log.warn({ todo, nextCheckMs: checkMs }, 'Grafana does not stay as it is written');
  }

  /** Notes what a pass met that ended at `nowMs`. */
  met({ troubles, leftAlone }: PassResult, nowMs: number): void {
    this.#sayLeftAlone(leftAlone);
    if (troubles.length > 0) {
      this.#troubledSinceMs ??= nowMs;
      for (const trouble of troubles) this.#say(trouble, nowMs);
    } else if (this.#troubledSinceMs !== undefined) {
      this.#log.info({ afterMs: Math.round(nowMs - this.#troubledSinceMs) }, 'Grafana is in order');
      this.#troubledSinceMs = undefined;
      this.#said.clear();
    }
  }

  #say(trouble: Trouble, nowMs: number): void {
    const key = keyOf(trouble);
    const saidMs = this.#said.get(key);
    if (saidMs === undefined ? this.#said.size >= SAID_MAX : nowMs - saidMs < REMINDER_MS) return;
    this.#said.set(key, nowMs);
    const sinceMs = Math.round(nowMs - (this.#troubledSinceMs ?? nowMs));
    this.#log.warn(
      { ...this.#fieldsOf(trouble), ...(sinceMs > 0 && { sinceMs }) },
      'Grafana cannot be brought up to date',
    );
  }

  /** Said once for as long as it lasts. */
  #sayLeftAlone(leftAlone: readonly Trouble[]): void {
    const now = new Set(leftAlone.map(keyOf));
    for (const trouble of leftAlone) {
      if (!this.#leftAlone.has(keyOf(trouble))) this.#log.warn(this.#fieldsOf(trouble), 'left alone in Grafana');
    }
    this.#leftAlone = now;
  }

  #fieldsOf({ kind, at, sentence, status, said }: Trouble): object {
    const words = said === undefined ? {} : { said: this.#redact(said) };
    return {
      kind,
      at: this.#redact(at),
      todo: this.#redact(sentence),
      ...(status !== undefined && { status }),
      ...words,
    };
  }
}

/** No connection and such are one trouble, whichever request met it first. */
function keyOf({ kind, at, hopeless }: Trouble): string {
  return hopeless ? kind : `${kind} ${at}`;
}
