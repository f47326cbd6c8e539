// The one sentence at the end: could a slave join from here, and if not, what is in the way. Pure: facts in, verdict out.
import { searchCommand } from '../../common/config/search-command.ts';
import { ROLES } from '../../common/protocol/messages.ts';
import type { AnswerFact, Drop, Facts, NotSentFact, VisitFact } from './facts.ts';
import { dataAdvice, firewallAdvice, silenceAdvice } from './advice.ts';

export interface Verdict {
  readonly canJoin: boolean;
  /** For programs. */
  readonly kind:
    | 'healthy'
    | 'two-masters'
    | 'no-interface'
    | 'ports-taken'
    | 'no-such-master'
    | 'not-sent'
    | 'udp-dropped-here'
    | 'udp-blocked'
    | 'broadcast-only'
    | 'address-only'
    | 'no-master'
    | 'other-cluster'
    | 'other-version'
    | 'refused'
    | 'tcp-blocked';
  readonly sentence: string;
  /** What to do, the likeliest first. */
  readonly next: readonly string[];
}

const NOT_SENT_ADVICE = [
  'EPERM means that a firewall of this machine forbids it; ENETUNREACH and EHOSTUNREACH that there is no route.',
];

/** Judges the facts in the order in which a slave would fail. */
export function verdictOf(facts: Facts): Verdict {
  return beforeAsking(facts) ?? withoutAck(facts) ?? afterAck(facts);
}

/** The masters of the cluster that said yes, each once; those that were asked in this way only, if one is given. */
export function mastersOf({ answers, cluster }: Facts, way?: AnswerFact['by']): AnswerFact[] {
  const acks = answers.filter(
    ({ kind, by, cluster: its }) => kind === 'ack' && its === cluster && (way === undefined || by === way),
  );
  return [...new Map(acks.map((ack) => [ack.masterId, ack])).values()];
}

/** Why nothing could be sent to --master, which has not answered. */
export function masterNotSent({ notSent, answers }: Facts): NotSentFact | undefined {
  return answers.some(({ by }) => by === 'address') ? undefined : notSent.find(isToMaster);
}

function isToMaster({ interface: name }: NotSentFact): boolean {
  return name === '--master';
}

function no(kind: Verdict['kind'], why: string, ...next: string[]): Verdict {
  return { canJoin: false, kind, sentence: `A slave could not join from here: ${why}.`, next };
}

function beforeAsking(facts: Facts): Verdict | undefined {
  const [missing] = facts.missingInterfaces;
  if (missing !== undefined) {
    const usable = facts.interfaces.filter(({ state }) => state !== 'unusable').map(({ name }) => name);
    const choice = usable.length === 0 ? 'No interface is up.' : `Usable here: ${[...new Set(usable)].join(', ')}.`;
    return no('no-interface', `--interface ${missing.wanted}: ${missing.why}`, choice);
  }
  if (!facts.interfaces.some(({ state }) => state === 'used'))
    return no(
      'no-interface',
      'this machine has no IPv4 network that can be broadcast on',
      'Connect it to the network of the master.',
    );
  if (facts.master?.problem !== undefined)
    return no('no-such-master', facts.master.problem, 'Give --master the address of the master in numbers.');
  if (facts.portRangeProblem !== undefined) {
    const owners = facts.portsInUse.flatMap(({ protocol, owner }) =>
      protocol === 'TCP' && owner !== undefined ? [owner] : [],
    );
    const by = owners.length === 0 ? '' : ` (in use by ${[...new Set(owners)].join(', ')})`;
    return no(
      'ports-taken',
      `its ports cannot be opened: ${facts.portRangeProblem}${by}`,
      'A slave needs three. Choose another --port-range, or a wider one. If a slave runs here already, leave --port-range out to ask beside it.',
    );
  }
  return undefined;
}

function withoutAck(facts: Facts): Verdict | undefined {
  if (facts.visits.length > 0) return undefined;
  const { master } = facts;
  const unsent = masterNotSent(facts);
  if (master !== undefined && mastersOf(facts).length > 0) {
    const { port: asked } = master;
    const isElsewhere = mastersOf(facts).some(({ from }) => from.port !== asked);
    const at = (address: string, port: number): string => (isElsewhere ? `${address}:${port.toString()}` : address);
    const found = mastersOf(facts).map(({ from, master: name }) => `${at(from.address, from.port)} (${name})`);
    const fails = unsent === undefined ? 'does not answer' : `does not answer (nothing can be sent: ${unsent.why})`;
    return no(
      'broadcast-only',
      `--master ${at(master.asked, asked)} ${fails}, but by broadcast ${found.join(' and ')} does`,
      'Leave --master out, or give it that address.',
    );
  }
  if (master !== undefined && unsent !== undefined) {
    const from = master.from === undefined ? '' : ` from ${master.from}`;
    return no('not-sent', `nothing can be sent to --master ${master.asked}${from} (${unsent.why})`, ...NOT_SENT_ADVICE);
  }
  return refused(facts) ?? silent(facts);
}

