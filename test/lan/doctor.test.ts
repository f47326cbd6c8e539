// What the doctor says of networks in which a slave can join, be they healthy or not, and that masters and slaves do not mind its visit.
import { expect } from 'chai';
import { examineFrom, expectJoins, expectNot, filter } from '../support/lan/doctor.ts';
import type { LanNode } from '../support/lan/lan-node.ts';
import { startMaster } from '../support/lan/master.ts';
import { together } from '../support/lan/scenarios.ts';
import { startSlave } from '../support/lan/slaves.ts';

const [MASTER, PATIENT, OTHER] = ['10.77.0.1', '10.77.0.2', '10.77.0.3'].map((address) => `${address}/24`) as [
  string,
  string,
  string,
];
/** From this level on a line of the log is a warning or worse. */
const WARN = 40;

describe('LAN: the doctor', function () {
  this.timeout(60_000);

  together({
    'finds a healthy network healthy, beside a slave, and neither slave nor master notices': async (lan) => {
      const patient = lan.host('p', PATIENT);
      const master = await startMaster(lan.host('m', MASTER), '--max-slaves', '2');
      const slave = startSlave(patient);
      await slave.until('joined');
      const before = await master.slaves();
      const logged = slave.logs.length;
      const { text } = expectJoins(
        await examineFrom(patient),
        /^A slave could join from here: master .+ of cluster lanyard \(10\.77\.0\.1\) answers over eth0 and connects to its ports\.$/,
      );
      expect(text).to.match(
        new RegExp(
          `TCP ${slave.ports.toSorted((a, b) => a - b).join(', ')}: a slave runs here and has joined already, `,
        ),
      );
      expect(identities(await master.slaves())).to.deep.equal(identities(before));
      expect(warnings(master.node), 'warnings of the master').to.deep.equal([]);
      expect(slave.logs.slice(logged), 'log of the slave').to.deep.equal([]);
    },

    'gives its place back at once, and says when the pool is full': async (lan) => {
      const patient = lan.host('p', PATIENT);
      const host = lan.host('m', MASTER);
      const master = await startMaster(host, '--max-slaves', '1');
      // On its own machine the master is asked over loopback as well, when the doctor has left already.
      expectJoins(await examineFrom(host), /answers over eth0/);
      expectJoins(await examineFrom(patient), /answers over eth0/);
      const slave = startSlave(lan.host('s', OTHER));
      await slave.until('joined');
      expect(warnings(slave), 'warnings of the slave').to.deep.equal([]);
      expectNot(
        await examineFrom(patient),
        /: master .+ \(10\.77\.0\.1\) refuses: the pool is full: 1 slaves \(--max-slaves\)/,
      );
      expect(await master.slaves()).to.have.length(1);
    },

    'joins over the network card that lives, and says what is wrong with the other': async (lan) => {
      const patient = lan.host('p', PATIENT, '10.78.0.2/24');
      await startMaster(lan.host('m', MASTER, '10.78.0.1/24'));
      patient.cable.pull();
      const [{ text }] = await Promise.all([
        examineFrom(patient).then((said) => expectJoins(said, /answers over eth1 and connects/)),
        examineFrom(patient, '--interface', 'eth0').then((said) =>
          expectNot(said, /: --interface eth0: nothing is at the other end/),
        ),
      ]);
      expect(text).to.match(/eth0.*: not used, nothing is at the other end/);
    },

    'names both masters of one cluster': async (lan) => {
      const patient = lan.host('p', PATIENT);
      await Promise.all([startMaster(lan.host('m', MASTER)), startMaster(lan.host('n', OTHER))]);
      const { verdict } = expectJoins(await examineFrom(patient), /, but 2 masters of cluster lanyard answer \(/);
      expect(verdict).to.include('at 10.77.0.1').and.to.include('at 10.77.0.3');
    },

    'frees its place while it still waits for another master, which cannot connect, and then names that one': async (
      lan,
    ) => {
      const [patient, host, free] = [lan.host('p', PATIENT), lan.host('s', '10.77.0.4/24'), lan.host('m', MASTER)];
      // The slave sees the first master only.
      filter(patient, 'policy accept', 'ip saddr 10.77.0.3 meta l4proto tcp drop');
      filter(host, 'policy accept', 'ip saddr 10.77.0.3 drop');
      const [master] = await Promise.all([
        startMaster(free, '--max-slaves', '1', '--log-level', 'debug'),
        startMaster(lan.host('n', OTHER)),
      ]);
      let isOver = false;
      const examined = examineFrom(patient, '--timeout', '8s').finally(() => (isOver = true));
      await master.node.until('a node looked whether it could join');
      const slave = startSlave(host);
      await slave.until('joined');
      expect(isOver, 'the doctor is over').to.equal(false);
      expect(warnings(slave), 'warnings of the slave').to.deep.equal([]);
      expectNot(
        await examined,
        /^A slave could join from here only if .+ at 10\.77\.0\.1 is quicker: 2 masters .+ at 10\.77\.0\.3 answers on UDP but does not connect/,
      );
    },

    "a slave beside its master is known by the LAN's address, not by that of the containers": async (lan) => {
      const host = lan.host('m');
      // Older than the card, so that the system lists it first.
      host.run('ip', 'link', 'add', 'docker0', 'type', 'veth', 'peer', 'name', 'veth0');
      host.run('ip', 'addr', 'add', '172.17.0.1/16', 'broadcast', '+', 'dev', 'docker0');
      for (const end of ['docker0', 'veth0']) host.run('ip', 'link', 'set', end, 'up');
      lan.connect(host, MASTER);
      const master = await startMaster(host);
      const slave = startSlave(host);
      await slave.until('joined');
      expect((await master.slaves())[0]?.address).to.match(/^10\.77\.0\.1:/);
      const { text } = expectJoins(await examineFrom(host), /answers over eth0 and connects/);
      expect(text).to.match(
        /docker0 172\.17\.0\.1\/16, looks like containers: asked at 172\.17\.255\.255, asked after real networks/,
      );
    },
  });
});

function warnings(node: LanNode): string[] {
  return node.logs.filter(({ level }) => level >= WARN).map(({ msg }) => msg);
}

function identities(
  slaves: readonly { readonly id: string; readonly state: string; readonly address: string }[],
): unknown {
  return slaves.map(({ id, state, address }) => ({ id, state, address }));
}
