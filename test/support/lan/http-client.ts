// HTTP from inside a host: a small agent process there takes requests as JSON lines, so that one costs no process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { inside, SEARCH_PATH } from './commands.ts';
import type { Host } from './host.ts';

const AGENT = path.join(import.meta.dirname, 'http-agent.mjs');

const AGENT_ENDED = 'the HTTP agent ended';

export interface HttpRequest {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  /** 0 when there was no answer; `body` then says why. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** Milliseconds since 1970, as the nodes' logs have them. */
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

interface AgentAnswer {
  readonly id: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly error?: string;
}

export class HttpClient {
  readonly #agent: ChildProcess;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #waiting = new Map<number, (answer: AgentAnswer) => void>();
  #requests = 0;
  #ended = false;

  /** Asks the HTTP server at `host`:`port` from inside `from`. */
  constructor(from: Host, host: string, port: number) {
    this.#target = { host, port };
    const [program, ...args] = inside(from.namespace);
    this.#agent = spawn(program, [...args, process.execPath, AGENT], {
      env: { ...process.env, PATH: SEARCH_PATH },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    from.runs(this.#agent);
    createInterface({ input: this.#agent.stdout! }).on('line', (line) => {
      const answer = JSON.parse(line) as AgentAnswer;
      this.#waiting.get(answer.id)?.(answer);
    });
    this.#agent.stdin!.on('error', () => undefined);
    this.#agent.once('exit', () => this.#fail());
  }

  /** Resolves always: with status 0 when nothing came back. */
  async send({ path, method = 'GET', headers = {}, body }: HttpRequest): Promise<HttpAnswer> {
    const id = ++this.#requests;
    const sentAtMs = Date.now();
    const answer = await new Promise<AgentAnswer>((resolve) => {
      if (this.#ended) resolve({ id, error: AGENT_ENDED });
      this.#waiting.set(id, resolve);
      this.#agent.stdin!.write(`${JSON.stringify({ id, ...this.#target, method, path, headers, body })}\n`);
    });
    this.#waiting.delete(id);
    const { status = 0, headers: received = {}, body: text = answer.error ?? '' } = answer;
    return { status, headers: received, body: text, sentAtMs, answeredAtMs: Date.now() };
  }

  get(path: string): Promise<HttpAnswer> {
    return this.send({ path });
  }

  async getJson<T>(path: string): Promise<T> {
    const { status, body } = await this.get(path);
    if (status !== 200) throw new Error(`GET ${path}: ${status.toString()} ${body}`);
    return JSON.parse(body) as T;
  }

  close(): void {
    this.#agent.stdin!.end();
  }

  #fail(): void {
    this.#ended = true;
    for (const [id, resolve] of this.#waiting) resolve({ id, error: AGENT_ENDED });
  }
}