function refused(facts: Facts): Verdict | undefined {
  const naks = facts.answers.filter(({ kind }) => kind === 'nak');
  const ours = naks.find(({ reason }) => reason !== 'wrong-cluster' && reason !== 'wrong-version');
  if (ours !== undefined) {
    const advice = {
      'pool-full': 'Start the master with a larger --max-slaves, or stop a slave.',
      draining: 'The master is shutting down: start it again, or wait for the next one.',
      'not-served': 'Update the master.',
    }[ours.reason as string];
    return no(
      'refused',
      `master ${ours.master} (${ours.from.address}) refuses: ${ours.detail ?? ''}`,
      advice ?? 'Ask whoever runs the master.',
    );
  }
  const version = naks.find(({ reason }) => reason === 'wrong-version');
  if (version !== undefined)
    return no(
      'other-version',
      `master ${version.master} (${version.from.address}) speaks another version: ${version.detail ?? ''}`,
      'Use the same version of Lanyard on both machines.',
    );
  if (naks.length === 0) return undefined;
  const clusters = [...new Set(naks.map(({ cluster }) => cluster))];
  const masters = [...new Set(naks.map(({ master, from }) => `${master} at ${from.address}`))];
  return no(
    'other-cluster',
    `no master of cluster ${facts.cluster} answered, only of cluster ${clusters.join(' and ')} (${masters.join(', ')})`,
    `To join it: --cluster ${clusters[0] ?? ''} at the slave.`,
    `If the master should be of cluster ${facts.cluster}: start it with --cluster ${facts.cluster}.`,
  );
}

function silent(facts: Facts): Verdict {
  const { discoveryPort, cluster, master, machine } = facts;
  const port = discoveryPort.toString();
  const asked = facts.interfaces.filter(({ state }) => state === 'used');
  const notSent = facts.notSent.filter((one) => !isToMaster(one));
  if (master === undefined && notSent.length >= asked.length)
    return no(
      'not-sent',
      `no request could be sent (${notSent.map((one) => `${one.interface} ${one.at}: ${one.why}`).join('; ')})`,
      ...NOT_SENT_ADVICE,
    );
  const drops = machine.firewall.drops.filter((one) => isInTheWay(one, master !== undefined));
  const drop = drops.find(({ isCertain }) => isCertain);
  if (drop !== undefined)
    return no(
      'udp-dropped-here',
      `no master of cluster ${cluster} answered, and the firewall of this machine drops UDP that comes in (${drop.what})`,
      ...firewallAdvice(facts),
      ...silenceAdvice(facts),
    );
  if (master?.http === 'open')
    return no(
      'udp-blocked',
      `${master.asked} answers on TCP 4242 but not on UDP ${master.port.toString()}, so UDP is blocked on the way or its discovery port is another`,
      `Open UDP ${master.port.toString()} in the firewall of ${master.asked}; look at discoveryPort in the log of its master.`,
    );
  const tried = asked.map(({ name, broadcast = '' }) => `${name} ${broadcast}`);
  if (master !== undefined) tried.unshift(`--master ${master.asked}`);
  const [mayDrop] = drops;
  const perhaps = mayDrop === undefined ? '' : `; the firewall of this machine may drop the answers (${mayDrop.what})`;
  return no(
    'no-master',
    `no master of cluster ${cluster} answered on UDP ${port} (asked: ${tried.join(', ')})${perhaps}`,
    ...silenceAdvice(facts),
    ...(mayDrop === undefined ? [] : firewallAdvice(facts)),
  );
}

/** Answers to a broadcast are no answers to Linux's connection tracking: it has not sent anything to that address. */
function isInTheWay({ protocols, lets }: Drop, isByAddress: boolean): boolean {
  return protocols.includes('udp') && (lets === 'nothing' || !isByAddress);
}

