// What of this machine keeps packets from coming in, as far as it can be read: which firewalls are there, and the rules of nftables
// (which also holds those of iptables-nft, ufw and firewalld). Rules can be read as root only.
import type { Drop, FirewallFact } from './facts.ts';
import type { Platform } from './platform.ts';

type Entry = Readonly<Record<string, unknown>>;
interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
}
interface Rule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly expr: readonly Entry[];
}

/** Reads what there is; never fails. */
export async function readFirewall(platform: Platform): Promise<FirewallFact> {
  if (platform.name !== 'linux') return { present: [], isRead: false, drops: [] };
  const present = presentFirewalls(platform);
  if (!platform.isRoot) return { present, isRead: false, drops: [] };
  const ruleset = await platform.run('nft', ['-j', 'list', 'ruleset']);
  if (ruleset !== undefined) return { present, isRead: true, drops: dropsOf(ruleset) };
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
export function dropsOf(ruleset: string): Drop[] {
  const { nftables } = parsed(ruleset);
  const chains = nftables.flatMap(({ chain }) => (chain === undefined ? [] : [chain as Chain]));
  const rules = nftables.flatMap(({ rule }) => (rule === undefined ? [] : [rule as Rule]));
  return chains.filter(seesInput).flatMap((chain) => {
    const inTable = rules.filter(({ family, table }) => family === chain.family && table === chain.table);
    const own = inTable.filter((rule) => rule.chain === chain.name);
    const where = `nft chain ${chain.family} ${chain.table} ${chain.name}`;
    const drops = own.flatMap(({ expr }) => dropOf(expr, where));
    const dropsRest = chain.policy === 'drop' || own.some(({ expr }) => isDrop(expr) && !expr.some(isMatch));
    if (dropsRest && !own.some(({ expr }) => letsAll(expr))) {
      const lets = inTable.some(({ expr }) => letsAnswers(expr)) ? 'answers' : 'nothing';
      drops.push({ what: `${where} drops what no rule lets in`, protocols: ['udp', 'tcp'], lets });
    }
    return drops;
  });
}

function parsed(text: string): { readonly nftables: readonly Entry[] } {
  try {
    const { nftables } = JSON.parse(text) as { nftables?: unknown };
    return { nftables: Array.isArray(nftables) ? (nftables as Entry[]) : [] };
  } catch {
    return { nftables: [] };
  }
}

function seesInput({ family, hook }: Chain): boolean {
  return ['ip', 'inet', 'netdev'].includes(family) && ['input', 'prerouting', 'ingress'].includes(hook ?? '');
}

/** Matches of an interface do not count: what comes in by one of them is a whole network. */
function isMatch(entry: Entry): boolean {
  return ('match' in entry && !/"iif(name)?"/.test(JSON.stringify(entry))) || 'xt' in entry;
}

function isDrop(expr: readonly Entry[]): boolean {
  return expr.some((entry) => 'drop' in entry || 'reject' in entry);
}

/** A rule that drops all of one protocol; one that names addresses or ports is somebody's special case. */
function dropOf(expr: readonly Entry[], where: string): Drop[] {
  const matches = expr.filter(isMatch);
  if (!isDrop(expr) || matches.length !== 1) return [];
  const text = JSON.stringify(matches[0]);
  const protocol = (['udp', 'tcp'] as const).find((one) => text.includes(`"${one}"`));
  if (protocol === undefined || /"[sd]port"/.test(text)) return [];
  return [{ what: `${where} drops all ${protocol.toUpperCase()}`, protocols: [protocol], lets: 'nothing' }];
}

/** iptables-nft keeps its match as a foreign one, of which only the name can be read. */
function letsAnswers(expr: readonly Entry[]): boolean {
  return expr.some((entry) => 'accept' in entry) && /"established"|"conntrack"/.test(JSON.stringify(expr));
}

function letsAll(expr: readonly Entry[]): boolean {
  return expr.some((entry) => 'accept' in entry) && !expr.some((entry) => 'match' in entry || 'xt' in entry);
}

function legacyDrops(input: string): Drop[] {
  if (!/^-P INPUT DROP/m.test(input)) return [];
  const lets = /ESTABLISHED.*-j ACCEPT/.test(input) ? 'answers' : 'nothing';
  return [{ what: 'iptables chain INPUT drops what no rule lets in', protocols: ['udp', 'tcp'], lets }];
}
