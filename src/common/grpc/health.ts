// The health service (grpc.health.v1): whether this node takes calls, asked for once or watched. Made here because it is small: the
// package for it reads a file of its own, which slave.mjs does not have.
import type { sendUnaryData, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { statusOf, type StatusTools } from './unary.ts';
import { Malformed } from './definitions.ts';

/** Further watchers are turned away. */
export const WATCHERS_MAX = 1000;

type ServingStatus = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

interface HealthRequest {
  readonly service: string;
}

interface HealthResponse {
  readonly status: ServingStatus;
}

interface HealthList {
  readonly statuses: Readonly<Record<string, HealthResponse>>;
}

type Watcher = ServerWritableStream<HealthRequest | Malformed, HealthResponse>;

/** One state for the node and all its services: SERVING until `setServing(false)`. */
export class Health {
  readonly #services: ReadonlySet<string>;
  readonly #tools: StatusTools;
  readonly #watchers = new Set<Watcher>();
  #isServing = true;

  /** `services` are full names; '' stands for the node. */
  constructor(services: Iterable<string>, tools: StatusTools) {
    this.#services = new Set(['', ...services]);
    this.#tools = tools;
  }

  /** What grpc-js calls, by method. */
  handlers(): {
    Check: (
      call: ServerUnaryCall<HealthRequest | Malformed, HealthResponse>,
      done: sendUnaryData<HealthResponse>,
    ) => void;
    List: (call: ServerUnaryCall<unknown, HealthList>, done: sendUnaryData<HealthList>) => void;
    Watch: (watcher: Watcher) => void;
  } {
    return {
      Check: ({ request }, done) => this.#check(request, done),
      List: (_call, done) => done(null, { statuses: this.#all() }),
      Watch: (watcher) => this.#watch(watcher),
    };
  }

  setServing(isServing: boolean): void {
    if (isServing === this.#isServing) return;
    this.#isServing = isServing;
    for (const watcher of this.#watchers) this.#tell(watcher);
  }

  /** Ends every watch: nothing else would before the connection ends. */
  close(): void {
    for (const watcher of this.#watchers) this.#refuse(watcher, 'DRAINING', 'this node is shutting down');
    this.#watchers.clear();
  }

  #check(request: HealthRequest | Malformed, done: sendUnaryData<HealthResponse>): void {
    if (request instanceof Malformed) done(statusOf({ code: 'BAD_PARAMETER', message: request.message }, this.#tools));
    else if (this.#services.has(request.service)) done(null, { status: this.#status(request.service) });
    else done(statusOf({ code: 'NOT_FOUND', message: this.#unknown(request.service) }, this.#tools));
  }

  #all(): Record<string, HealthResponse> {
    return Object.fromEntries([...this.#services].map((service) => [service, { status: this.#status(service) }]));
  }

  /** A service that is not there may come, says the protocol: its watcher is told so, and stays. */
  #watch(watcher: Watcher): void {
    const { request } = watcher;
    if (request instanceof Malformed) this.#refuse(watcher, 'BAD_PARAMETER', request.message);
    else if (this.#watchers.size >= WATCHERS_MAX) {
      const message = `${WATCHERS_MAX.toString()} watch already; ask with Check now and then instead`;
      this.#refuse(watcher, 'TOO_MANY_LISTENERS', message);
    } else {
      this.#watchers.add(watcher);
      watcher.once('cancelled', () => this.#watchers.delete(watcher));
      this.#tell(watcher);
    }
  }

  #tell(watcher: Watcher): void {
    if (!(watcher.request instanceof Malformed)) watcher.write({ status: this.#status(watcher.request.service) });
  }

  #refuse(watcher: Watcher, code: 'BAD_PARAMETER' | 'TOO_MANY_LISTENERS' | 'DRAINING', message: string): void {
    watcher.emit('error', statusOf({ code, message }, this.#tools));
  }

  #status(service: string): ServingStatus {
    if (!this.#services.has(service)) return 'SERVICE_UNKNOWN';
    return this.#isServing ? 'SERVING' : 'NOT_SERVING';
  }

  #unknown(service: string): string {
    const names = [...this.#services].filter((name) => name !== '').join(', ');
    return `no service ${JSON.stringify(service.slice(0, 100))} here; there is ${names}, and "" for the node`;
  }
}
