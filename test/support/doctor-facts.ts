// Facts as a doctor might find them, and machines that it might run on: all is well unless a test says otherwise.
import { PROTOCOL_VERSION } from '../../src/common/protocol/version.ts';
import type { AnswerFact, Facts, InterfaceFact, MachineFact, VisitFact } from '../../src/lab/doctor/facts.ts';
import type { Platform } from '../../src/lab/doctor/platform.ts';

const ETH0: InterfaceFact = {
  name: 'eth0',
  address: '10.77.0.2',
  netmask: '255.255.255.0',
  broadcast: '10.77.0.255',
  isLoopback: false,
  state: 'used',
};

/** The version that this code speaks. */
export const HERE = `${PROTOCOL_VERSION.major}.${PROTOCOL_VERSION.minor}`;

/** A master's yes on eth0. */
export const ACK: AnswerFact = {
  by: 'broadcast',
  interface: 'eth0',
  at: '10.77.0.2',
  from: { address: '10.77.0.1', port: 3000 },
  kind: 'ack',
  master: 'hall',
  masterId: 'm1',
  pollIntervalMs: 1000,
  cluster: 'lanyard',
  version: HERE,
  isFromElsewhere: false,
};

const MACHINE: MachineFact = {
  platform: 'linux',
  release: '6.1',
  isRoot: true,
  loadAverage: 0.5,
  firewall: { present: [], isRead: true, drops: [] },
};

/** A machine like any other but for `changes`. */
export function machineOf(changes: Partial<MachineFact>): MachineFact {
  return { ...MACHINE, ...changes };
}

/** A network card like eth0 but for `changes`. */
export function networkOf(changes: Partial<InterfaceFact>): InterfaceFact {
  return { ...ETH0, ...changes };
}

/** A visit that went well. */
export const VISIT: VisitFact = {
  master: 'hall',
  masterId: 'm1',
  from: ACK.from,
  interface: 'eth0',
  at: '10.77.0.2',
  ports: [4300, 4301, 4302],
  greeted: ['load', 'dispatch', 'results'],
  connected: ['load', 'dispatch', 'results'],
  heard: true,
};

/** Nobody answered, everything else is in order. */
export function silentFacts(changes: Partial<Facts> = {}): Facts {
  return {
    cluster: 'lanyard',
    discoveryPort: 3000,
    timeoutMs: 5000,
    wantedInterfaces: [],
    missingInterfaces: [],
    interfaces: [ETH0],
    answers: [],
    notSent: [],
    visits: [],
    portsInUse: [],
    joinedSlaves: [],
    machine: MACHINE,
    ...changes,
  };
}

/** A master said yes and connected. */
export function healthyFacts(changes: Partial<Facts> = {}): Facts {
  return silentFacts({ answers: [ACK], visits: [VISIT], ...changes });
}

/** A Linux machine with these files (a folder is there when something in it is), and the output of these programs. */
export function platformOf(files: Readonly<Record<string, string>>, changes: Partial<Platform> = {}): Platform {
  const paths = Object.keys(files);
  return {
    name: 'linux',
    release: '6.1',
    isRoot: false,
    loadAverage: () => 0.5,
    networkInterfaces: () => ({}),
    exists: (path) => paths.some((one) => one === path || one.startsWith(`${path}/`)),
    read: (path) => files[path],
    list: (folder) => [
      ...new Set(
        paths
          .filter((one) => one.startsWith(`${folder}/`))
          .map((one) => one.slice(folder.length + 1).split('/')[0] ?? ''),
      ),
    ],
    linkTarget: (path) => files[path],
    run: () => Promise.resolve(undefined),
    ...changes,
  };
}
