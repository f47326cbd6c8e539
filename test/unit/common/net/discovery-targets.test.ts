// In which order a node asks its networks for a master.
import { expect } from 'chai';
import { discoveryTargets } from '../../../../src/common/net/discovery-targets.ts';
import { listInterfaces } from '../../../../src/common/net/interfaces.ts';

describe('the order in which networks are asked', () => {
  const order = (...names: readonly string[]): (readonly [string, number])[] => {
    const address = { netmask: '255.255.255.0', family: 'IPv4', mac: '', cidr: null } as const;
    const system = Object.fromEntries(
      names.map((name, i) => [name, [{ ...address, address: `10.0.${i.toString()}.1`, internal: name === 'lo' }]]),
    );
    return discoveryTargets(listInterfaces(system)).map(({ name, delayMs }) => [name, delayMs]);
  };

  it('is cards, then containers, virtual machines and VPNs, then loopback, whatever the system lists first', () => {
    expect(order('lo', 'docker0', 'tun0', 'virbr0', 'eth0', 'wlp3s0')).to.deep.equal([
      ['eth0', 0],
      ['wlp3s0', 0],
      ['docker0', 100],
      ['tun0', 100],
      ['virbr0', 100],
      ['lo', 200],
    ]);
  });

  it('lets nothing wait that has nobody to wait for', () => {
    expect(order('wg0', 'lo')).to.deep.equal([
      ['wg0', 0],
      ['lo', 200],
    ]);
    expect(order('lo')).to.deep.equal([['lo', 0]]);
    expect(order()).to.deep.equal([]);
  });

  it('takes bridges that people make for cards', () => {
    expect(order('br0', 'br-0123456789ab')).to.deep.equal([
      ['br0', 0],
      ['br-0123456789ab', 100],
    ]);
  });
});
