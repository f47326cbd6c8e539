// What the doctor reads of machines of all kinds, and what it tells their owners.
import { expect } from 'chai';
import type { Facts, InterfaceFact } from '../../../../src/lab/doctor/facts.ts';
import { sectionsOf } from '../../../../src/lab/doctor/findings.ts';
import { machineFacts } from '../../../../src/lab/doctor/machine.ts';
import { missingInterfaces, networkFacts } from '../../../../src/lab/doctor/networks.ts';
import type { Platform } from '../../../../src/lab/doctor/platform.ts';
import { joinedSlaves, portsInUse } from '../../../../src/lab/doctor/port-owners.ts';
import { verdictOf } from '../../../../src/lab/doctor/verdict.ts';
import { healthyFacts, networkOf, platformOf, silentFacts } from '../../../support/doctor-facts.ts';

const at = (address: string, netmask = '255.255.255.0', internal = false) => [
  { address, netmask, internal, family: 'IPv4' as const, mac: '', cidr: null },
];

describe('the doctor on a machine', () => {
  async function told(
    platform: Platform,
    interfaces: readonly InterfaceFact[] = [networkOf({})],
    changes: Partial<Facts> = {},
  ): Promise<string> {
    const facts = silentFacts({
      interfaces,
      machine: await machineFacts(platform, { interfaces, discoveryPort: 3000, masterPort: 3000 }),
      ...changes,
    });
    const findings = sectionsOf(facts).flatMap(({ findings: all }) => all.map(({ mark, text }) => `${mark} ${text}`));
    return [...findings, ...verdictOf(facts).next].join('\n');
  }

  it('in a container says what bridge networks keep in', async () => {
    for (const files of [
      { '/.dockerenv': '' },
      { '/run/.containerenv': '' },
      { '/proc/1/cgroup': '0::/kubepods/pod1' },
    ])
      expect(await told(platformOf(files)))
        .to.match(/in a container \((Docker|Podman|Kubernetes)\)/)
        .and.to.match(/--network host/);
    expect(await told(platformOf({ '/proc/1/cgroup': '0::/init.scope' }))).not.to.match(/container/);
  });

  it('tells WSL behind NAT from WSL with the network of Windows', async () => {
    const wsl = platformOf({ '/proc/version': 'Linux version 5.15.153.1-microsoft-standard-WSL2' });
    expect(await told(wsl, [networkOf({ address: '172.29.4.2' })]))
      .to.match(/warning WSL behind NAT/)
      .and.to.match(/networkingMode=mirrored/);
    expect(await told(wsl, [networkOf({ address: '192.168.1.7' })]))
      .to.match(/mirrored/)
      .and.to.match(/Hyper-V firewall/);
    expect(
      await told(platformOf({ '/proc/version': 'Linux version 6.1' }), [networkOf({ address: '172.29.4.2' })]),
    ).not.to.match(/WSL/);
  });

  it('names the settings of macOS and Windows, and where Windows takes its load from', async () => {
    const mac = await told(platformOf({}, { name: 'darwin' }));
    expect(mac)
      .to.match(/Local Network/)
      .and.to.match(/CPU load comes from the load average/);
    const windows = await told(platformOf({}, { name: 'win32', loadAverage: () => 0 }));
    expect(windows)
      .to.match(/Private.+Defender/)
      .and.to.match(/no load average, the slave takes systeminformation/);
  });

  it('warns of a quota of CPUs', async () => {
    expect(await told(platformOf({ '/sys/fs/cgroup/cpu.max': '150000 100000\n' }))).to.match(
      /warning .+ 1\.5 CPUs.+ --concurrency 2/,
    );
    expect(await told(platformOf({ '/sys/fs/cgroup/cpu.max': 'max 100000\n' }))).not.to.match(/--concurrency/);
  });

  it('says what it could not read of the firewall', async () => {
    const files = { '/etc/ufw/ufw.conf': '# comment\nENABLED=yes\n', '/usr/sbin/nft': '' };
    expect(await told(platformOf(files))).to.match(/firewall: ufw \(on\), nft; its rules can be read by root only/);
    expect(await told(platformOf(files, { isRoot: true }))).to.match(/rules could not be read/);
  });

  it('lists interfaces that cannot be used, and why', () => {
    const sys = '/sys/class/net';
    const platform = platformOf(
      {
        [`${sys}/eth1/flags`]: '0x1003\n',
        [`${sys}/eth1/carrier`]: '0\n',
        [`${sys}/wlan0/flags`]: '0x1002\n',
        [`${sys}/wlan0/wireless/x`]: '',
        [`${sys}/eth2/flags`]: '0x1003\n',
        [`${sys}/eth2/carrier`]: '1\n',
        [`${sys}/veth1/flags`]: '0x1003\n',
        [`${sys}/eth3/master/x`]: '',
      },
      {
        networkInterfaces: () => ({
          lo: at('127.0.0.1', '255.0.0.0', true),
          tailscale0: at('100.64.0.1', '255.255.255.255'),
          docker0: at('172.17.0.1', '255.255.0.0'),
          eth0: at('10.77.0.2'),
        }),
      },
    );
    const facts = networkFacts(platform, []);
    const shown = facts.map(({ name, state, why = '', looksLike = '' }) =>
      [name, state, looksLike, why.split(' (')[0]].join('|'),
    );
    expect(shown).to.deep.equal([
      'docker0|used|containers|',
      'eth0|used||',
      'lo|used||',
      'tailscale0|unusable|a VPN|its network is this one address',
      'eth1|unusable||nothing is at the other end',
      'wlan0|unusable|Wi-Fi|it is down',
      'eth2|unusable||it has no IPv4 address',
    ]);
    expect(
      missingInterfaces(['eth0', '172.17.0.1', 'wlan0', 'eth9'], networkFacts(platform, ['eth0', '172.17.0.1'])),
    ).to.deep.equal([
      { wanted: 'wlan0', why: 'it is down' },
      { wanted: 'eth9', why: 'this machine has no such interface or address' },
    ]);
  });

  it('warns of Wi-Fi that keeps machines apart', async () => {
    expect(await told(platformOf({}), [networkOf({ looksLike: 'Wi-Fi' })])).to.match(/client isolation/);
  });

  it('knows a slave that has joined by the three ports to which its master is connected', () => {
    const line = (port: string, state: string, inode: string, remote = '00000000'): string =>
      ` 1: 0200004D0A:${port} ${remote}:9C40 ${state} 00000000:00000000 00:00000000 00000000 0 0 ${inode} 2 0`;
    const ports = ['10CE', '10CC', '10CD'];
    const platform = (from: string, count = 3): Platform =>
      platformOf({
        '/proc/net/tcp': [
          'head',
          ...ports.map((port, i) => line(port, '0A', `1${i.toString()}`)),
          ...ports.slice(0, count).map((port, i) => line(port, '01', `2${i.toString()}`, from)),
        ].join('\n'),
        ...Object.fromEntries(ports.map((_, i) => [`/proc/7/fd/${i.toString()}`, `socket:[2${i.toString()}]`])),
        '/proc/7/cmdline': '/usr/bin/node\0/opt/bin/slave\0',
      });
    const slave = { ports: [4300, 4301, 4302], owner: 'node slave (process 7)' };
    expect(joinedSlaves(platform('01004D0A'), ['10.77.0.1'])).to.deep.equal([slave]);
    expect(joinedSlaves(platform('01004D0A'), ['10.77.0.9']), 'another machine').to.deep.equal([]);
    expect(joinedSlaves(platform('01004D0A', 2), ['10.77.0.1']), 'two ports').to.deep.equal([]);
    const facts = healthyFacts({ joinedSlaves: [slave, { ports: slave.ports }] });
    const [own, other] = sectionsOf(facts).find(({ title }) => title === 'Ports')!.findings;
    expect(own!.text).to.equal(
      'TCP 4300, 4301, 4302: a slave runs here and has joined already, node slave (process 7)',
    );
    expect(other!.text).to.match(/a slave of somebody else seems to run here/);
    expect(verdictOf(facts).next[0]).to.equal('One has joined already. Start another: ./slave');
  });

  it('names who has a port, where the system tells', () => {
    const line = (port: string, state: string, inode: string): string =>
      ` 1: 00000000:${port} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 0 0 ${inode} 2 0`;
    const platform = platformOf({
      '/proc/net/udp': `head\n${line('0BB8', '07', '11')}\n`,
      '/proc/net/tcp': `head\n${line('10CC', '0A', '12')}\n${line('10CD', '01', '13')}\n`,
      '/proc/7/fd/3': 'socket:[11]',
      '/proc/7/cmdline': '/usr/bin/node\0/opt/bin/master\0--secret\0x\0',
    });
    const range = { first: 4300, last: 4302 };
    expect(portsInUse(platform, 3000, range)).to.deep.equal([
      { protocol: 'UDP', port: 3000, owner: 'node master (process 7)' },
      { protocol: 'TCP', port: 4300 },
    ]);
    expect(portsInUse(platform, 3001, undefined)).to.deep.equal([]);
  });
});