function afterAck(facts: Facts): Verdict {
  const { visits, cluster, master: asked } = facts;
  const [visit] = visits;
  if (visit === undefined) throw new Error('a visit was expected');
  // Asked by address, a slave follows nobody else.
  const masters = mastersOf(facts, asked === undefined ? undefined : 'address');
  if (masters.length > 1) return amongSeveral(facts, masters);
  const problem = visitProblem(visit);
  if (problem !== undefined)
    return no('tcp-blocked', `master ${visit.master} (${visit.from.address}) ${problem}`, ...visitAdvice(facts));
  const where = visit.interface === '--master' ? '' : ` over ${visit.interface}`;
  const isByAddressOnly = asked !== undefined && !facts.answers.some(({ by }) => by === 'broadcast');
  const master = `master ${visit.master} of cluster ${cluster} (${visit.from.address})`;
  if (isByAddressOnly)
    return {
      canJoin: true,
      kind: 'address-only',
      sentence: `A slave could join from here with --master: ${master} answers and connects, though not to broadcasts.`,
      next: [slaveCommand(facts)],
    };
  const start = `${facts.joinedSlaves.length === 0 ? 'Start one' : 'One has joined already. Start another'}: ${slaveCommand(facts)}`;
  const sentence = `A slave could join from here: ${master} answers${where} and connects to its ports.`;
  return { canJoin: true, kind: 'healthy', sentence, next: [start] };
}

/** A slave follows the quickest: only when it could follow any of them is it sure to join. */
function amongSeveral(facts: Facts, masters: readonly AnswerFact[]): Verdict {
  const placed = ({ master, from }: Pick<VisitFact, 'master' | 'from'>): string => `${master} at ${from.address}`;
  const many = `${masters.length.toString()} masters of cluster ${facts.cluster} answer`;
  const bad = facts.visits.flatMap((visit) => {
    const problem = visitProblem(visit);
    return problem === undefined ? [] : [{ id: visit.masterId, text: `${placed(visit)} ${problem}` }];
  });
  const isVisited = ({ masterId }: AnswerFact): boolean => facts.visits.some((visit) => visit.masterId === masterId);
  const good = masters.filter((one) => isVisited(one) && !bad.some(({ id }) => id === one.masterId)).map(placed);
  const others = masters.filter((one) => !isVisited(one)).map(placed);
  const untried = others.length === 0 ? '' : `; not tried: ${others.join(', ')}`;
  const stop = 'Stop all of them but one, or start each with a --cluster name of its own.';
  if (bad.length === 0)
    return {
      canJoin: true,
      kind: 'two-masters',
      sentence: `A slave could join from here, but ${many} (${good.join(', ')}${untried}): it joins whichever is quicker.`,
      next: [stop],
    };
  const why = bad.map(({ text }) => text).join('; ');
  if (good.length === 0) return no('tcp-blocked', `${many}, but ${why}${untried}`, ...visitAdvice(facts), stop);
  return {
    canJoin: false,
    kind: 'two-masters',
    sentence: `A slave could join from here only if ${good.join(' or ')} is quicker: ${many}, but ${why}${untried}.`,
    next: [stop, ...visitAdvice(facts)],
  };
}

/** What kept a master that said yes from being joined. */
function visitProblem({ greeted, ports, heard }: VisitFact): string | undefined {
  const where = `this machine's TCP ports ${ports.join(', ')}`;
  if (greeted.length === 0) return `answers on UDP but does not connect to ${where}`;
  if (greeted.length < ROLES.length)
    return `answers on UDP but says hello on ${greeted.length.toString()} of ${where} only`;
  if (heard !== false) return undefined;
  return 'connects, but what this machine sends does not arrive: the MTU of a VPN or tunnel, or a firewall';
}

function visitAdvice(facts: Facts): string[] {
  const { visits } = facts;
  return [
    ...(visits.some(({ heard }) => heard === false) ? dataAdvice(facts) : []),
    ...(visits.some(({ greeted }) => greeted.length < ROLES.length) ? firewallAdvice(facts) : []),
    'Look into the log of the master: "a node could not join" says what it tried.',
  ];
}

/** A slave with the options that were examined. */
function slaveCommand({ cluster, discoveryPort, wantedInterfaces: interfaces, master, portRange }: Facts): string {
  const search = { cluster, discoveryPort, interfaces, master: master && { address: master.asked, port: master.port } };
  const range =
    portRange === undefined ? '' : ` --port-range ${portRange.first.toString()}-${portRange.last.toString()}`;
  return searchCommand('slave', search) + range;
}
