// One examination: everything is asked at the same time, within the time that was given and a few seconds more. Gathers facts, judges none.
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { messageOf } from '../../common/errors.ts';
import { discoveryTargets } from '../../common/net/discovery-targets.ts';
import {
  ANY_ADDRESS,
  bindAddress,
  chooseInterfaces,
  listInterfaces,
  sourceAddress,
  type Interface,
} from '../../common/net/interfaces.ts';
import { randomToken } from '../../common/random/random.ts';
import { sleep, systemClock } from '../../common/time/clock.ts';
import type { Facts, MasterFact } from './facts.ts';
import { Inquiry } from './inquiry.ts';
import { machineFacts } from './machine.ts';
import { missingInterfaces, networkFacts } from './networks.ts';
import type { DoctorOptions } from './options.ts';
import type { Platform } from './platform.ts';
import { joinedSlaves, portsInUse } from './port-owners.ts';
import { Visit, VISIT_MS } from './visit.ts';

/** A master said yes: others get this long to speak as well. */
const OTHERS_MS = 1000;
/** Where a master serves people, unless told otherwise. */
const HTTP_PORT = 4242;
const HTTP_MS = 2000;

/** Finds out everything that the verdict needs. */
export async function examine(options: DoctorOptions, platform: Platform): Promise<Facts> {
  const { cluster, discoveryPort, timeout: timeoutMs, interfaces: wanted, portRange } = options;
  const interfaces = networkFacts(platform, wanted);
  const missing = missingInterfaces(wanted, interfaces);
  const available = listInterfaces(platform.networkInterfaces());
  const found = wanted.filter((want) => !missing.some((one) => one.wanted === want));
  const chosen = wanted.length > 0 && found.length === 0 ? [] : chooseInterfaces(found, available);
  const inUse = portsInUse(platform, discoveryPort, portRange);
  const [machine, { master, ...heard }] = await Promise.all([
    machineFacts(platform, { interfaces, discoveryPort, masterPort: masterPortOf(options), portRange }),
    ask(options, chosen, timeoutMs),
  ]);
  return {
    cluster,
    discoveryPort,
    timeoutMs,
    wantedInterfaces: wanted,
    missingInterfaces: missing,
    interfaces,
    ...(master !== undefined && { master }),
    ...heard,
    ...(portRange !== undefined && { portRange }),
    portsInUse: inUse,
    joinedSlaves: joinedSlaves(platform, [...new Set(heard.answers.map(({ from }) => from.address))]),
    machine,
  };
}

type Heard = Pick<Facts, 'answers' | 'notSent' | 'visits'> & Partial<Pick<Facts, 'master' | 'portRangeProblem'>>;

async function ask(options: DoctorOptions, chosen: readonly Interface[], timeoutMs: number): Promise<Heard> {
  const master = await resolved(options, timeoutMs);
  const nonce = randomToken(16);
  const masterFrom = sourceAddress(options.interfaces, chosen);
  const host = bindAddress(options.interfaces, chosen);
  const visit = await Visit.open(host, options.portRange, nonce, systemClock);
  const endsAtMs = performance.now() + timeoutMs;
  const inquiry = new Inquiry({
    cluster: options.cluster,
    discoveryPort: options.discoveryPort,
    targets: discoveryTargets(chosen),
    master: master?.address === undefined ? undefined : { address: master.address, port: master.port },
    masterFrom,
    nonce,
    ports: visit.ports,
    clock: systemClock,
    onPromise: (masterId) => visit.expect(masterId, Math.max(endsAtMs - performance.now(), VISIT_MS)),
  });
  try {
    const [http] = await Promise.all([httpOf(master?.address, masterFrom), listenFor(inquiry, visit, timeoutMs)]);
    const from = masterFrom === ANY_ADDRESS ? undefined : masterFrom;
    const more = { ...(http !== undefined && { http }), ...(from !== undefined && { from }) };
    return {
      answers: inquiry.answers,
      notSent: inquiry.notSent,
      visits: inquiry.followed.map((followed) => ({ ...followed, ...visit.factsOf(followed.masterId) })),
      ...(master !== undefined && { master: { ...master, ...more } }),
      ...(visit.rangeProblem !== undefined && { portRangeProblem: visit.rangeProblem }),
    };
  } finally {
    inquiry.close();
    await visit.end();
  }
}

/** Until masters that said yes have come and gone and others have had time to speak; or until time is up, which it is without anybody to ask. */
async function listenFor(inquiry: Inquiry, visit: Visit, timeoutMs: number): Promise<void> {
  if (!inquiry.asksAnybody) return;
  const followed = new Promise<void>((resolve) => {
    void inquiry.start(resolve);
  });
  await Promise.race([followed, sleep(timeoutMs)]);
  if (inquiry.followed.length > 0) await sleep(Math.min(OTHERS_MS, timeoutMs));
  await visit.settled();
  inquiry.close();
}

function masterPortOf({ master, discoveryPort }: DoctorOptions): number {
  return master?.port ?? discoveryPort;
}

async function resolved(options: DoctorOptions, limitMs: number): Promise<MasterFact | undefined> {
  const { master } = options;
  if (master === undefined) return undefined;
  const fact = { asked: master.address, port: masterPortOf(options) };
  try {
    const found = await Promise.race([lookup(master.address, { family: 4 }), sleep(limitMs)]);
    if (found === undefined) return { ...fact, problem: `the name ${master.address} was not resolved in time` };
    return { ...fact, address: found.address };
  } catch (error) {
    return { ...fact, problem: `the name ${master.address} cannot be resolved: ${messageOf(error)}` };
  }
}

/** Whether that machine is there at all: its HTTP port opens or is refused, for the address from which it was asked. */
function httpOf(host: string | undefined, from: string): Promise<MasterFact['http']> {
  if (host === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const local = from === ANY_ADDRESS ? {} : { localAddress: from };
    const socket = connect({ host, port: HTTP_PORT, timeout: HTTP_MS, ...local });
    const end = (state: MasterFact['http']): void => {
      socket.destroy();
      resolve(state);
    };
    socket.once('connect', () => end('open'));
    socket.once('timeout', () => end('silent'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'refused' : 'silent'));
  });
}
