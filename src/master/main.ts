// ./master: wires the parts of a master together. The only file that knows all of them.
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { PACKAGE_VERSION } from '../common/config/package-version.ts';
import type { JoinCommand } from '../common/feed/feed.ts';
import { exitWith, installLifecycle } from '../common/lifecycle.ts';
import { createLog, type Log } from '../common/log.ts';
import { isNamed, listInterfaces, pageAddress, type Interface } from '../common/net/interfaces.ts';
import { randomToken } from '../common/random/random.ts';
import { COMPUTE_GROUP } from '../common/task-types/contract.ts';
import { BUILT_IN_TASK_TYPES } from '../common/task-types/registry.ts';
import { sleep, systemClock, type Clock } from '../common/time/clock.ts';
import { newAutoscaler } from './autoscale/open-autoscaler.ts';
import { createCluster } from './cluster.ts';
import { forwardsEnded, tasksEnded } from './draining.ts';
import { Admission } from './dispatch/admission.ts';
import { Catalogue } from './dispatch/catalogue.ts';
import { newDispatchCounters } from './dispatch/counters.ts';
import { Dispatcher } from './dispatch/dispatcher.ts';
import type { TaskView } from './doors/door.ts';
import { setAlgorithmOfGroup } from './group-algorithms.ts';
import { openGrpcDoor, type GrpcDoor } from './doors/grpc/grpc-door.ts';
import { openHttpDoor, type HttpDoor } from './doors/http/http-door.ts';
import { readPageFiles } from './doors/http/page-files.ts';
import { readSlaveFiles } from './doors/http/slave-file-endpoint.ts';
import { serversOf } from './forward-options.ts';
import { openForwarding, type OpenForwarding } from './forwarding/open-forwarding.ts';
import { joinCommands, pageUrls } from './join-commands.ts';
import { MemoryJournal } from './journal/memory-journal.ts';
import { LookAsideDesk } from './lookaside/desk.ts';
import { newDiscoveryCounters } from './membership/discovery-counters.ts';
import { DiscoveryResponder } from './membership/discovery-responder.ts';
import { openDiscoverySockets } from './membership/discovery-sockets.ts';
import { Membership } from './membership/membership.ts';
import { Monitors } from './membership/monitors.ts';
import { Reservations } from './membership/reservations.ts';
import { EventHub } from './observe/event-hub.ts';
import { Feed } from './observe/feed.ts';
import { logPlaces } from './observe/forward-log.ts';
import { logMembers } from './observe/member-log.ts';
import { masterMetrics } from './observe/metrics.ts';
import { endView, type TimeOfDay } from './observe/task-view.ts';
import { readMasterOptions, type MasterOptions } from './options.ts';
import { Pool } from './pool/pool.ts';
import { EndWatchers } from './submissions/end-watchers.ts';
import { Submissions } from './submissions/submissions.ts';
import { createTaskDesk } from './submissions/task-desk.ts';
import { hasWaitingClient } from './tasks/task-limits.ts';
import type { Task } from './tasks/task.ts';

/** After `--drain-timeout` the providers get this long to end replicas, if there may be any; then the process ends itself (lifecycle.ts). */
const REPLICAS_END_MS = 10_000;
/** Of that, so much is for killing and clearing away those that do not end. */
const REPLICAS_KILL_MS = 3000;
/** After the goodbye the last bytes get this long to leave. */
const GOODBYE_MS = 100;
/** Kept results of submitted tasks take no more memory than about this. */
const KEPT_BYTES_MAX = 256 * 1024 * 1024;
/** Nor do the parameters of those that have not ended. */
const PARAMS_BYTES_MAX = 512 * 1024 * 1024;

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
  const { dispatcher, admission, membership, monitors, responder } = node;
  const door = await openDoor(options, node, log);
  const grpcDoor = await openLookAside(options, node, log);
  const discovery = await openDiscoverySockets({
    port: options.discoveryPort,
    interfaces: options.interfaces,
    onPacket: (packet, source, reply) => responder.receive(packet, source, reply),
    onError: (error) => log.debug({ err: error }, 'discovery packet not sent'),
  });
  if (door !== undefined) {
    const urls = pageUrls({ interfaces: interfacesOf(options), httpHost: httpHostOf(options), httpPort: door.port });
    log.info({ urls }, `open http://localhost:${door.port.toString()}/`);
    showJoinCommands(options, door.port, log);
  }
  if (grpcDoor !== undefined) log.info({ host: grpcHostOf(options), port: grpcDoor.port }, 'look-aside door is open');
  for (const [type] of options.limits) {
    if (node.catalogue.find(type) === undefined)
      log.warn({ type }, 'there is no such task type yet; its --limit waits for a slave that brings it');
  }
  node.autoscaler.open();
  const { cluster, algorithm, discoveryPort, drainTimeout } = options;
  const { addresses } = discovery;
  const replicasEndMs = options.autoscale.length > 0 ? REPLICAS_END_MS : 0;
  log.info({ cluster, algorithm: algorithm.name, discoveryPort, addresses, id: node.masterId }, 'waiting for slaves');
  installLifecycle({
    log,
    drainTimeoutMs: drainTimeout,
    endMs: replicasEndMs,
    drain: async () => {
      const endMs = performance.now() + drainTimeout + replicasEndMs - REPLICAS_KILL_MS;
      admission.close();
      node.forwards.desk.drain();
      grpcDoor?.setDraining();
      await Promise.all([tasksEnded(node, drainTimeout, log), forwardsEnded(node.forwards, drainTimeout, log)]);
      node.forwards.close();
      dispatcher.abort({ code: 'DRAINING', message: 'the master shut down before this task ended' }, node.isAwaited);
      await node.autoscaler.close(endMs - performance.now());
      membership.release();
      monitors.release();
      discovery.close();
      await Promise.all([door?.close(), grpcDoor?.close()]);
      await sleep(GOODBYE_MS);
    },
  });
}

