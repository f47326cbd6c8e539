// What the doctor says of networks in which no slave can join: nobody there, other clusters, firewalls.
import { expect } from 'chai';
import { examineFrom, expectJoins, expectNot, filter } from '../support/lan/doctor.ts';
import type { Host } from '../support/lan/host.ts';
import { startMaster } from '../support/lan/master.ts';
import { together } from '../support/lan/scenarios.ts';
import { startSlave } from '../support/lan/slaves.ts';

const [MASTER, PATIENT, OTHER] = ['10.77.0.1', '10.77.0.2', '10.77.0.3'].map((address) => `${address}/24`) as [
  string,
  string,
  string,
];

describe('LAN: the doctor where no slave can join', function () {
  this.timeout(60_000);

  together({
    'says that there is no master, and where it asked, and a slave points to it': async (lan) => {
      const slave = startSlave(lan.host('s', OTHER), '--cluster', 'blue');
      const { text } = expectNot(
        await examineFrom(lan.host('p', PATIENT)),
        /: no master of cluster lanyard answered on UDP 3000 \(asked: eth0 10\.77\.0\.255, lo 127\.255\.255\.255\)\.$/,
      );
      expect(text).to.match(/From the master's machine: ping 10\.77\.0\.2/);
      const hint = await slave.until('no master has answered; the doctor says why');
      expect(hint).to.deep.include({
        cluster: 'blue',
        asked: ['eth0 10.77.0.255', 'lo 127.255.255.255'],
        port: 3000,
        doctor: './lab doctor --cluster blue',
      });
    },

    'says when only masters of other clusters answer, and of which': async (lan) => {
      await startMaster(lan.host('m', MASTER), '--cluster', 'blue');
      const patient = lan.host('p', PATIENT);
      const [{ text }] = await Promise.all([
        examineFrom(patient).then((said) =>
          expectNot(said, /: no master of cluster lanyard answered, only of cluster blue \(.+ at 10\.77\.0\.1\)\.$/),
        ),
        examineFrom(patient, '--cluster', 'blue').then((said) => expectJoins(said, /of cluster blue \(10\.77\.0\.1\)/)),
      ]);
      expect(text).to.match(/To join it: --cluster blue/);
    },

    'names the firewall of this machine that drops the answers, which --master gets past': async (lan) => {
      const patient = lan.host('p', PATIENT);
      filter(
        patient,
        'policy drop',
        'iifname lo accept',
        'ct state established,related accept',
        'tcp dport 4300-4302 accept',
      );
      const ports = ['--port-range', '4300-4302'];
      await startMaster(lan.host('m', MASTER));
      await Promise.all([
        examineFrom(patient).then((said) =>
          expectNot(
            said,
            /the firewall of this machine drops UDP that comes in \(nft chain inet f input drops what no rule lets in\)\.$/,
          ),
        ),
        examineFrom(patient, '--master', '10.77.0.1', ...ports).then((said) =>
          expectJoins(said, /^A slave could join from here with --master: .+ though not to broadcasts\.$/),
        ),
      ]);
      accept(patient, 'ip saddr 10.77.0.0/24 udp sport 3000');
      expectJoins(await examineFrom(patient, ...ports), /answers over eth0 and connects/);
    },

    'does not blame a firewall that has the rules which it advises': async (lan) => {
      const patient = lan.host('p', PATIENT);
      filter(
        patient,
        'policy drop',
        'iifname lo accept',
        'ct state vmap { established : accept, related : accept, invalid : drop }',
        'tcp dport 4300-4302 accept',
        'ip saddr 10.77.0.0/24 udp sport 3000 accept',
      );
      const { text } = expectNot(
        await examineFrom(patient, '--port-range', '4300-4302'),
        /: no master of cluster lanyard answered on UDP 3000 \(asked: [^;]+\)\.$/,
      );
      expect(text).to.match(/ok {7}firewall: no rule/);
    },

    'says when UDP is blocked on the way': async (lan) => {
      const [patient, masterHost] = [lan.host('p', PATIENT), lan.host('m', MASTER)];
      filter(masterHost, 'policy accept', 'iifname != lo meta l4proto udp drop');
      await startMaster(masterHost);
      await Promise.all([
        examineFrom(patient).then((said) => expectNot(said, /no master of cluster lanyard answered/)),
        examineFrom(patient, '--master', '10.77.0.1').then((said) =>
          expectNot(said, /: 10\.77\.0\.1 answers on TCP 4242 but not on UDP 3000, so UDP is blocked/),
        ),
      ]);
    },

    'says when nothing may leave this machine': async (lan) => {
      const patient = lan.host('p', PATIENT);
      filter(patient, 'policy accept');
      patient.run('nft', 'add chain inet f output { type filter hook output priority 0; policy drop; }');
      expectNot(
        await examineFrom(patient),
        /: no request could be sent \(eth0 10\.77\.0\.2: .*EPERM.*; lo 127\.0\.0\.1: .*EPERM/,
      );
    },

    'says when UDP passes and TCP does not, with the ports': async (lan) => {
      const patient = lan.host('p', PATIENT);
      filter(patient, 'policy accept', 'tcp dport 4300-4302 drop');
      const master = await startMaster(lan.host('m', MASTER));
      const { text } = expectNot(
        await examineFrom(patient, '--port-range', '4300-4302'),
        /: master .+ \(10\.77\.0\.1\) answers on UDP but does not connect to this machine's TCP ports 4300, 4301, 4302\.$/,
      );
      expect(text)
        .to.match(/problem {2}TCP 4300 \(load\): nobody connected/)
        .and.to.match(/start the slave with --port-range 4300-4302/);
      expect(await master.slaves()).to.deep.equal([]);
    },

    'says when what this machine sends does not arrive, be it large or anything': async (lan) => {
      const patient = lan.host('p', PATIENT);
      const longest = { [MASTER]: 900, [OTHER]: 80 };
      const masters = Object.entries(longest).map(async ([address, bytes]) => {
        const host = lan.host(`m${bytes.toString()}`, address);
        filter(host, 'policy accept', `iifname != lo meta l4proto tcp ip length > ${bytes.toString()} drop`);
        await startMaster(host, '--cluster', `c${bytes.toString()}`);
      });
      await Promise.all(masters);
      await Promise.all(
        ['c900', 'c80'].map(async (cluster) =>
          expectNot(
            await examineFrom(patient, '--cluster', cluster),
            /: master .+ connects, but what this machine sends does not arrive: the MTU of a VPN or tunnel, or a firewall\.$/,
          ),
        ),
      );
    },

    'says in one line what keeps it from looking': async (lan) => {
      const patient = lan.host('p', PATIENT);
      // Two ports for three listeners.
      patient.run('sysctl', '-qw', 'net.ipv4.ip_local_port_range=4300 4301');
      const { code, text } = await examineFrom(patient);
      expect(text).to.match(
        /^\.\/lab doctor: results socket: cannot bind TCP 0\.0\.0\.0:0: every port that the system gives out is in use; .+ --port-range\n$/,
      );
      expect(code).to.equal(1);
    },

    'says why a master that is given by its address cannot be asked, or not from there': async (lan) => {
      await startMaster(lan.host('m', MASTER));
      const [far, near] = [lan.host('f', '10.78.0.3/24'), lan.host('p', PATIENT, '10.78.0.2/24')];
      const asked = ['--master', '10.77.0.1'];
      const [{ text }] = await Promise.all([
        examineFrom(near, '--interface', 'eth1', ...asked).then((said) =>
          expectNot(said, /: no master of cluster lanyard answered on UDP 3000 \(asked: --master 10\.77\.0\.1, eth1/),
        ),
        examineFrom(far, ...asked).then((said) =>
          expectNot(said, /: nothing can be sent to --master 10\.77\.0\.1 \(.*ENETUNREACH.*\)\.$/),
        ),
      ]);
      expect(text).to.match(/no answer on UDP from 10\.78\.0\.2/);
    },
  });
});

/** One more rule of that firewall. */
function accept(host: Host, match: string): void {
  host.run('nft', `add rule inet f input ${match} accept`);
}
