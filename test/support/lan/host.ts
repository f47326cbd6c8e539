// One host of a LAN: a network namespace, and the processes that run in it.
import { ip, nft, runIn } from './commands.ts';
import type { Cable } from './cable.ts';
import { attempt } from './leftovers.ts';

/** A process that runs here. */
export interface Killable {
  kill(signal: NodeJS.Signals): boolean;
}

export class Host {
  readonly namespace: string;
  readonly cables: Cable[] = [];
  readonly #processes: Killable[] = [];

  constructor(namespace: string) {
    this.namespace = namespace;
    ip('netns', 'add', namespace);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }

  /** Its first cable. */
  get cable(): Cable {
    const [first] = this.cables;
    if (first === undefined) throw new Error(`host ${this.namespace} has no cable`);
    return first;
  }

  get address(): string {
    return this.cable.address;
  }

  /** From now on `process` is ended when the host is removed. */
  runs(process: Killable): void {
    this.#processes.push(process);
  }

  /** Runs a program here to its end. */
  run(program: string, ...args: readonly string[]): string {
    return runIn(this.namespace, program, ...args);
  }

  /** Loses this share of all packets that arrive, except those from the host itself. */
  loseInput(percent: number): void {
    nft(
      this.namespace,
      'add table inet loss',
      'add chain inet loss input { type filter hook input priority 0; }',
      `add rule inet loss input iifname != "lo" numgen random mod 100 < ${percent.toString()} drop`,
    );
  }

  /** Nothing is lost any more. */
  loseNothing(): void {
    nft(this.namespace, 'delete table inet loss');
  }

  /** Sends what is for elsewhere to this router. */
  routeThrough(router: string): void {
    ip('-n', this.namespace, 'route', 'add', 'default', 'via', router);
  }

  setKernelOption(name: string, value: string): void {
    this.run('sysctl', '-qw', `${name}=${value}`);
  }

  remove(): void {
    for (const process of this.#processes) process.kill('SIGKILL');
    attempt(() => ip('netns', 'del', this.namespace));
  }
}
