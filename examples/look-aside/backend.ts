// One backend that is no slave: it serves `Compute` with the task type "reverse", registers at the master and reports its load: the
// calls that it has in hand, those that wait included. A report counts calls, as the master's leases do.
import { setTimeout as sleep } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import {
  ComputeStub,
  hasCode,
  LoadBalancer,
  type RegisterResponse,
  type TaskRequest,
  type TaskResponse,
  target,
} from './lanyard.ts';
import { Places } from './places.ts';

const WAITING_MAX = 1000;
/** To listen there is to listen everywhere: no client can call it. */
const ANY_ADDRESS = ['0.0.0.0', '::'];

export interface BackendOptions {
  /** host:port of the master's --grpc-port. */
  readonly master: string;
  /** Unique among all backends. */
  readonly id: string;
  readonly service: string;
  /** Where it listens; with 0.0.0.0 or :: the master tells clients the address that the registration came from. */
  readonly host: string;
  /** How many calls it does at once; others wait. */
  readonly atOnce: number;
  /** What it reports when it has nothing to do. */
  readonly idleLoad: number;
  readonly say: (text: string) => void;
}

type Call = grpc.ServerUnaryCall<TaskRequest, TaskResponse>;
type Answer = grpc.sendUnaryData<TaskResponse>;

export class Backend {
  port = 0;
  readonly #options: BackendOptions;
  readonly #balancer: LoadBalancer;
  readonly #server = new grpc.Server();
  readonly #places: Places;
  readonly #stopping = new AbortController();

  private constructor(options: BackendOptions) {
    this.#options = options;
    this.#balancer = new LoadBalancer(options.master);
    this.#places = new Places(options.atOnce, WAITING_MAX);
    this.#server.addService(ComputeStub.service, {
      ComputeTask: (call: Call, answer: Answer) => {
        this.#computeTask(call).then(
          (response) => answer(null, response),
          (error: unknown) => answer(error as Refusal),
        );
      },
    });
  }

  /** Listens at a port that the system chooses, registers, and from then on reports. Rejects with a sentence when one of both fails. */
  static async start(options: BackendOptions): Promise<Backend> {
    const backend = new Backend(options);
    try {
      backend.port = await backend.#listen().catch((error: unknown) => {
        throw new Error(`it cannot listen at ${options.host}: ${messageOf(error)}`, { cause: error });
      });
      const registered = await backend.#register().catch((error: unknown) => {
        throw new Error(`the master at ${options.master} did not register it: ${messageOf(error)}`, { cause: error });
      });
      void backend.#report(registered);
    } catch (error) {
      backend.stop();
      throw error;
    }
    return backend;
  }

  /** Ends at once, as a server that dies: there is nothing to sign off, who reports no more is gone. */
  stop(): void {
    this.#stopping.abort();
    this.#server.forceShutdown();
    this.#balancer.close();
  }

  get #load(): number {
    return this.#options.idleLoad + this.#places.inHand;
  }

  #listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(target(this.#options.host, 0), grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
  }

  #register(): Promise<RegisterResponse> {
    const { id, service, host } = this.#options;
    const address = ANY_ADDRESS.includes(host) ? '' : host;
    return this.#balancer.registerBackend({ id, service, address, port: this.port, load: this.#load });
  }

  /** Reports until it is stopped, and registers again at a master that does not know it, such as one that was restarted. */
  async #report({ reportIntervalMs }: RegisterResponse): Promise<void> {
    const { id, say } = this.#options;
    let trouble = '';
    while (await this.#pause(reportIntervalMs)) {
      try {
        const answer = await this.#balancer.reportLoad(id, this.#load).catch((error: unknown) => {
          if (!hasCode(error, grpc.status.NOT_FOUND)) throw error;
          say(`${id}: this master does not know it; registering.`);
          return this.#register();
        });
        ({ reportIntervalMs } = answer);
        trouble = '';
      } catch (error) {
        if (trouble !== String(error) && !this.#stopping.signal.aborted)
          say(`${id}: ${String(error)}; trying again every ${reportIntervalMs} ms.`);
        trouble = String(error);
      }
    }
  }

  /** False when it was stopped meanwhile. */
  #pause(ms: number): Promise<boolean> {
    const { signal } = this.#stopping;
    return sleep(ms, true, { signal }).catch(() => false);
  }

  async #computeTask(call: Call): Promise<TaskResponse> {
    const { type, params } = call.request;
    const { text = '', workMs = '500' } = params;
    const { INVALID_ARGUMENT, RESOURCE_EXHAUSTED } = grpc.status;
    if (type !== 'reverse') throw new Refusal(INVALID_ARGUMENT, `type is "reverse" here, not "${type}"`);
    if (!(Number(workMs) >= 0)) throw new Refusal(INVALID_ARGUMENT, `workMs is a number from 0 up, not "${workMs}"`);
    if (this.#places.isFull) throw new Refusal(RESOURCE_EXHAUSTED, `${WAITING_MAX} calls wait already`);
    await this.#places.enter();
    const startMs = performance.now();
    if (!call.cancelled) await sleep(Number(workMs)); // the work of this example: it waits rather than computes
    this.#places.leave();
    const reversed = Array.from(text).reverse().join('');
    return { text: reversed, slave: this.#options.id, runMs: performance.now() - startMs };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a caller is told instead of an answer: grpc-js reads these two fields. */
class Refusal extends Error {
  readonly code: grpc.status;
  readonly details: string;

  constructor(code: grpc.status, details: string) {
    super(details);
    this.code = code;
    this.details = details;
  }
}
