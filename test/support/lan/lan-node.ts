// A master, slave or monitor on a host of the LAN. Its log lines have times, which are the same in all hosts: what took how long is read
// from them.
import { type LogLine, NodeProcess } from '../node-process.ts';
import { eventually } from '../wait.ts';
import { inside, SEARCH_PATH } from './commands.ts';
import type { Host } from './host.ts';

const WAIT_MS = 20_000;
/** How much of a log is shown when what was waited for did not come. */
const TAIL_LINES = 12;

/** A log line and when it was written, in milliseconds since 1970. */
export interface TimedLine extends LogLine {
  readonly atMs: number;
}

export interface Wanted {
  /** Fields that must have these values. */
  readonly with?: Readonly<Record<string, unknown>>;
  /** Only lines of this time or later. */
  readonly sinceMs?: number;
  readonly timeoutMs?: number;
}

export class LanNode extends NodeProcess {
  readonly host: Host;
  readonly #kind: string;

  constructor(host: Host, kind: 'master' | 'slave' | 'monitor', args: readonly string[]) {
    super(`bin/${kind}`, { args, prefix: inside(host.namespace), env: { PATH: SEARCH_PATH } });
    this.host = host;
    this.#kind = kind;
    host.runs(this);
  }

  /** Lines so far with this message and these fields. */
  logged(msg: string, { with: fields = {}, sinceMs = 0 }: Wanted = {}): TimedLine[] {
    const wanted = Object.entries(fields);
    return this.logs
      .filter((line) => line.msg === msg && wanted.every(([name, value]) => line[name] === value))
      .map(timed)
      .filter(({ atMs }) => atMs >= sinceMs);
  }

  /** The first line with this message and these fields, which may be there already. */
  until(msg: string, wanted: Wanted = {}): Promise<TimedLine> {
    const { timeoutMs = WAIT_MS, with: fields = {} } = wanted;
    const what = `${this.#kind} on ${this.host.namespace} logs "${msg}" ${JSON.stringify(fields)}`;
    return eventually(what, () => this.logged(msg, wanted)[0], timeoutMs).catch((error: unknown) => {
      throw new Error(`${String(error)}, but:\n${this.tail()}`);
    });
  }

  /** What a slave says of itself when it is up, or a master when it waits: its instance id. */
  get id(): string {
    const [up] = this.logged(this.#kind === 'master' ? 'waiting for slaves' : 'slave is up');
    return up?.['id'] as string;
  }

  /** Of a slave's load, dispatch and results listeners. */
  get ports(): readonly number[] {
    return this.logged('slave is up')[0]?.['ports'] as number[];
  }

  /** The end of its log, for messages. */
  tail(): string {
    return this.output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  }
}

function timed(line: LogLine): TimedLine {
  return { ...line, atMs: Date.parse(line['time'] as string) };
}
