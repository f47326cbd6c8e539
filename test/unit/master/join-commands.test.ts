// The line that makes a further machine a slave, for every network of a master.
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import type { Interface } from '../../../src/common/net/interfaces.ts';
import { readSlaveOptions } from '../../../src/slave/options.ts';
import { joinCommands, pageUrls, type JoinOptions } from '../../../src/master/join-commands.ts';

const at = (name: string, address: string): Interface => ({
  name,
  address,
  broadcast: '',
  netmask: '255.255.255.0',
  loopback: address.startsWith('127.'),
});
const LO = at('lo', '127.0.0.1');
const ETH = at('eth0', '10.77.0.1');
const WIFI = at('wlan0', '192.168.1.7');
const DEFAULTS = { interfaces: [ETH], httpHost: '0.0.0.0', httpPort: 4242, discoveryPort: 3000, cluster: 'lanyard' };

const commands = (options: Partial<JoinOptions>): string[] =>
  joinCommands({ ...DEFAULTS, ...options }).map(({ command }) => command);
const networks = (interfaces: readonly Interface[]): string[] =>
  joinCommands({ ...DEFAULTS, interfaces }).map(({ network }) => network);

/** What `sh` makes of a command: the words that curl and node get. */
function wordsOf(command: string): string[][] {
  const script = `show() { printf '%s\\n' "$@" --; }; curl() { show "$@"; }; node() { show "$@"; }; ${command}`;
  const words = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\n').slice(0, -1);
  const end = words.indexOf('--');
  return [words.slice(0, end), words.slice(end + 1, -1)];
}

describe('join commands', () => {
  it('fetch the file at the port that the master has, and run it', () => {
    expect(joinCommands({ ...DEFAULTS, httpPort: 40_123 })).to.deep.equal([
      {
        network: 'eth0',
        address: '10.77.0.1',
        loopback: false,
        command: 'curl -sO http://10.77.0.1:40123/slave.mjs && node slave.mjs',
      },
    ]);
  });

  it('are of every network however all addresses are written', () => {
    for (const httpHost of ['0.0.0.0', '0', '::', '::0', '0:0::0'])
      expect(commands({ httpHost }), httpHost).to.deep.equal(commands({}));
  });

  it('stand for every chosen network: LANs, then those of containers, VPNs and no DHCP, then loopback', () => {
    const docker = at('docker0', '172.17.0.1');
    const vpn = at('tun0', '10.8.0.2');
    const lone = at('eth1', '169.254.3.4');
    expect(networks([LO, docker, ETH, vpn, lone, WIFI])).to.deep.equal([
      'eth0',
      'wlan0',
      'docker0',
      'tun0',
      'eth1',
      'lo',
    ]);
    const all = joinCommands({ ...DEFAULTS, interfaces: [LO, ETH] });
    expect(all.map(({ loopback }) => loopback)).to.deep.equal([false, true]);
    expect(networks([])).to.deep.equal([]);
  });

  it('keep to loopback where only that is there', () => {
    const expected = ['curl -sO http://127.0.0.1:4242/slave.mjs && node slave.mjs --interface lo'];
    expect(commands({ interfaces: [LO] })).to.deep.equal(expected);
    expect(commands({ interfaces: [LO], httpHost: '127.0.0.1' })).to.deep.equal(expected);
    expect(commands({ interfaces: [ETH, LO], httpHost: '127.0.0.1' })).to.deep.equal(expected);
  });

  it('use the one address on which the HTTP door listens', () => {
    expect(joinCommands({ ...DEFAULTS, interfaces: [ETH, WIFI, LO], httpHost: WIFI.address })).to.deep.include.members([
      {
        network: 'wlan0',
        address: WIFI.address,
        loopback: false,
        command: 'curl -sO http://192.168.1.7:4242/slave.mjs && node slave.mjs',
      },
    ]);
    expect(commands({ interfaces: [ETH, WIFI, LO], httpHost: WIFI.address })).to.have.length(1);
    expect(commands({ httpHost: 'box.example' })).to.deep.equal([
      'curl -sO http://box.example:4242/slave.mjs && node slave.mjs',
    ]);
    expect(commands({ interfaces: [ETH, LO], httpHost: '::' })).to.have.length(2);
  });

  it('do not send a slave to loopback when the master does not listen there', () => {
    expect(commands({ interfaces: [ETH], httpHost: 'localhost' })).to.deep.equal([
      'curl -sO http://localhost:4242/slave.mjs && node slave.mjs',
    ]);
  });

  it('name the discovery port and the cluster only when they are not the usual ones', () => {
    const [command = ''] = commands({ discoveryPort: 3001, cluster: 'blue.2' });
    expect(command).to.match(/ && node slave\.mjs --discovery-port 3001 --cluster blue\.2$/);
    const [, [, ...options] = []] = wordsOf(command);
    expect(readSlaveOptions(options)).to.include({ discoveryPort: 3001, cluster: 'blue.2' });
  });

  it('mean the same to a shell, whatever the names are', () => {
    const names = ["it's", '$(touch x)', 'a b; c', '`id`', 'a&&b', '*', '"q"', String.raw`\n`];
    for (const name of names) {
      const [command = ''] = commands({ cluster: name, interfaces: [at(name, '127.0.0.1')] });
      expect(wordsOf(command)).to.deep.equal([
        ['-sO', 'http://127.0.0.1:4242/slave.mjs'],
        ['slave.mjs', '--cluster', name, '--interface', name],
      ]);
    }
    const [sixth = ''] = commands({ httpHost: 'fd00::7' });
    expect(wordsOf(sixth)[0]).to.deep.equal(['-sO', 'http://[fd00::7]:4242/slave.mjs']);
  });
});

describe('the addresses of the page', () => {
  const urls = (httpHost: string): string[] => pageUrls({ interfaces: [LO, ETH], httpHost, httpPort: 4242 });

  it('are those of every network however all addresses are written, the LAN first', () => {
    for (const httpHost of ['0.0.0.0', '0', '::', '::0', '0:0::0'])
      expect(urls(httpHost), httpHost).to.deep.equal(['http://10.77.0.1:4242/', 'http://127.0.0.1:4242/']);
  });

  it('are one where it listens on one, as a URL has it', () => {
    const one = { 'fd00::7': '[fd00::7]', '::1': '[::1]', 'box.example': 'box.example', '127.0.0.1': '127.0.0.1' };
    for (const [host, inUrl] of Object.entries(one)) expect(urls(host)).to.deep.equal([`http://${inUrl}:4242/`]);
  });
});
