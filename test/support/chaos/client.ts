// The clients' side of HTTP: requests go to an agent process inside the clients' host, and each comes back once, whatever happens.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { inside, SEARCH_PATH } from '../lan/commands.ts';
import type { Host } from '../lan/host.ts';

const AGENT = path.join(import.meta.dirname, 'agent.mjs');

/** Reasons for an answer without a status, beside the system's own such as ECONNRESET. */
export const HUNG_UP = 'HUNG_UP';
export const NO_ANSWER = 'NO_ANSWER_WITHIN_LIMIT';
const AGENT_ENDED = 'AGENT_ENDED';

export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Without an answer by then it hangs. */
  readonly limitMs: number;
  /** The answer comes in lines, each told as it arrives; `onHead` comes before them. */
  readonly onHead?: (status: number) => void;
  readonly onLine?: (line: string) => void;
}

export interface Answer {
  /** 0 when there was none; `error` then says why. */
  readonly status: number;
  readonly error: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** By this process's clock, Date.now(). */
  readonly sentAtMs: number;
  readonly endedAtMs: number;
}

export interface Sent {
  readonly answer: Promise<Answer>;
  /** The client goes away; the answer is then the error HUNG_UP, unless it had come. */
  hangUp(): void;
}

interface Told {
  readonly id: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly line?: string;
  readonly error?: string;
}

export class Client {
  readonly #agent: ChildProcess;
  readonly #waiting = new Map<number, (told: Told) => void>();
  #requests = 0;

  constructor(from: Host, host: string, port: number) {
    const [program, ...args] = inside(from.namespace);
    this.#agent = spawn(program, [...args, process.execPath, AGENT, host, port.toString()], {
      env: { ...process.env, PATH: SEARCH_PATH },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    from.runs(this.#agent);
    createInterface({ input: this.#agent.stdout! }).on('line', (line) => {
      const told = JSON.parse(line) as Told;
      this.#waiting.get(told.id)?.(told);
    });
    this.#agent.stdin!.on('error', () => undefined);
    this.#agent.once('exit', () => {
      for (const [id, tell] of this.#waiting) tell({ id, error: AGENT_ENDED });
    });
  }

  /** The answer resolves always. */
  send({ onHead, onLine, ...request }: Request): Sent {
    const id = ++this.#requests;
    const sentAtMs = Date.now();
    const answer = new Promise<Answer>((resolve) => {
      this.#waiting.set(id, ({ status = 0, headers = {}, body, line, error }) => {
        if (line !== undefined) onLine?.(line);
        else if (body === undefined && error === undefined) onHead?.(status);
        else {
          this.#waiting.delete(id);
          resolve({ status, error: error ?? '', headers, body: body ?? '', sentAtMs, endedAtMs: Date.now() });
        }
      });
      this.#tell({ id, ...request, lines: onLine !== undefined });
    });
    return { answer, hangUp: () => this.#tell({ hangUp: id }) };
  }

  close(): void {
    this.#agent.stdin!.end();
  }

  #tell(order: object): void {
    this.#agent.stdin!.write(`${JSON.stringify(order)}\n`);
  }
}
