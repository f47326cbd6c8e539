// What of this machine keeps packets from coming in, as far as it can be read: which firewalls are there, and what the rules of nftables
// (which also holds those of iptables-nft, ufw and firewalld) do with what a master sends. Rules can be read as root only.
import type { Drop, FirewallFact, InterfaceFact } from './facts.ts';
import { fateOf, parseRuleset, type Chain, type Ruleset } from './packet-fate.ts';
import { addressNumber, type Packet, type Span } from './packet-match.ts';
import type { Platform } from './platform.ts';

/** What a slave here waits for. */
export interface Expected {
  readonly interfaces: readonly InterfaceFact[];
  /** Ports from which masters answer: when asked by a broadcast, and by --master. */
  readonly discoveryPort: number;
  readonly masterPort: number;
  /** Where masters connect; undefined when the system chooses. */
  readonly portRange?: { readonly first: number; readonly last: number } | undefined;
}

/** Ports that Linux gives to whoever asks for any. */
const SYSTEM_PORTS: Span = [32_768, 60_999];
const ANY_ADDRESS: Span = [0, 2 ** 32 - 1];

/** Reads what there is; never fails. */
export async function readFirewall(platform: Platform, expected: Expected): Promise<FirewallFact> {
  if (platform.name !== 'linux') return { present: [], isRead: false, drops: [] };
  const present = presentFirewalls(platform);
  if (!platform.isRoot) return { present, isRead: false, drops: [] };
  const ruleset = await platform.run('nft', ['-j', 'list', 'ruleset']);
  if (ruleset !== undefined) return { present, isRead: true, drops: dropsOf(ruleset, expected) };
  const input = await platform.run('iptables', ['-S', 'INPUT']);
  return { present, isRead: input !== undefined, drops: input === undefined ? [] : legacyDrops(input) };
}

function presentFirewalls(platform: Platform): string[] {
  const present: string[] = [];
  if (/^\s*ENABLED\s*=\s*yes/im.test(platform.read('/etc/ufw/ufw.conf') ?? '')) present.push('ufw (on)');
  if (platform.exists('/run/firewalld.pid') || platform.exists('/run/firewalld')) present.push('firewalld (on)');
  for (const program of ['nft', 'iptables'])
    if (platform.exists(`/usr/sbin/${program}`) || platform.exists(`/sbin/${program}`)) present.push(program);
  return present;
}

/** What drops in the rules that `nft -j list ruleset` prints. Only chains that see incoming packets first are looked at. */
export function dropsOf(rules: string, expected: Expected): Drop[] {
  const ruleset = parseRuleset(rules);
  return ruleset.chains.filter(seesInput).flatMap((chain) => {
    const [udp, tcp] = (['udp', 'tcp'] as const).map((protocol) => lossIn(ruleset, chain, protocol, expected));
    const where = `nft chain ${chain.family} ${chain.table} ${chain.name}`;
    if (udp !== undefined && tcp !== undefined && isSame(udp, tcp)) return [dropOf(where, udp, ['udp', 'tcp'])];
    return [
      ...(udp === undefined ? [] : [dropOf(where, udp, ['udp'])]),
      ...(tcp === undefined ? [] : [dropOf(where, tcp, ['tcp'])]),
    ];
  });
}

function seesInput({ family, hook }: Chain): boolean {
  return ['ip', 'inet', 'netdev'].includes(family) && ['input', 'prerouting', 'ingress'].includes(hook ?? '');
}

/** What a chain drops of one protocol. */
interface Loss {
  readonly by: 'rule' | 'rest';
  /** No rule might let it in. */
  readonly isSure: boolean;
  /** The interfaces, unless it is all of them. */
  readonly on: readonly string[];
  readonly lets: Drop['lets'];
}

function isSame(a: Loss, b: Loss): boolean {
  return a.by === b.by && a.isSure === b.isSure && a.on.join() === b.on.join();
}