/** Everything but the sockets on which strangers come in. */
function wire(options: MasterOptions, log: Log) {
  const { cluster, pollInterval: pollIntervalMs, queueLimit, maxSlaves } = options;
  const clock = systemClock;
  const time = timeOfDay(clock);
  const masterId = randomToken(4);
  const counters = {
    tasks: newDispatchCounters(BUILT_IN_TASK_TYPES.map(({ name }) => name)),
    discovery: newDiscoveryCounters(),
  };
  const pool = poolOf(options);
  const watchers = new EndWatchers<TaskView>();
  const masterName = `${hostname()} (${masterId})`;
  const about = { cluster, masterId, masterName, version: PACKAGE_VERSION };
  const httpHost = httpHostOf(options);
  const join = (port: number): JoinCommand[] => joinCommandsOf(options, httpHost, port);
  const feed = new Feed({ pool, clock, time, counters: counters.tasks, about, join });
  const events = new EventHub(watchers, (task, answer) => endView(task, answer, time), feed);
  pool.observe(logMembers(log, clock));
  pool.observe({ onMember: (...change) => events.onMember(...change) });
  const dispatcher = new Dispatcher({
    ...{ pool, clock, masterId, queueLimit },
    random: Math.random,
    counters: counters.tasks,
    observer: events,
    callBackMs: options.callBack,
    typeLimits: new Map(options.limits),
  });
  // Its queue is shown from the start.
  dispatcher.lives.queue(COMPUTE_GROUP);
  const catalogue = new Catalogue();
  const admission = new Admission({ catalogue, dispatcher, pool, clock, masterId });
  const journal = new MemoryJournal();
  const keep = { keepMs: options.keepResults, countMax: options.keepResultsMax, bytesMax: KEPT_BYTES_MAX };
  const memory = { journal, keep, paramsBytesMax: PARAMS_BYTES_MAX };
  const submissions = new Submissions({ admission, clock, timeOfDay: (ms) => time.of(ms), ...memory });
  feed.watch({ dispatcher, isOpen: () => admission.isOpen, isKept: (id) => submissions.find(id) !== undefined });
  const desk = createTaskDesk({ admission, dispatcher, submissions, journal, watchers, time });
  const forwards = wireForwarding(options, pool, log);
  const work = { pool, dispatcher, catalogue, admission, events, time, forwards };
  const members = wireMembers(options, work, masterId, log);
  const responder = new DiscoveryResponder({
    ...{ cluster, masterId, masterName, pollIntervalMs, clock },
    counters: counters.discovery,
    admit: { slave: members.membership.admittance(maxSlaves), monitor: members.monitors.admittance },
    isDraining: () => !admission.isOpen,
  });
  const door = {
    ...{ pool, dispatcher, catalogue, admission, submissions, desk, forwards },
    ...members,
    forwarding: forwards.desk,
    events,
    feed,
    clock,
    time,
  };
  /** A client waits for its end: of GET /task, of a stream, or with ?wait. */
  const isAwaited = (task: Task): boolean => hasWaitingClient(task.limits) || watchers.has(task.id);
  return { ...door, masterId, counters, responder, isAwaited };
}

function wireForwarding(options: MasterOptions, pool: Pool, log: Log): OpenForwarding {
  const { pollInterval: intervalMs, forwardWait: waitMs, queueLimit } = options;
  const observer = logPlaces(log);
  const servers = serversOf(options);
  return openForwarding({ ...{ pool, clock: systemClock, log, intervalMs, waitMs, queueLimit }, observer, servers });
}

function poolOf({ algorithm, groupAlgorithms }: MasterOptions): Pool {
  const pool = new Pool(algorithm);
  for (const [group, own] of groupAlgorithms) setAlgorithmOfGroup(pool, group, own);
  return pool;
}

