// Where a slave is and what it is called: routed networks, fixed ports, the master's own host, equal names, equal addresses.
import { expect } from 'chai';
import { report } from '../support/lan/figures.ts';
import type { Host } from '../support/lan/host.ts';
import type { Lan } from '../support/lan/lan.ts';
import { startMaster } from '../support/lan/master.ts';
import { expectAllRight, fib, reverse } from '../support/lan/questions.ts';
import { together } from '../support/lan/scenarios.ts';
import { sleep } from '../support/wait.ts';
import { startSlave } from '../support/lan/slaves.ts';
import { listeningPorts, portOf, tcpConnections } from '../support/lan/sockets.ts';

describe('LAN: addresses and names', function () {
  this.timeout(60_000);

  together({
    'a master behind a router is found with --master': async (lan) => {
      const { near, far } = routed(lan);
      const [usual, other] = await Promise.all([
        startMaster(near[0]!),
        startMaster(near[1]!, '--discovery-port', '3456', '--cluster', 'other'),
      ]);
      const byHost = startSlave(far, '--master', near[0]!.address);
      const byPort = startSlave(far, '--master', `${near[1]!.address}:3456`, '--cluster', 'other');
      const broadcasting = startSlave(far);
      await Promise.all([byHost.until('joined'), byPort.until('joined')]);
      await sleep(2500);
      for (const master of [usual, other]) {
        expect((await master.slaves()).map(({ address }) => address.split(':')[0])).to.deep.equal([far.address]);
        expectAllRight([await master.ask(fib(300))]);
      }
      expect(broadcasting.logged('joined'), 'the router forwards no broadcast').to.deep.equal([]);
    },

    '--port-range is kept, and the second of two equal names gets a number': async (lan) => {
      const master = await startMaster(lan.host('m', '10.77.0.1/24'));
      const hosts = [lan.host('a', '10.77.0.2/24'), lan.host('b', '10.77.0.3/24')];
      for (const host of hosts) {
        const slave = startSlave(host, '--port-range', '5000-5002');
        await slave.until('joined');
        expect(listeningPorts(slave)).to.have.members([5000, 5001, 5002]);
        expect(tcpConnections(slave).map(({ local }) => portOf(local))).to.have.members([5000, 5001, 5002]);
      }
      const name = `${hosts[0]!.run('hostname').trim()}-5000`;
      expect((await master.slaves()).map((slave) => slave.name)).to.deep.equal([name, `${name}-2`]);
    },

    "a slave on the master's own host is known by its LAN address": async (lan) => {
      const host = lan.host('m', '10.77.0.1/24');
      const master = await startMaster(host);
      const slave = startSlave(host);
      await slave.until('joined');
      await sleep(1000);
      expect((await master.slaves()).map(({ address }) => address.split(':')[0])).to.deep.equal([host.address]);
    },

    'a master on an interface with two addresses in one subnet is found': async (lan) => {
      const host = lan.host('m', '10.77.0.1/24');
      host.run('ip', 'addr', 'add', '10.77.0.9/24', 'broadcast', '10.77.0.255', 'dev', 'eth0');
      const master = await startMaster(host, '--interface', 'eth0', '--interface', 'lo');
      const slave = startSlave(lan.host('s', '10.77.0.2/24'));
      await slave.until('joined');
      expectAllRight([await master.ask(fib(90))]);
    },

    "without a LAN, a slave on the master's own host joins over loopback": async (lan) => {
      const host = lan.host('alone');
      const master = await startMaster(host);
      await startSlave(host).until('joined');
      expect((await master.slaves()).map(({ address }) => address.split(':')[0])).to.deep.equal(['127.0.0.1']);
    },

    'another process at the same address and ports ends the old one': async (lan) => {
      const master = await startMaster(lan.host('m', '10.77.0.1/24'));
      const host = lan.host('s', '10.77.0.2/24');
      const ports = ['--port-range', '5000-5002'];
      const old = startSlave(host, '--name', 'old', ...ports);
      await old.until('joined');
      // The master hears nothing of the death.
      lan.cutTcpPorts(tcpConnections(old).map(({ peer }) => portOf(peer)));
      old.kill('SIGKILL');
      await old.exited;
      const waiting = [1, 2].map((i) => master.ask(reverse(`for the old one ${i.toString()}`, 10)));
      const replacement = startSlave(host, '--name', 'new', ...ports);
      await master.member('old', 'gone', { with: { reason: 'replaced' } });
      await replacement.until('joined');
      expect((await master.slaves()).map(({ name, address }) => [name, address])).to.deep.equal([
        ['new', `${host.address}:5000`],
      ]);
      expectAllRight(await Promise.all(waiting));
    },

    'a slave that lost sight of its master is the same member afterwards, and its task goes on': async (lan) => {
      const master = await startMaster(lan.host('m', '10.77.0.1/24'), '--poll-interval', '300ms', '--grace', '10s');
      const host = lan.host('s', '10.77.0.2/24');
      const slave = startSlave(host, '--name', 's');
      await slave.until('joined');
      const task = master.ask(reverse('goes on', 7000));
      await sleep(500);
      host.cable.pull();
      const pulledMs = Date.now();
      await slave.until('looking for a master', { sinceMs: pulledMs });
      host.cable.plugIn();
      const pluggedInMs = Date.now();
      const again = await slave.until('joined', { sinceMs: pluggedInMs });
      const answer = await task;
      report('superseded', { 'joined again after ms': again.atMs - pluggedInMs });
      expectAllRight([answer]);
      expect(answer.attempts).to.equal(1);
      expect(master.node.logged('slave joined')).to.have.length(1);
      expect(await master.slaves()).to.have.length(1);
    },
  });
});

/** Two hosts in one network, a third beyond a router. */
function routed(lan: Lan): { near: Host[]; far: Host } {
  const router = lan.host('router');
  lan.connect(router, '10.77.0.254/24', 'near');
  lan.connect(router, '10.88.0.254/24', 'far');
  router.setKernelOption('net.ipv4.ip_forward', '1');
  const near = ['m1', 'm2'].map((name, i) => {
    const host = lan.host(name);
    lan.connect(host, `10.77.0.${(i + 1).toString()}/24`, 'near');
    host.routeThrough('10.77.0.254');
    return host;
  });
  const far = lan.host('far');
  lan.connect(far, '10.88.0.2/24', 'far');
  far.routeThrough('10.88.0.254');
  return { near, far };
}
