// Which interfaces a node uses, and the address on which it shouts there.
import type { NetworkInterfaceInfo } from 'node:os';
import { expect } from 'chai';
import fc from 'fast-check';
import { LanyardError } from '../../../../src/common/errors.ts';
import { broadcastAddress, chooseInterfaces, listInterfaces } from '../../../../src/common/net/interfaces.ts';

function ipv4(address: string, netmask: string, internal = false): NetworkInterfaceInfo {
  return { address, netmask, family: 'IPv4', mac: '00:00:00:00:00:00', internal, cidr: null };
}

const SYSTEM = {
  lo: [
    ipv4('127.0.0.1', '255.0.0.0', true),
    { address: '::1', netmask: 'ffff::', family: 'IPv6', mac: '', internal: true, cidr: null, scopeid: 0 } as const,
  ],
  eth0: [ipv4('10.77.0.4', '255.255.255.0'), ipv4('10.88.1.4', '255.255.0.0')],
  wlan0: [ipv4('192.168.1.130', '255.255.255.192')],
  tun0: [ipv4('10.8.0.2', '255.255.255.255')],
  gone: undefined,
};

describe('a broadcast address', () => {
  for (const [address, netmask, wanted] of [
    ['10.77.0.4', '255.255.255.0', '10.77.0.255'],
    ['127.0.0.1', '255.0.0.0', '127.255.255.255'],
    ['192.168.1.130', '255.255.255.192', '192.168.1.191'],
    ['172.16.5.9', '255.255.240.0', '172.16.15.255'],
    ['10.0.0.1', '255.255.255.254', '10.0.0.1'],
    ['1.2.3.4', '0.0.0.0', '255.255.255.255'],
  ] as const) {
    it(`of ${address}/${netmask} is ${wanted}`, () => expect(broadcastAddress(address, netmask)).to.equal(wanted));
  }

  it('has the network bits of the address and ones behind them, for every prefix', () => {
    const asNumber = (text: string): number => text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
    const asText = (n: number): string => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 32 }), (address, prefix) => {
        const hosts = 2 ** (32 - prefix);
        const netmask = asText(2 ** 32 - hosts);
        const wanted = Math.floor(address / hosts) * hosts + hosts - 1;
        expect(asNumber(broadcastAddress(asText(address), netmask))).to.equal(wanted);
      }),
    );
  });
});

describe('interfaces', () => {
  it('are all IPv4 addresses that can broadcast, loopback last', () => {
    const found = listInterfaces(SYSTEM);
    expect(found.map(({ name, address, broadcast }) => [name, address, broadcast])).to.deep.equal([
      ['eth0', '10.77.0.4', '10.77.0.255'],
      ['eth0', '10.88.1.4', '10.88.255.255'],
      ['wlan0', '192.168.1.130', '192.168.1.191'],
      ['lo', '127.0.0.1', '127.255.255.255'],
    ]);
    expect(found.map(({ loopback }) => loopback)).to.deep.equal([false, false, false, true]);
  });

  it('of this machine include loopback', () => {
    expect(listInterfaces().at(-1)).to.include({ address: '127.0.0.1', broadcast: '127.255.255.255', loopback: true });
  });

  const available = listInterfaces(SYSTEM);
  const chosen = (...wanted: string[]): string[] => chooseInterfaces(wanted, available).map(({ address }) => address);

  it('are chosen by name, with all addresses of that name, or by address', () => {
    expect(chosen('eth0')).to.deep.equal(['10.77.0.4', '10.88.1.4']);
    expect(chosen('10.88.1.4')).to.deep.equal(['10.88.1.4']);
    expect(chosen('lo', 'wlan0')).to.deep.equal(['127.0.0.1', '192.168.1.130']);
  });

  it('are all used when none is named', () => {
    expect(chosen()).to.deep.equal(available.map(({ address }) => address));
  });

  it('that are named twice are used once', () => {
    expect(chosen('lo', '127.0.0.1', 'lo')).to.deep.equal(['127.0.0.1']);
    expect(chosen('10.88.1.4', 'eth0')).to.have.members(['10.77.0.4', '10.88.1.4']);
  });

  it('that do not exist are an error which lists those that do', () => {
    for (const wanted of ['eth9', '10.77.0.5', 'tun0', '::1', '']) {
      expect(() => chosen(wanted))
        .to.throw(LanyardError, `--interface ${wanted}`)
        .with.property('message')
        .that.contains('eth0 (10.77.0.4), eth0 (10.88.1.4), wlan0 (192.168.1.130), lo (127.0.0.1)');
    }
    expect(() => chooseInterfaces(['lo'], [])).to.throw('none');
  });
});