interface Work {
  readonly pool: Pool;
  readonly dispatcher: Dispatcher;
  readonly catalogue: Catalogue;
  readonly admission: Admission;
  readonly forwards: OpenForwarding;
  readonly events: EventHub;
  readonly time: TimeOfDay;
}

/** Who comes and goes: slaves, monitors, backends that register, replicas that the master starts. */
function wireMembers(
  options: MasterOptions,
  { admission, forwards, events, time, ...work }: Work,
  masterId: string,
  log: Log,
) {
  const { pollInterval: pollIntervalMs, grace: graceMs, reportInterval: reportIntervalMs, lookasideLease } = options;
  const lookAside = new LookAsideDesk({
    ...{ ...work, clock: systemClock, reportIntervalMs, graceMs, leaseMs: lookasideLease, random: Math.random },
    isDraining: () => !admission.isOpen,
  });
  const shared = { ...work, services: forwards.slaveServices, clock: systemClock, log, masterId, pollIntervalMs };
  const membership = new Membership({
    ...{ ...shared, reservations: new Reservations(), graceMs },
    callsSlaves: options.grpcPort !== 'off',
    onForeignStarts: (member, count) => lookAside.leases.started(member, count),
  });
  const monitors = new Monitors({ ...shared, reservations: new Reservations() });
  const autoscaler = newAutoscaler({ ...shared, options, membership, events, time, forwarding: forwards.desk });
  return { lookAside, membership, monitors, autoscaler };
}

type Wired = ReturnType<typeof wire>;

async function openDoor(options: MasterOptions, node: Wired, log: Log): Promise<HttpDoor | undefined> {
  const { httpPort: port, httpOpen, httpAllowedHosts: allowedHosts } = options;
  if (port === 'off') return undefined;
  const metrics = masterMetrics({ ...node, ...node.counters });
  const onAlgorithm = (from: string, to: string, group?: string): void => {
    log.info({ from, to, group }, 'algorithm changed');
    node.feed.onAlgorithm(from, to, group);
  };
  const { forwardTimeout: timeoutMs, forwardIdle: idleMs, forwardBodyMax: bodyBytesMax } = options;
  return openHttpDoor({
    forward: { forwarding: node.forwards.desk, limits: { timeoutMs, idleMs, bodyBytesMax } },
    cluster: createCluster({ ...node, name: options.cluster, onAlgorithm }),
    host: httpHostOf(options),
    port,
    open: httpOpen ?? false,
    allowedHosts,
    version: PACKAGE_VERSION,
    pages: readPageFiles(fileURLToPath(new URL('../dashboard', import.meta.url))),
    slaveFiles: readSlaveFiles(fileURLToPath(new URL('..', import.meta.url))),
    log,
    metrics: () => metrics.read(),
  });
}

async function openLookAside(options: MasterOptions, node: Wired, log: Log): Promise<GrpcDoor | undefined> {
  const { grpcPort: port } = options;
  if (port === 'off') return undefined;
  return openGrpcDoor({ lookAside: node.lookAside, host: grpcHostOf(options), port, log });
}

function grpcHostOf(options: MasterOptions): string {
  return options.grpcHost ?? httpHostOf(options);
}

/** The time of day moves on with the master's clock, from what it was at the start. */
function timeOfDay(clock: Clock): TimeOfDay {
  const offsetMs = Date.now() - clock.nowMs();
  return { nowMs: () => clock.nowMs(), of: (clockMs) => clockMs + offsetMs };
}

/** All addresses, unless the user said otherwise or keeps everything on this machine. */
function httpHostOf({ httpHost, interfaces }: MasterOptions): string {
  return httpHost ?? pageAddress(interfaces);
}

/** How further machines join. */
function joinCommandsOf(options: MasterOptions, httpHost: string, httpPort: number): JoinCommand[] {
  const { cluster, discoveryPort } = options;
  return joinCommands({ interfaces: interfacesOf(options), httpHost, httpPort, discoveryPort, cluster });
}

/** As far as the networks are up that the master was told to use. */
function interfacesOf({ interfaces: wanted }: MasterOptions): Interface[] {
  // Not chooseInterfaces: that one is missing by now is no error.
  return listInterfaces().filter((candidate) => wanted.length === 0 || isNamed(wanted, candidate));
}

/** Says how other machines join: a line a network, that of this machine alone only when there is no other. */
function showJoinCommands(options: MasterOptions, httpPort: number, log: Log): void {
  const all = joinCommandsOf(options, httpHostOf(options), httpPort);
  const others = all.filter(({ loopback }) => !loopback);
  for (const { network, command } of others.length > 0 ? others : all) {
    const who = others.length > 0 ? `another machine on ${network}` : 'a slave on this machine';
    log.info({ network, command }, `${who}: ${command}`);
  }
}
