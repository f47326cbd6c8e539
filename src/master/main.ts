// ./master: wires the parts of a master together. The only file that knows all of them.
import { hostname } from 'node:os';
import { PACKAGE_VERSION } from '../common/config/package-version.ts';
import { exitWith, installLifecycle } from '../common/lifecycle.ts';
import { createLog, type Log } from '../common/log.ts';
import { chooseInterfaces } from '../common/net/interfaces.ts';
import { randomToken } from '../common/random/random.ts';
import { sleep, systemClock } from '../common/time/clock.ts';
import { createCluster } from './cluster.ts';
import { Admission } from './dispatch/admission.ts';
import { Catalogue } from './dispatch/catalogue.ts';
import { newDispatchCounters } from './dispatch/counters.ts';
import { Dispatcher } from './dispatch/dispatcher.ts';
import { openHttpDoor, type HttpDoor } from './doors/http/http-door.ts';
import { newDiscoveryCounters } from './membership/discovery-counters.ts';
import { DiscoveryResponder } from './membership/discovery-responder.ts';
import { openDiscoverySockets } from './membership/discovery-sockets.ts';
import { Membership } from './membership/membership.ts';
import { Reservations } from './membership/reservations.ts';
import { logMembers } from './observe/member-log.ts';
import { masterMetrics } from './observe/metrics.ts';
import { readMasterOptions, type MasterOptions } from './options.ts';
import { Pool } from './pool/pool.ts';

const DRAIN_CHECK_MS = 20;
/** After the goodbye the last bytes get this long to leave. */
const GOODBYE_MS = 100;

/** Runs a master until its process is told to end. */
export async function main(argv: readonly string[]): Promise<void> {
  const options = readMasterOptions(argv);
  const log = createLog('master', options.logLevel);
  try {
    await run(options, log);
  } catch (error) {
    exitWith(log, error);
  }
}

async function run(options: MasterOptions, log: Log): Promise<void> {
  const node = wire(options, log);
  const { dispatcher, admission, membership, responder } = node;
  const door = await openDoor(options, node, log);
  const discovery = await openDiscoverySockets({
    port: options.discoveryPort,
    interfaces: options.interfaces,
    onPacket: (packet, source, reply) => responder.receive(packet, source, reply),
    onError: (error) => log.debug({ err: error }, 'discovery packet not sent'),
  });
  if (door !== undefined)
    log.info({ urls: urlsOf(options, door.port) }, `open http://localhost:${door.port.toString()}/`);
  const { cluster, algorithm, discoveryPort, drainTimeout } = options;
  const { addresses } = discovery;
  log.info({ cluster, algorithm: algorithm.name, discoveryPort, addresses, id: node.masterId }, 'waiting for slaves');
  installLifecycle({
    log,
    drainTimeoutMs: drainTimeout,
    drain: async () => {
      admission.close();
      await drained(dispatcher, drainTimeout);
      dispatcher.abort({ code: 'DRAINING', message: 'the master shut down before this task ended' });
      membership.release();
      discovery.close();
      await door?.close();
      await sleep(GOODBYE_MS);
    },
  });
}

/** Everything but the sockets on which strangers come in. */
function wire(
  { cluster, algorithm, pollInterval: pollIntervalMs, queueLimit, maxSlaves, grace }: MasterOptions,
  log: Log,
) {
  const clock = systemClock;
  const masterId = randomToken(4);
  const counters = { tasks: newDispatchCounters(), discovery: newDiscoveryCounters() };
  const pool = new Pool(algorithm);
  pool.observe(logMembers(log));
  const dispatcher = new Dispatcher({ pool, clock, counters: counters.tasks, masterId, queueLimit });
  const catalogue = new Catalogue();
  const admission = new Admission({ catalogue, dispatcher, pool, clock, masterId });
  const reservations = new Reservations();
  const shared = { pool, dispatcher, catalogue, reservations, clock, log, masterId, pollIntervalMs };
  const membership = new Membership({ ...shared, graceMs: grace });
  const responder = new DiscoveryResponder({
    cluster,
    masterId,
    masterName: `${hostname()} (${masterId})`,
    pollIntervalMs,
    maxSlaves,
    clock,
    counters: counters.discovery,
    reservations,
    members: membership,
    isDraining: () => !admission.isOpen,
    connect: (ack, address) => void membership.connect(ack, address),
  });
  return { masterId, counters, pool, dispatcher, catalogue, admission, membership, responder, clock };
}

type Wired = ReturnType<typeof wire>;

async function openDoor(options: MasterOptions, node: Wired, log: Log): Promise<HttpDoor | undefined> {
  const { httpPort: port, httpOpen, httpAllowedHosts: allowedHosts } = options;
  if (port === 'off') return undefined;
  const registry = masterMetrics({ ...node, ...node.counters });
  const onAlgorithm = (from: string, to: string): void => log.info({ from, to }, 'algorithm changed');
  return openHttpDoor({
    cluster: createCluster({ ...node, onAlgorithm }),
    host: httpHostOf(options),
    port,
    open: httpOpen ?? false,
    allowedHosts,
    version: PACKAGE_VERSION,
    log,
    metrics: async () => ({ page: await registry.metrics(), contentType: registry.contentType }),
  });
}

/** All addresses, unless the user said otherwise or keeps everything on this machine. */
function httpHostOf({ httpHost, interfaces }: MasterOptions): string {
  if (httpHost !== undefined) return httpHost;
  const isLocal = interfaces.length > 0 && chooseInterfaces(interfaces).every(({ loopback }) => loopback);
  return isLocal ? '127.0.0.1' : '0.0.0.0';
}

/** Where people can reach the page: one address per interface. */
function urlsOf(options: MasterOptions, port: number): string[] {
  const host = httpHostOf(options);
  const hosts = host === '0.0.0.0' ? chooseInterfaces(options.interfaces).map(({ address }) => address) : [host];
  return hosts.map((address) => `http://${address}:${port.toString()}/`);
}

/** Resolves when every admitted task is answered, or the time for it is over. */
async function drained(dispatcher: Dispatcher, timeoutMs: number): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (dispatcher.unanswered > 0 && performance.now() < endMs) await sleep(DRAIN_CHECK_MS);
}
