// What the doctor concludes: one sentence from the facts, in the order in which a join fails.
import type { AnswerFact } from '../../../../src/lab/doctor/facts.ts';
import { ACK, healthyFacts, networkOf, silentFacts, VISIT } from '../../../support/doctor-facts.ts';
import { itKnows } from '../../../support/doctor-verdicts.ts';

const nak = (changes: Partial<AnswerFact>): AnswerFact => {
  const { masterId: _id, pollIntervalMs: _ms, ...answer } = ACK;
  return {
    ...answer,
    kind: 'nak',
    reason: 'pool-full',
    detail: 'the pool is full: 4 slaves (--max-slaves)',
    ...changes,
  };
};
const LOOP = networkOf({
  name: 'lo',
  address: '127.0.0.1',
  netmask: '255.0.0.0',
  broadcast: '127.255.255.255',
  isLoopback: true,
});
const byAddress = { ...ACK, by: 'address', interface: '--master', at: '0.0.0.0' } as const;
const MASTER = { asked: 'hall', port: 3000, address: '10.77.0.1' } as const;

describe('the verdict of the doctor', () => {
  itKnows([
    [
      'a master that answers and connects',
      healthyFacts(),
      'healthy',
      /^A slave could join from here: master hall of cluster lanyard \(10\.77\.0\.1\) answers over eth0/,
      /Start one: \.\/slave$/,
    ],
    [
      'the options that were examined',
      healthyFacts({
        cluster: 'blue',
        answers: [{ ...ACK, cluster: 'blue' }],
        wantedInterfaces: ['eth0'],
        portRange: { first: 4300, last: 4302 },
      }),
      'healthy',
      /of cluster blue/,
      /\.\/slave --cluster blue --interface eth0 --port-range 4300-4302$/,
    ],
    [
      'a master that does not hear what this machine sends',
      healthyFacts({ visits: [{ ...VISIT, heard: false }] }),
      'tcp-blocked',
      /: master hall \(10\.77\.0\.1\) connects, but what this machine sends does not arrive: the MTU of a VPN or tunnel, or a firewall\.$/,
      /ping -M do -s 1400 10\.77\.0\.1/,
    ],
    [
      'a --master that nothing can be sent to',
      silentFacts({
        master: { ...MASTER, http: 'silent' },
        notSent: [{ interface: '--master', at: '0.0.0.0', why: 'send ENETUNREACH' }],
        answers: [nak({ reason: 'wrong-cluster', cluster: 'blue' })],
      }),
      'not-sent',
      /: nothing can be sent to --master hall \(send ENETUNREACH\)\.$/,
      /no route/,
    ],
    [
      'a --master that nothing can be sent to beside one that answers broadcasts',
      silentFacts({
        master: { ...MASTER, http: 'silent' },
        notSent: [{ interface: '--master', at: '0.0.0.0', why: 'send ENETUNREACH' }],
        answers: [ACK],
      }),
      'broadcast-only',
      /--master hall does not answer \(nothing can be sent: send ENETUNREACH\), but by broadcast 10\.77\.0\.1 \(hall\) does/,
    ],
    [
      'a silent --master that was asked from the wrong interface',
      silentFacts({ master: { ...MASTER, http: 'silent', from: '10.78.0.2' } }),
      'no-master',
      /asked: --master hall/,
      /leave from 10\.78\.0\.2: the master must have a way to that address/,
    ],
    [
      'two addresses of one interface that nothing can be sent from',
      silentFacts({
        interfaces: [networkOf({}), networkOf({ address: '10.78.0.2', broadcast: '10.78.0.255' })],
        notSent: ['10.77.0.2', '10.78.0.2'].map((at) => ({ interface: 'eth0', at, why: 'send EPERM' })),
      }),
      'not-sent',
      /\(eth0 10\.77\.0\.2: send EPERM; eth0 10\.78\.0\.2: send EPERM\)/,
    ],
    [
      'an --interface that is not there',
      silentFacts({ missingInterfaces: [{ wanted: 'wlan9', why: 'this machine has no such interface or address' }] }),
      'no-interface',
      /--interface wlan9: this machine has no such interface/,
      /Usable here: eth0/,
    ],
    [
      'a machine without a network',
      silentFacts({ interfaces: [networkOf({ state: 'unusable', why: 'it is down' })] }),
      'no-interface',
      /no IPv4 network/,
    ],
    [
      'a name that nobody knows',
      silentFacts({ master: { asked: 'hal', port: 3000, problem: 'the name hal cannot be resolved' } }),
      'no-such-master',
      /the name hal cannot be resolved/,
    ],
    [
      'ports that others have',
      silentFacts({
        portRangeProblem: 'no TCP port is free any more',
        portsInUse: [{ protocol: 'TCP', port: 4300, owner: 'node slave (process 7)' }],
      }),
      'ports-taken',
      /its ports cannot be opened: no TCP port is free any more \(in use by node slave \(process 7\)\)/,
      /A slave needs three.*wider/,
    ],
    [
      'silence',
      silentFacts(),
      'no-master',
      /no master of cluster lanyard answered on UDP 3000 \(asked: eth0 10\.77\.0\.255\)/,
      /ping 10\.77\.0\.2/,
    ],
    [
      'silence on loopback alone',
      silentFacts({ interfaces: [LOOP] }),
      'no-master',
      /asked: lo 127/,
      /\.\/master --interface lo/,
    ],
    [
      'requests that cannot leave',
      silentFacts({ notSent: [{ interface: 'eth0', at: '10.77.0.2', why: 'send EPERM' }] }),
      'not-sent',
      /no request could be sent \(eth0 10\.77\.0\.2: send EPERM\)/,
    ],
    [
      'other clusters only',
      silentFacts({ answers: [nak({ reason: 'wrong-cluster', cluster: 'blue' })] }),
      'other-cluster',
      /only of cluster blue \(hall at 10\.77\.0\.1\)/,
      /--cluster blue/,
    ],
    [
      'another version',
      silentFacts({
        answers: [nak({ reason: 'wrong-version', detail: 'the master speaks version 2.0, this node 1.1' })],
      }),
      'other-version',
      /speaks another version: the master speaks version 2\.0/,
    ],
    [
      'a full pool beside another cluster',
      silentFacts({ answers: [nak({ reason: 'wrong-cluster', cluster: 'blue' }), nak({})] }),
      'refused',
      /master hall \(10\.77\.0\.1\) refuses: the pool is full/,
      /--max-slaves/,
    ],
    [
      'a master that ends',
      silentFacts({ answers: [nak({ reason: 'draining', detail: 'the master is shutting down' })] }),
      'refused',
      /shutting down/,
    ],
    [
      'a key that is wrong, which no option could mend',
      silentFacts({ answers: [nak({ reason: 'bad-key', detail: 'not your key' })] }),
      'refused',
      /refuses: not your key/,
      /^Ask whoever runs the master\.$/,
    ],
    [
      'a --master whose HTTP port is open',
      silentFacts({ master: { ...MASTER, http: 'open' } }),
      'udp-blocked',
      /hall answers on TCP 4242 but not on UDP 3000/,
    ],
    [
      'a wrong --master beside a right one',
      silentFacts({ master: { ...MASTER, asked: '10.77.0.99' }, answers: [ACK] }),
      'broadcast-only',
      /--master 10\.77\.0\.99 does not answer, but by broadcast 10\.77\.0\.1 \(hall\) does/,
    ],
    [
      'a --master with a wrong port',
      silentFacts({ master: { ...MASTER, asked: '10.77.0.1', port: 3998 }, answers: [ACK] }),
      'broadcast-only',
      /--master 10\.77\.0\.1:3998 does not answer, but by broadcast 10\.77\.0\.1:3000 \(hall\) does/,
    ],
    [
      'a --master that hears no broadcasts',
      healthyFacts({ master: MASTER, answers: [byAddress], visits: [{ ...VISIT, interface: '--master' }] }),
      'address-only',
      /could join from here with --master: .+ though not to broadcasts/,
      /\.\/slave --master hall$/,
    ],
    [
      'a --master that hears both',
      healthyFacts({ master: MASTER, answers: [byAddress, ACK], visits: [{ ...VISIT, interface: '--master' }] }),
      'healthy',
      /could join/,
    ],
    [
      'TCP that nobody opens',
      healthyFacts({ visits: [{ ...VISIT, greeted: [], connected: [] }] }),
      'tcp-blocked',
      /answers on UDP but does not connect to this machine's TCP ports 4300, 4301, 4302/,
      /--port-range 4300-4303/,
    ],
    [
      'a hello on two ports of three',
      healthyFacts({ visits: [{ ...VISIT, greeted: ['load', 'results'] }] }),
      'tcp-blocked',
      /says hello on 2 of this machine's TCP ports/,
    ],
  ]);
});
