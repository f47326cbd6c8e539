// ./slave: wires the parts of a slave together. The only file that knows all of them.
import { cpus, hostname } from 'node:os';
import { exitWith, installLifecycle } from '../common/lifecycle.ts';
import { createLog, type Log } from '../common/log.ts';
import { DiscoveryClient } from '../common/net/discovery-client.ts';
import { chooseInterfaces } from '../common/net/interfaces.ts';
import { listen, type Listener } from '../common/net/listen.ts';
import { ROLES, Tag, type LoadReport, type SlaveCapabilities } from '../common/protocol/messages.ts';
import { randomToken } from '../common/random/random.ts';
import { COMPUTE_GROUP } from '../common/task-types/contract.ts';
import { BUILT_IN_TASK_TYPES, specOf } from '../common/task-types/registry.ts';
import { systemClock } from '../common/time/clock.ts';
import { Intake } from './intake.ts';
import { cpuMeter } from './load/cpu-source.ts';
import { HostSampler } from './load/host-sampler.ts';
import { serveMetrics, slaveMetrics } from './metrics.ts';
import { readSlaveOptions, type SlaveOptions } from './options.ts';
import { Session } from './session.ts';
import { TaskCounters } from './task-counters.ts';

/** Connections per listener: three masters' worth and some strangers. */
const CONNECTIONS_MAX = 64;
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
  const { maxLoad, concurrency, nice } = options;
  const host = new HostSampler(clock, log);
  const readCpu = cpuMeter(options.cpuSource, host);
  readCpu();
  const instanceId = randomToken(8);
  let onEmpty = (): void => undefined;
  const emptied = new Promise<void>((resolve) => (onEmpty = resolve));
  const intake: Intake = new Intake({ concurrency, nice, maxLoad }, new TaskCounters(), {
    send: (message) => session.send(message),
    onSlots: (slots) => session.send([Tag.Slots, COMPUTE_GROUP, slots]),
    onEmpty: () => onEmpty(),
    onFatal: (reason) => exitWith(log, new Error(reason)),
  });
  const bindTo = bindAddress(options.interfaces);
  const listeners = await openListeners(options, bindTo, (role, socket) => session.receive(role, socket));
  const ports = listeners.map(({ port }) => port);
  const metrics = slaveMetrics({
    counters: intake.counters,
    currentLoad: () => intake.weight * readCpu(),
    maxLoad,
    running: () => intake.running,
  });
  const { metricsPort } = options;
  const metricsServer = metricsPort === 'off' ? undefined : await serveMetrics(metrics, bindTo, metricsPort);

  const capabilities = (holds: SlaveCapabilities['holds']): SlaveCapabilities => ({
    instanceId,
    name: options.name ?? `${hostname()}-${(ports[0] ?? 0).toString()}`,
    cores: cpus().length,
    concurrency,
    maxLoad,
    groups: [{ name: COMPUTE_GROUP, slots: intake.slots, taskTypes: BUILT_IN_TASK_TYPES.map(specOf) }],
    labels: Object.fromEntries(options.labels),
    metricsPort: metricsServer?.port ?? 0,
    holds,
    draining: intake.draining,
  });
  const loadReport = (): LoadReport => ({
    cpu: readCpu(),
    memoryRatio: host.memoryRatio,
    foreignWeight: 0,
    foreignStarts: 0,
    slots: [[COMPUTE_GROUP, intake.slots]],
    running: intake.running,
  });
  const discovery = new DiscoveryClient(
    {
      cluster: options.cluster,
      discoveryPort: options.discoveryPort,
      interfaces: options.interfaces,
      master: options.master && { address: options.master.address, port: options.master.port ?? options.discoveryPort },
      instanceId,
      kind: 'slave',
      ports,
      onOffer: ({ pollIntervalMs }) => (session.pollIntervalMs = pollIntervalMs),
    },
    { log, clock, random: Math.random, newNonce: () => randomToken(16) },
  );
  const session: Session = new Session({ clock, log, discovery, intake, capabilities, loadReport });
  installLifecycle({
    log,
    drainTimeoutMs: options.drainTimeout,
    drain: async () => {
      session.send([Tag.Draining]);
      intake.drain();
      await Promise.race([emptied, sleep(options.drainTimeout)]);
      session.leave();
      intake.close();
      await sleep(GOODBYE_MS);
    },
  });
  log.info({ ports, metricsPort: metricsServer?.port, concurrency, maxLoad, id: instanceId }, 'slave is up');
  session.start();
}

/** One chosen interface is bound to its own address, so that nobody else can connect; otherwise all are listened on. */
function bindAddress(interfaces: readonly string[]): string {
  const chosen = interfaces.length === 0 ? [] : chooseInterfaces(interfaces);
  return chosen.length === 1 ? (chosen[0]?.address ?? '0.0.0.0') : '0.0.0.0';
}

type Receive = (
  role: (typeof ROLES)[number],
  socket: Parameters<Parameters<typeof listen>[0]['onConnection']>[0],
) => void;

/** One listener per role, in the order of ROLES. */
async function openListeners({ portRange }: SlaveOptions, host: string, receive: Receive): Promise<Listener[]> {
  const listeners: Listener[] = [];
  for (const role of ROLES) {
    listeners.push(
      await listen({
        what: `${role} socket`,
        host,
        range: portRange,
        connectionsMax: CONNECTIONS_MAX,
        onConnection: (socket) => receive(role, socket),
      }),
    );
  }
  return listeners;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