function lossIn(ruleset: Ruleset, chain: Chain, protocol: Packet['protocol'], expected: Expected): Loss | undefined {
  const networks = askedNetworks(expected.interfaces);
  const fates = networks.map((network) => {
    if (!seesPacketsOf(chain, network.name)) return { network, accept: true, drop: undefined };
    return { network, ...fateOf(ruleset, chain, packetOf(network, protocol, 'new', expected)) };
  });
  const lossy = fates.filter(({ drop }) => drop !== undefined);
  const by = lossy[0]?.drop;
  if (by === undefined) return undefined;
  const isAnswerLetIn = lossy.some(
    ({ network }) => fateOf(ruleset, chain, packetOf(network, protocol, 'established', expected)).accept,
  );
  return {
    by,
    isSure: lossy.every(({ accept }) => !accept),
    on: lossy.length === fates.length ? [] : [...new Set(lossy.map(({ network }) => network.name))],
    lets: protocol === 'udp' && isAnswerLetIn ? 'answers' : 'nothing',
  };
}

/** Loopback counts when nothing else is asked: hardly a firewall touches it. */
function askedNetworks(interfaces: readonly InterfaceFact[]): readonly InterfaceFact[] {
  const asked = interfaces.filter(({ state }) => state === 'used');
  const real = asked.filter(({ isLoopback }) => !isLoopback);
  return real.length === 0 ? asked : real;
}

function seesPacketsOf({ dev }: Chain, name: string): boolean {
  return dev === undefined || [dev].flat().includes(name);
}

/** UDP is an answer of a master, TCP its connection; established: an answer to what was sent to its very address. */
function packetOf(
  { name, address = '', netmask = '' }: InterfaceFact,
  protocol: Packet['protocol'],
  state: Packet['state'],
  { discoveryPort, masterPort, portRange }: Expected,
): Packet {
  const [own, mask] = [addressNumber(address) ?? 0, addressNumber(netmask) ?? 0];
  const size = 2 ** 32 - mask;
  const network: Span = [own - (own % size), own - (own % size) + size - 1];
  const answersFrom = state === 'new' ? discoveryPort : masterPort;
  return {
    protocol,
    over: name,
    from: state === 'new' ? network : ANY_ADDRESS,
    to: [own, own],
    sourcePort: protocol === 'udp' ? [answersFrom, answersFrom] : SYSTEM_PORTS,
    port: protocol === 'udp' || portRange === undefined ? SYSTEM_PORTS : [portRange.first, portRange.last],
    state,
  };
}

function dropOf(where: string, { by, isSure, on, lets }: Loss, protocols: Drop['protocols']): Drop {
  const drops = isSure ? 'drops' : 'may drop';
  const kind = protocols.length === 1 ? protocols.join().toUpperCase() : '';
  const what =
    by === 'rule'
      ? `a rule of ${where} ${drops} ${kind === '' ? 'UDP and TCP' : kind}`
      : `${where} ${drops} ${kind === '' ? 'what' : `${kind} that`} no rule lets in`;
  // A master may be where nothing is dropped.
  const isCertain = isSure && on.length === 0;
  return { what: on.length === 0 ? what : `${what} on ${on.join(' and ')}`, protocols, lets, isCertain };
}

/** Rules that let in loopback, answers, TCP, ICMP or one port of this machine do not let in the answer of a master. */
const LEGACY_OTHERS = / -i lo |ESTABLISHED| -p (tcp|icmp) | --dports? | -j (DROP|REJECT|LOG|NFLOG)\b/;

function legacyDrops(input: string): Drop[] {
  if (!/^-P INPUT DROP/m.test(input)) return [];
  const lets = /ESTABLISHED.*-j ACCEPT/.test(input) ? 'answers' : 'nothing';
  const rules = input.split('\n').filter((line) => line.startsWith('-A INPUT '));
  const isCertain = rules.every((rule) => LEGACY_OTHERS.test(rule));
  const what = `iptables chain INPUT ${isCertain ? 'drops' : 'may drop'} what no rule lets in`;
  return [{ what, protocols: ['udp', 'tcp'], lets, isCertain }];
}
