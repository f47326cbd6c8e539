// A master on the LAN with an HTTP client beside it: what the tests ask of it, in their words.
import type { SlaveView } from '../../../src/master/doors/door.ts';
import { Metrics } from '../metrics.ts';
import { eventually } from '../wait.ts';
import type { Host } from './host.ts';
import { HttpClient } from './http-client.ts';
import { LanNode, type TimedLine, type Wanted } from './lan-node.ts';
import { readAnswer, type Question, type TaskAnswer } from './questions.ts';

const HTTP_PORT = 4242;

export class Master {
  readonly node: LanNode;
  readonly client: HttpClient;

  constructor(node: LanNode, client: HttpClient) {
    this.node = node;
    this.client = client;
  }

  slaves(): Promise<SlaveView[]> {
    return this.client.getJson<SlaveView[]>('/slaves');
  }

  /** Asks a question and says how it was answered. */
  async ask(question: Question): Promise<TaskAnswer> {
    const answer = await this.client.send({ path: question.path, headers: { accept: 'application/json' } });
    return readAnswer(question, answer);
  }

  /** The line that says that a slave joined, or changed to this state. */
  member(name: string, to: string, options: Wanted = {}): Promise<TimedLine> {
    const message = to === 'joined' ? 'slave joined' : 'slave changed';
    const fields = to === 'joined' ? { slave: name } : { slave: name, to };
    return this.node.until(message, { ...options, with: { ...fields, ...options.with } });
  }

  /** Waits until `count` slaves are ready, and no others are there. */
  untilReady(count: number, limitMs: number): Promise<SlaveView[]> {
    const allReady = async (): Promise<SlaveView[] | false> => {
      const slaves = await this.slaves();
      return slaves.length === count && slaves.every(({ state }) => state === 'ready') && slaves;
    };
    return eventually(`${count.toString()} ready slaves`, allReady, limitMs);
  }

  async metrics(): Promise<Metrics> {
    return new Metrics((await this.client.get('/metrics')).body);
  }
}

/** Starts a master on `host` and waits until slaves may come. */
export async function startMaster(host: Host, ...args: readonly string[]): Promise<Master> {
  const node = new LanNode(host, 'master', args);
  const master = new Master(node, new HttpClient(host, '127.0.0.1', HTTP_PORT));
  await node.until('waiting for slaves');
  return master;
}
