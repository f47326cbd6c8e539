// A cable from a host of the test LAN to its switch: a veth pair.
import { ip } from './commands.ts';

export class Cable {
  /** The switch's end. */
  readonly port: string;
  /** The host's address on it, without the prefix length. */
  readonly address: string;
  readonly #switch: string;

  constructor(switchNamespace: string, port: string, address: string) {
    this.#switch = switchNamespace;
    this.port = port;
    this.address = address;
  }

  /** The host's link loses its carrier. */
  pull(): void {
    ip('-n', this.#switch, 'link', 'set', this.port, 'down');
  }

  plugIn(): void {
    ip('-n', this.#switch, 'link', 'set', this.port, 'up');
  }
}
