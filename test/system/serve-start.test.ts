// What happens to a slave with a service before it is up: its start is made slow where it opens its metrics, the last of its ports.
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { Slave, stopAll } from '../support/cluster.ts';
import { freeDiscoveryPort, freeTcpPort } from '../support/ports.ts';
import { eventually } from '../support/wait.ts';

const SLOW_MS = 500;

describe('a slave with a service, while it starts', () => {
  let forwardPort: number;
  afterEach(stopAll);

  async function slowly(...args: readonly string[]): Promise<Slave> {
    const metricsPort = await freeTcpPort();
    forwardPort = await freeTcpPort();
    const slow = `
      import { Server } from 'node:net';
      const { listen } = Server.prototype;
      Server.prototype.listen = function (...given) {
        if ((given[0]?.port ?? given[0]) !== ${metricsPort}) return listen.apply(this, given);
        setTimeout(() => listen.apply(this, given), ${SLOW_MS});
        return this;
      };`;
    return new Slave(await freeDiscoveryPort(), {
      args: ['--forward-port', `${forwardPort}`, '--metrics-port', `${metricsPort}`, ...args],
      env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(slow)}` },
    });
  }

  it('turns strangers away', async () => {
    const slave = await slowly('--serve', 'web=http://127.0.0.1:9');
    await eventually('somebody got through before it was up', async () => {
      const stranger = connect(forwardPort, '127.0.0.1');
      const [isOpen] = await Promise.race([
        once(stranger, 'connect').then(() => [true]),
        once(stranger, 'error').then(() => [false]),
      ]).catch(() => [false]);
      stranger.destroy();
      return isOpen;
    });
    expect(slave.output).not.to.contain('slave is up');
    await slave.ready();
  });

  it('ends with its service, and says that it was that', async () => {
    const slave = await slowly('--serve', 'web=http://127.0.0.1:0', '--service-command', 'exit 3');
    expect(await slave.exited).to.deep.equal({ code: 1, signal: null });
    expect(slave.output).to.contain('the service has ended').and.not.to.contain('this is a bug');
    expect(slave.output).not.to.contain('slave is up');
  });
});
