// ./slave: wires the parts of a slave together. The only file that knows all of them.
import { searchCommand } from '../common/config/search-command.ts';
import { LanyardError } from '../common/errors.ts';
import { exitWith, installLifecycle, type EndNode } from '../common/lifecycle.ts';
import { createLog, type Log } from '../common/log.ts';
import { DiscoveryClient, type DiscoveryOptions } from '../common/net/discovery-client.ts';
import { bindAddress } from '../common/net/interfaces.ts';
import { listen, type Listener, type ListenOptions } from '../common/net/listen.ts';
import { ROLES, Tag, type Role } from '../common/protocol/messages.ts';
import { randomToken } from '../common/random/random.ts';
import { COMPUTE_GROUP } from '../common/task-types/contract.ts';
import { sleep, systemClock } from '../common/time/clock.ts';
import { cpuMeter } from './load/cpu-source.ts';
import { HostSampler } from './load/host-sampler.ts';
import { serveMetrics, slaveMetrics } from './metrics.ts';
import { readSlaveOptions, type SlaveOptions } from './options.ts';
import { watchForOrphan } from './orphan-watch.ts';
import { describeCapabilities, describeLoad, describeStart, ownName, type Self } from './self-description.ts';
import { Serving } from './serving.ts';
import { Session } from './session.ts';
import { Work } from './work.ts';

/** Connections per listener: strangers have to say hello in time, or are closed. */
const CONNECTIONS_MAX = 1024;
/** After the goodbye the last bytes get this long to leave. */
const GOODBYE_MS = 200;

/** Runs a slave until its process is told to end. */
export async function main(argv: readonly string[]): Promise<void> {
  const options = readSlaveOptions(argv);
  const log = createLog('slave', options.logLevel);
  try {
    await run(options, log);
  } catch (error) {
    exitWith(log, error);
  }
}

async function run(options: SlaveOptions, log: Log): Promise<void> {
  const clock = systemClock;
  const { maxLoad, concurrency, interfaces } = options;
  const host = new HostSampler(clock, log);
  const readCpu = cpuMeter(options.cpuSource, host, (error) =>
    log.warn({ err: error }, 'CPU load not read, the last value is kept'),
  );
  // Strangers may connect, and a service may end, before there is a session.
  const begun: { session?: Session } = {};
  const work = new Work(options, clock, log, {
    send: (message) => begun.session?.send(message),
    onSlots: (slots) => begun.session?.send([Tag.Slots, COMPUTE_GROUP, slots]),
    onFatal: (reason) => exitWith(log, new Error(reason)),
    slaveName: () => begun.session?.name ?? ownName(self),
  });
  const bindTo = bindAddress(interfaces);
  const listeners = await openListeners(options, bindTo, (role, socket) => receive(begun.session, role, socket));
  const ports = listeners.map(({ port }) => port);
  let end: EndNode = (reason) => exitWith(log, new LanyardError('INTERNAL', reason));
  const serving = await Serving.open(options, {
    ...{ clock, log, host: bindTo },
    master: () => begun.session?.master,
    onEnded: (reason) => {
      log.error({ reason }, 'the service has ended, so this slave ends');
      end('service ended', 1);
    },
  });
  const metrics = slaveMetrics({
    ...{ counters: work.counters, maxLoad, concurrency, host, serving },
    currentLoad: () => work.weight.total * readCpu(),
    running: () => work.running,
    callsWaiting: () => work.callsWaiting,
    joined: () => begun.session?.joined ?? false,
  });
  const server = options.metricsPort === 'off' ? undefined : await serveMetrics(metrics, bindTo, options.metricsPort);
  const metricsPort = server?.port ?? 0;
  const self: Self = { instanceId: randomToken(8), options, ports, metricsPort, work, serving, host, readCpu };
  const toldOf = discoveryOptions(self, (pollIntervalMs) => (session.pollIntervalMs = pollIntervalMs));
  const discovery = new DiscoveryClient(toldOf, { log, clock, random: Math.random, newNonce });
  const session: Session = new Session({
    ...{ clock, log, discovery, intake: work.intake },
    capabilities: (holds) => describeCapabilities(self, holds),
    loadReport: () => describeLoad(self),
    serviceStates: (limitMs) => serving.states(limitMs),
    onLink: (link) => serving.tunnels.keepOnly(link),
  });
  begun.session = session;
  end = installLifecycle({
    log,
    drainTimeoutMs: options.drainTimeout + serving.endMs,
    drain: () => leave(self, session, server),
  });
  await work.open(bindTo);
  log.info(describeStart(self), 'slave is up');
  session.start();
  watchForOrphan(options.orphanAfter, {
    ...{ clock, log, joined: () => session.joined },
    onOrphan: () => end('orphaned', 0),
  });
}

function newNonce(): string {
  return randomToken(16);
}

/** Takes nothing new, lets what is in hand end, says goodbye, and puts everything away. */
async function leave(
  { work, serving, options }: Self,
  session: Session,
  metrics: { close(): Promise<void> } | undefined,
): Promise<void> {
  session.send([Tag.Draining]);
  await Promise.race([Promise.all([work.leave(), serving.leave()]), sleep(options.drainTimeout)]);
  session.leave();
  await Promise.all([work.close(GOODBYE_MS), serving.close(), metrics?.close(), sleep(GOODBYE_MS)]);
}

function discoveryOptions(
  { options, instanceId, ports }: Self,
  onPollInterval: (ms: number) => void,
): DiscoveryOptions {
  const { cluster, discoveryPort, interfaces, master } = options;
  return {
    cluster,
    discoveryPort,
    interfaces,
    master: master && { address: master.address, port: master.port ?? discoveryPort },
    instanceId,
    kind: 'slave',
    ports,
    doctor: searchCommand('lab doctor', options),
    onOffer: ({ pollIntervalMs }) => onPollInterval(pollIntervalMs),
  };
}

/** Nobody has a reason to come before there is a session: no master knows this slave yet. */
function receive(session: Session | undefined, ...[role, socket]: Parameters<Receive>): void {
  if (session === undefined) socket.destroy();
  else session.receive(role, socket);
}

type Receive = (role: Role, socket: Parameters<ListenOptions['onConnection']>[0]) => void;

/** One listener per role, in the order of ROLES. */
async function openListeners({ portRange }: SlaveOptions, host: string, receive: Receive): Promise<Listener[]> {
  const listeners: Listener[] = [];
  for (const role of ROLES) {
    const onConnection: ListenOptions['onConnection'] = (socket) => receive(role, socket);
    const listener = await listen({
      what: `${role} socket`,
      host,
      range: portRange,
      connectionsMax: CONNECTIONS_MAX,
      onConnection,
    });
    listeners.push(listener);
  }
  return listeners;
}
