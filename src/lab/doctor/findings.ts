// What the report says above its verdict: one line a finding, each ok, a warning, a problem, or just information. Pure.
import { PROTOCOL_VERSION } from '../../common/protocol/version.ts';
import { ROLES } from '../../common/protocol/messages.ts';
import { virtualKind } from '../../common/net/interface-kinds.ts';
import type { AnswerFact, Facts, InterfaceFact, VisitFact } from './facts.ts';
import { masterNotSent, mastersOf } from './verdict.ts';

export type Mark = 'ok' | 'warning' | 'problem' | 'info';

export interface Finding {
  readonly mark: Mark;
  readonly text: string;
}

export interface Section {
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** The report in sections, in the order in which a join goes. */
export function sectionsOf(facts: Facts): Section[] {
  const sections: Section[] = [
    { title: 'Networks', findings: networks(facts) },
    { title: 'Masters', findings: masters(facts) },
    { title: 'Connections from the master', findings: connections(facts) },
    { title: 'Ports', findings: ports(facts) },
    { title: 'This machine', findings: machine(facts) },
  ];
  return sections.filter(({ findings }) => findings.length > 0);
}

const finding = (mark: Mark, text: string): Finding => ({ mark, text });

function networks(facts: Facts): Finding[] {
  const missing = facts.missingInterfaces.map(({ wanted, why }) => finding('problem', `--interface ${wanted}: ${why}`));
  return [...missing, ...facts.interfaces.map((one) => network(one, facts))];
}

function network(
  { name, address, netmask, broadcast, state, why, looksLike, isLoopback }: InterfaceFact,
  facts: Facts,
): Finding {
  const like = looksLike === undefined ? '' : `, looks like ${looksLike}`;
  const place = address === undefined ? name : `${name} ${address}/${prefixOf(netmask ?? '')}`;
  if (state === 'unusable') return finding('info', `${place}${like}: not used, ${why ?? ''}`);
  if (state === 'not-chosen') return finding('info', `${place}${like}: not used, --interface names others`);
  const notSent = facts.notSent.find((one) => one.interface === name && one.at === address);
  if (notSent !== undefined) return finding('problem', `${place}${like}: nothing can be sent: ${notSent.why}`);
  const after =
    isLoopback || looksLike === undefined || looksLike === 'Wi-Fi' || looksLike === 'a bridge'
      ? ''
      : ', asked after real networks';
  return finding('ok', `${place}${like}: asked at ${broadcast ?? ''}${after}`);
}

function prefixOf(netmask: string): string {
  const bits = netmask.split('.').map((byte) => Number(byte).toString(2).replaceAll('0', '').length);
  return bits.reduce((sum, count) => sum + count, 0).toString();
}

function masters(facts: Facts): Finding[] {
  const findings = facts.answers.map((answer) => answered(answer, facts));
  const isAnyYes = mastersOf(facts).length > 0;
  for (const { name, address = '', state, isLoopback } of facts.interfaces) {
    if (state !== 'used' || facts.answers.some((answer) => answer.by === 'broadcast' && answer.at === address))
      continue;
    // A master elsewhere is not heard on loopback: that says nothing.
    const mark = isAnyYes && isLoopback ? 'info' : 'warning';
    findings.push(finding(mark, `${name} ${address}: nobody answered`));
  }
  findings.push(...byAddress(facts));
  const names = mastersOf(facts).map(({ master, from }) => `${master} at ${from.address}`);
  if (names.length > 1)
    findings.push(
      finding('problem', `${names.length.toString()} masters of cluster ${facts.cluster}: ${names.join(', ')}`),
    );
  return findings;
}

function answered(answer: AnswerFact, facts: Facts): Finding {
  const { by, from, master, version, cluster, reason, detail, masterId, pollIntervalMs, isFromElsewhere } = answer;
  const way = by === 'address' ? '--master' : `${answer.interface} ${answer.at}`;
  const who = `${master} at ${from.address}:${from.port.toString()}`;
  if (answer.kind === 'nak') {
    const said = reason === 'wrong-cluster' ? `is of cluster ${cluster}` : `refuses (${reason ?? ''}): ${detail ?? ''}`;
    return finding('warning', `${way}: master ${who} ${said}`);
  }
  if (cluster !== facts.cluster) return finding('warning', `${way}: master ${who} says yes for cluster ${cluster}`);
  const speaks = version === ownVersion() ? '' : `, speaks ${version} (here ${ownVersion()})`;
  const every = `polls every ${(pollIntervalMs ?? 0).toString()} ms`;
  const elsewhere = isFromElsewhere ? '; its address is of another network than the one that was asked' : '';
  return finding(
    isFromElsewhere ? 'warning' : 'ok',
    `${way}: master ${who} says yes (id ${masterId ?? ''}, ${every}${speaks})${elsewhere}`,
  );
}

function ownVersion(): string {
  return `${PROTOCOL_VERSION.major.toString()}.${PROTOCOL_VERSION.minor.toString()}`;
}

function byAddress(facts: Facts): Finding[] {
  const { master, answers } = facts;
  if (master === undefined) return [];
  if (master.problem !== undefined) return [finding('problem', `--master: ${master.problem}`)];
  const isAnswered = answers.some(({ by }) => by === 'address');
  const isBroadcastAnswered = answers.some(({ by }) => by === 'broadcast');
  const findings: Finding[] = [];
  const where = `--master ${master.asked}:${master.port.toString()}`;
  const unsent = masterNotSent(facts);
  const from = master.from === undefined ? '' : ` from ${master.from}`;
  if (unsent !== undefined) return [finding('problem', `${where}: nothing can be sent${from}: ${unsent.why}`)];
  if (!isAnswered) findings.push(finding('problem', `${where}: no answer on UDP${from}`));
  if (!isAnswered && master.http === 'open')
    findings.push(finding('info', `${where}: the machine is there, its TCP port 4242 is open`));
  if (!isAnswered && master.http === 'refused')
    findings.push(finding('info', `${where}: the machine is there, nobody has its TCP port 4242`));
  if (!isAnswered && master.http === 'silent') findings.push(finding('info', `${where}: no answer on TCP 4242 either`));
  if (isAnswered && !isBroadcastAnswered)
    findings.push(
      finding(
        'warning',
        'it answers when asked by address, but not to broadcasts: another network, or filtered (Wi-Fi isolation, firewall, VPN)',
      ),
    );
  return findings;
}

function connections({ visits, interfaces }: Facts): Finding[] {
  return visits.flatMap((visit) => [...callOf(visit, visits.length === 1), ...knownBy(visit, interfaces)]);
}

function callOf({ master, from, ports, greeted, connected, heard }: VisitFact, isOnly: boolean): Finding[] {
  const findings = ROLES.map((role, i) => {
    const where = `TCP ${(ports[i] ?? 0).toString()} (${role})`;
    if (greeted.includes(role)) return finding('ok', `${where}: ${master} connected and said hello`);
    if (connected.includes(role)) return finding('problem', `${where}: somebody connected but did not say hello`);
    return finding(
      'problem',
      `${where}: ${isOnly ? 'nobody connected' : `${master} at ${from.address} did not connect`}`,
    );
  });
  if (heard === true) findings.push(finding('ok', `${master} hears what this machine sends`));
  if (heard === false)
    findings.push(finding('problem', `${master} connected, but does not hear what this machine sends`));
  return findings;
}

function knownBy(visit: VisitFact, interfaces: readonly InterfaceFact[]): Finding[] {
  const over = interfaces.find(({ name, address }) => name === visit.interface && address === visit.at);
  if (over === undefined) return [];
  const known = `the cluster would know a slave here by ${visit.at} (${over.name})`;
  if (virtualKind(over.name) === undefined) return [finding('info', known)];
  const like = `which looks like ${over.looksLike ?? ''}: to join by the LAN, name it with --interface`;
  return [finding('warning', `${known}, ${like}`)];
}

function ports({ portRangeProblem, portsInUse, discoveryPort, joinedSlaves }: Facts): Finding[] {
  const findings = portsInUse.map(({ protocol, port, owner }) => {
    const by = owner === undefined ? '' : ` by ${owner}`;
    const means =
      protocol === 'UDP' && port === discoveryPort
        ? ': the master that runs here, or what would keep one from starting'
        : '';
    return finding('info', `${protocol} ${port.toString()} is in use${by}${means}`);
  });
  for (const { ports: its, owner } of joinedSlaves) {
    const where = `TCP ${its.join(', ')}`;
    findings.push(
      finding(
        'info',
        owner === undefined
          ? `${where}: a master is connected, so a slave of somebody else seems to run here and to have joined already`
          : `${where}: a slave runs here and has joined already, ${owner}`,
      ),
    );
  }
  if (portRangeProblem !== undefined) findings.push(finding('problem', portRangeProblem));
  return findings;
}

function machine({ machine: one }: Facts): Finding[] {
  const { platform, release, container, wsl, cpuQuota, loadAverage, firewall, isRoot } = one;
  const findings = [finding('info', `${platform} ${release}`)];
  if (container !== undefined)
    findings.push(
      finding('info', `in a container (${container}): a bridge network keeps broadcasts in, --network host does not`),
    );
  if (wsl === 'nat')
    findings.push(
      finding('warning', 'WSL behind NAT: broadcasts do not reach the LAN, and the master cannot connect back'),
    );
  if (wsl === 'mirrored') findings.push(finding('info', 'WSL with the network of Windows (mirrored)'));
  for (const { what, lets } of firewall.drops)
    findings.push(
      finding(
        'warning',
        `firewall: ${what}${lets === 'answers' ? ', but lets in answers from an address that was asked' : ''}`,
      ),
    );
  if (firewall.drops.length === 0 && firewall.isRead)
    findings.push(finding('ok', 'firewall: no rule that drops all that comes in'));
  if (!firewall.isRead && platform === 'linux') {
    const there = firewall.present.length === 0 ? 'none found' : firewall.present.join(', ');
    const how = isRoot ? 'rules could not be read' : 'its rules can be read by root only';
    findings.push(finding('info', `firewall: ${there}; ${how}`));
  }
  if (platform === 'darwin' || platform === 'win32')
    findings.push(finding('info', 'firewall: not looked at on this platform'));
  const source =
    platform === 'win32'
      ? 'this platform has no load average, the slave takes systeminformation'
      : `the load average, now ${loadAverage.toFixed(2)}`;
  findings.push(finding('info', `CPU load comes from ${source} (--cpu-source)`));
  if (cpuQuota !== undefined)
    findings.push(
      finding(
        'warning',
        `the container may use ${cpuQuota.toFixed(1)} CPUs, which neither the load average nor the default --concurrency knows: give --concurrency ${Math.max(1, Math.round(cpuQuota)).toString()}`,
      ),
    );
  return findings;
}
