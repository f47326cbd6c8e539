// The interfaces of a machine, also those that cannot be used and why. What is up comes from node; Linux tells the rest in /sys.
import { virtualKind } from '../../common/net/interface-kinds.ts';
import { broadcastAddress, isNamed } from '../../common/net/interfaces.ts';
import type { InterfaceFact } from './facts.ts';
import type { Platform } from './platform.ts';

const SYS = '/sys/class/net';
/** Flags of an interface, as in Linux's `if.h`. */
const IFF_UP = 0x1;
const IFF_POINTOPOINT = 0x10;

/** Every interface, usable ones first. `wanted` are those that the user named, none for all. */
export function networkFacts(platform: Platform, wanted: readonly string[]): InterfaceFact[] {
  const facts: InterfaceFact[] = [];
  for (const [name, addresses] of Object.entries(platform.networkInterfaces())) {
    for (const { family, address, netmask, internal } of addresses ?? []) {
      if (family !== 'IPv4') continue;
      const base = { name, address, netmask, isLoopback: internal, ...likeness(platform, name) };
      if (netmask === '255.255.255.255') {
        facts.push({
          ...base,
          state: 'unusable',
          why: 'its network is this one address (/32): there is nobody to broadcast to',
        });
        continue;
      }
      const isChosen = wanted.length === 0 || isNamed(wanted, { name, address });
      facts.push({ ...base, broadcast: broadcastAddress(address, netmask), state: isChosen ? 'used' : 'not-chosen' });
    }
  }
  const seen = new Set(facts.map(({ name }) => name));
  for (const name of platform.list(SYS)) {
    if (seen.has(name) || isNoise(platform, name)) continue;
    facts.push({
      name,
      isLoopback: name === 'lo',
      state: 'unusable',
      why: whyWithout(platform, name),
      ...likeness(platform, name),
    });
  }
  const order = { used: 0, 'not-chosen': 1, unusable: 2 };
  return facts.sort((a, b) => order[a.state] - order[b.state] || Number(a.isLoopback) - Number(b.isLoopback));
}

/** Those of `wanted` that cannot be used, each with the reason. */
export function missingInterfaces(
  wanted: readonly string[],
  facts: readonly InterfaceFact[],
): { wanted: string; why: string }[] {
  return wanted.flatMap((want) => {
    const named = facts.filter(({ name, address }) => name === want || address === want);
    if (named.some(({ state }) => state === 'used')) return [];
    return [{ wanted: want, why: named[0]?.why ?? 'this machine has no such interface or address' }];
  });
}

/** Ports of bridges, and what the kernel makes by itself, are not networks that a person knows. */
function isNoise(platform: Platform, name: string): boolean {
  return (
    platform.exists(`${SYS}/${name}/master`) ||
    /^(veth|tunl0|gre0|gretap0|sit0|ip6tnl0|ip6_vti0|ip_vti0|erspan0|ip6gre0|bonding_masters)/.test(name)
  );
}

function whyWithout(platform: Platform, name: string): string {
  const flags = Number(platform.read(`${SYS}/${name}/flags`)?.trim() ?? 0);
  if ((flags & IFF_UP) === 0) return 'it is down';
  // Reading the carrier of an interface that is down fails; of one that is up it is 0 or 1.
  if (platform.read(`${SYS}/${name}/carrier`)?.trim() === '0')
    return 'nothing is at the other end (no cable, or not connected)';
  if ((flags & IFF_POINTOPOINT) !== 0) return 'it has no IPv4 address and leads to one other machine only';
  return 'it has no IPv4 address';
}

function likeness(platform: Platform, name: string): { looksLike?: string } {
  const folder = `${SYS}/${name}`;
  const kind = virtualKind(name);
  if (kind !== undefined) return { looksLike: kind };
  const isWireless =
    platform.exists(`${folder}/wireless`) || /DEVTYPE=wlan/.test(platform.read(`${folder}/uevent`) ?? '');
  if (isWireless || /^(wlan|wlp|wlx|Wi-Fi)/.test(name)) return { looksLike: 'Wi-Fi' };
  if (/DEVTYPE=wireguard/.test(platform.read(`${folder}/uevent`) ?? '') || platform.exists(`${folder}/tun_flags`))
    return { looksLike: 'a VPN' };
  return platform.exists(`${folder}/bridge`) ? { looksLike: 'a bridge' } : {};
}
