// What becomes of an expected packet in a chain of nftables: every way is walked that it may take, since not all conditions can be
// judged. Pure.
import { both, isAmong, passes, type Answer, type ElementsOf, type Entry, type Packet } from './packet-match.ts';

export interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
  /** Of a chain that sees the packets of some interfaces only. */
  readonly dev?: string | readonly string[];
}
interface Rule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly expr: readonly Entry[];
}
interface NamedSet {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly elem?: readonly unknown[];
}

export interface Ruleset {
  readonly chains: readonly Chain[];
  readonly rules: readonly Rule[];
  /** And maps. */
  readonly sets: readonly NamedSet[];
}

/** What may become of a packet; both, when that depends on what is not known. */
export interface Fate {
  readonly accept: boolean;
  /** Dropped by a rule with conditions, or with the rest that no rule lets in. */
  readonly drop: 'rule' | 'rest' | undefined;
}

interface Walk {
  readonly ruleset: Ruleset;
  readonly base: Chain;
  readonly packet: Packet;
  readonly elementsOf: ElementsOf;
  accept: boolean;
  drop: Fate['drop'];
  steps: number;
}

/** So deep nft lets chains call each other. */
const DEPTH_MAX = 16;
/** Rules looked at on all ways together; whatever takes more is not known. */
const STEPS_MAX = 50_000;

/** Reads what `nft -j list ruleset` prints; whatever is not that is no rules. */
export function parseRuleset(text: string): Ruleset {
  const entries = entriesOf(text);
  const named = (kind: string): unknown[] => entries.flatMap((entry) => (kind in entry ? [entry[kind]] : []));
  return {
    chains: named('chain') as Chain[],
    rules: named('rule') as Rule[],
    sets: [...named('set'), ...named('map')] as NamedSet[],
  };
}

/** What may become of the packet in this chain, at which the kernel hands it over. */
export function fateOf(ruleset: Ruleset, base: Chain, packet: Packet): Fate {
  const isHere = ({ family, table }: Pick<Chain, 'family' | 'table'>): boolean =>
    family === base.family && table === base.table;
  const elementsOf: ElementsOf = (name) => ruleset.sets.find((set) => isHere(set) && set.name === name)?.elem;
  const own = { ...ruleset, rules: ruleset.rules.filter(isHere) };
  const walk: Walk = { ruleset: own, base, packet, elementsOf, accept: false, drop: undefined, steps: 0 };
  if (comesBack(walk, base.name, 0)) {
    if (base.policy === 'drop') walk.drop ??= 'rest';
    else walk.accept = true;
  }
  return { accept: walk.accept, drop: walk.drop };
}

/** Walks a chain; whether the packet may come out at its end, for the caller's next rule. */
function comesBack(walk: Walk, name: string, depth: number): boolean {
  let isReturned = false;
  for (const { chain, expr } of walk.ruleset.rules) {
    if (chain !== name) continue;
    if (++walk.steps > STEPS_MAX || depth > DEPTH_MAX) {
      walk.accept = true;
      walk.drop ??= 'rest';
      return true;
    }
    for (const { verdict, isTaken } of verdictsOf(expr, walk)) {
      const after = follow(walk, verdict, isTaken, expr, depth);
      isReturned ||= after === 'returned';
      if (isTaken === 'yes' && after !== 'next') return isReturned;
    }
  }
  return true;
}

/** What one verdict does, if it is taken: the packet goes on with the next rule, has left this chain, or is gone. */
function follow(
  walk: Walk,
  verdict: Entry,
  isTaken: Answer,
  expr: readonly Entry[],
  depth: number,
): 'next' | 'returned' | 'gone' {
  if ('accept' in verdict) {
    walk.accept = true;
    return 'gone';
  }
  if (isDrop(verdict)) {
    // What drops some packets, perhaps, is somebody's special case.
    if (isTaken === 'yes') walk.drop ??= expr.some((entry) => 'match' in entry || 'vmap' in entry) ? 'rule' : 'rest';
    return 'gone';
  }
  if ('return' in verdict) return 'returned';
  const [way, to] = 'goto' in verdict ? (['returned', verdict['goto']] as const) : (['next', verdict['jump']] as const);
  const target = (to as { readonly target?: unknown } | null | undefined)?.target;
  if (typeof target !== 'string') return 'next';
  return comesBack(walk, target, depth + 1) ? way : 'gone';
}

/** The verdicts that a rule may come to, each with whether it does. */
function verdictsOf(expr: readonly Entry[], walk: Walk): { verdict: Entry; isTaken: Answer }[] {
  const { packet, elementsOf } = walk;
  const isReached = passes(expr, packet, elementsOf);
  return expr.flatMap((entry) => {
    if (isVerdict(entry)) {
      const isTaken = isTracked(expr, entry) ? (packet.state === 'new' ? 'no' : 'yes') : isReached;
      return isTaken === 'no' ? [] : [{ verdict: entry, isTaken }];
    }
    if (!('vmap' in entry) || isReached === 'no') return [];
    const { key, data } = entry['vmap'] as { readonly key: unknown; readonly data: unknown };
    const pairs = pairsOf(data, elementsOf);
    // A map that cannot be read may let it in.
    if (pairs === undefined) return [{ verdict: { accept: null }, isTaken: 'maybe' as const }];
    return pairs.flatMap(([value, verdict]) => {
      const isTaken = both(isReached, isAmong(key, value, packet, elementsOf));
      return isTaken === 'no' ? [] : [{ verdict, isTaken }];
    });
  });
}

/** `-m conntrack … -j ACCEPT` of iptables, alone: of its states nft tells nothing, but they are those of answers nearly always. */
function isTracked(expr: readonly Entry[], verdict: Entry): boolean {
  const conditions = expr.filter((entry) => 'match' in entry || 'xt' in entry);
  const xt = conditions[0]?.['xt'] as { readonly name?: unknown } | null | undefined;
  return 'accept' in verdict && conditions.length === 1 && xt?.name === 'conntrack';
}

function pairsOf(data: unknown, elementsOf: ElementsOf): readonly (readonly [unknown, Entry])[] | undefined {
  const listed =
    typeof data === 'string' ? elementsOf(data.replace(/^@/, '')) : (data as { readonly set?: unknown } | null)?.set;
  return Array.isArray(listed) ? (listed as (readonly [unknown, Entry])[]) : undefined;
}

function isVerdict(entry: Entry): boolean {
  return isDrop(entry) || ['accept', 'return', 'jump', 'goto'].some((word) => word in entry);
}

function isDrop(entry: Entry): boolean {
  const { xt } = entry as { readonly xt?: { readonly name?: unknown } | null };
  return 'drop' in entry || 'reject' in entry || xt?.name === 'REJECT';
}

function entriesOf(text: string): readonly Entry[] {
  try {
    const { nftables } = JSON.parse(text) as { nftables?: unknown };
    const all = Array.isArray(nftables) ? (nftables as unknown[]) : [];
    return all.filter((entry): entry is Entry => typeof entry === 'object' && entry !== null);
  } catch {
    return [];
  }
}
