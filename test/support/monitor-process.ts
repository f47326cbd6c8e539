// A real monitor as a process on loopback, for system tests.
import { LOOPBACK } from './cluster.ts';
import { NodeProcess, type NodeOptions } from './node-process.ts';

export class Monitor extends NodeProcess {
  constructor(discoveryPort: number, { args = [], ...options }: NodeOptions = {}) {
    super('bin/monitor', { ...options, args: [...LOOPBACK, '--discovery-port', discoveryPort.toString(), ...args] });
  }

  /** The port of its list of targets. */
  async targetsPort(): Promise<number> {
    return (await this.log('monitor is up'))['targetsPort'] as number;
  }
}
