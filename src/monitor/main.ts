// ./monitor: wires the parts of a monitor together. The only file that knows all of them.
import { searchCommand } from '../common/config/search-command.ts';
import { LanyardError } from '../common/errors.ts';
import { exitWith, installLifecycle } from '../common/lifecycle.ts';
import { createLog, type Log } from '../common/log.ts';
import { DiscoveryClient } from '../common/net/discovery-client.ts';
import { bindAddress, pageAddress } from '../common/net/interfaces.ts';
import { listen } from '../common/net/listen.ts';
import type { SlaveInfo } from '../common/protocol/slave-info.ts';
import { randomToken } from '../common/random/random.ts';
import { systemClock } from '../common/time/clock.ts';
import { clusterBoard } from './boards/cluster-board.ts';
import { ApiKey } from './grafana/api-key.ts';
import { converge, type ConvergePlan } from './grafana/converge.ts';
import { createClient } from './grafana/client.ts';
import { createGrafana } from './grafana/grafana-api.ts';
import { GrafanaKeeper } from './grafana/keeper.ts';
import type { Transport } from './grafana/transport.ts';
import { boardUid } from './grafana/uids.ts';
import { findKey, hideCommandLine } from './key-source.ts';
import { readMonitorOptions, type MonitorOptions } from './options.ts';
import { endWithoutMaster, NO_MASTER_MS, rehearse, type Rehearsal } from './rehearsal.ts';
import { Session } from './session.ts';
import { openTargetsServer } from './targets-server.ts';

/** Only the master connects; strangers have to say hello in time, or are closed. */
const CONNECTIONS_MAX = 64;
/** At the end a pass under way gets this long before its requests are given up. */
const PASS_END_MS = 1000;
const END_MS = 2000;

/** Runs a monitor until its process is told to end. */
export async function main(argv: readonly string[]): Promise<void> {
  hideCommandLine();
  const options = readMonitorOptions(argv);
  const log = createLog('monitor', options.logLevel, options.dryRun ? 'stderr' : 'stdout');
  try {
    await run(options, log);
  } catch (error) {
    exitWith(log, error);
  }
}

async function run(options: MonitorOptions, log: Log): Promise<void> {
  const { grafanaUrl, targetsPort, cluster } = options;
  if (grafanaUrl === 'off' && (targetsPort === 'off' || options.dryRun))
    throw badOption('--grafana-url off leaves nothing to do: give a --targets-port and no --dry-run, or a Grafana');
  const key = keyOf(options, log);
  const stop = new AbortController();
  const keeper =
    grafanaUrl === 'off' || options.dryRun ? undefined : keeperOf(options, requireKey(key), log, stop.signal);
  let rehearsal: Promise<void> | undefined;
  const onSlaves = (slaves: readonly SlaveInfo[]): void => {
    if (options.dryRun) rehearsal ??= rehearse(rehearsalOf(options, key, log), slaves);
    else keeper?.want(slaves);
  };
  const bindTo = bindAddress(options.interfaces);
  const session = await openSession(options, bindTo, log, onSlaves);
  const targetsHost = options.targetsHost ?? pageAddress(options.interfaces);
  const slaves = (): readonly SlaveInfo[] | undefined => session.slaves;
  const targets =
    targetsPort === 'off'
      ? undefined
      : await openTargetsServer({ cluster, slaves, host: targetsHost, port: targetsPort });
  installLifecycle({
    log,
    drainTimeoutMs: END_MS,
    drain: async () => {
      session.leave();
      setTimeout(() => stop.abort(), PASS_END_MS).unref();
      await Promise.all([keeper?.close(), targets?.close()]);
    },
  });
  log.info({ cluster, grafana: grafanaUrl, targetsPort: targets?.port ?? 'off' }, 'monitor is up');
  session.start();
  if (options.dryRun) systemClock.after(NO_MASTER_MS, () => session.joined || endWithoutMaster(log));
}

/** The search for a master, and the listener on which it connects. */
async function openSession(
  { portRange, cluster, discoveryPort, interfaces, master, pollInterval: pollIntervalMs }: MonitorOptions,
  host: string,
  log: Log,
  onSlaves: (slaves: readonly SlaveInfo[]) => void,
): Promise<Session> {
  const clock = systemClock;
  const onConnection = (socket: Parameters<Session['receive']>[0]): void => session.receive(socket);
  const what = 'socket for the master';
  const { port } = await listen({ what, host, range: portRange, connectionsMax: CONNECTIONS_MAX, onConnection });
  const discovery = new DiscoveryClient(
    {
      cluster,
      discoveryPort,
      interfaces,
      master: master && { address: master.address, port: master.port ?? discoveryPort },
      instanceId: randomToken(8),
      kind: 'monitor',
      ports: [port],
      doctor: searchCommand('lab doctor', { cluster, discoveryPort, interfaces, master }),
      onOffer: () => undefined,
    },
    { log, clock, random: Math.random, newNonce: () => randomToken(16) },
  );
  const session: Session = new Session({ clock, log, discovery, pollIntervalMs, onSlaves });
  return session;
}

function planOf({ cluster, prometheusUrl, perSlaveDatasource, slavePrometheusPort }: MonitorOptions): ConvergePlan {
  return {
    cluster,
    prometheusUrl,
    slavePrometheusPort: perSlaveDatasource === true ? slavePrometheusPort : undefined,
    boardOf: clusterBoard,
  };
}

function keeperOf(options: MonitorOptions, key: ApiKey, log: Log, signal: AbortSignal): GrafanaKeeper {
  const plan = planOf(options);
  const { grafanaUrl, cluster } = options;
  const grafana = createGrafana(clientOf(options, key, signal));
  let isOpen = false;
  return new GrafanaKeeper({
    pass: async (slaves, reason) => {
      const result = await converge(grafana, plan, slaves, reason);
      if (result.troubles.length > 0 || isOpen) return result;
      isOpen = true;
      log.info({ grafana: grafanaUrl }, `open ${grafanaUrl}/d/${boardUid(cluster)}`);
      return result;
    },
    clock: systemClock,
    random: Math.random,
    log,
    redact: (text) => key.redact(text),
  });
}

function clientOf({ grafanaUrl: url }: MonitorOptions, key: ApiKey, signal?: AbortSignal): Transport {
  return createClient({ url, key, clock: systemClock, epochMs: () => Date.now(), ...(signal && { signal }) });
}

function rehearsalOf(options: MonitorOptions, key: ApiKey | undefined, log: Log): Rehearsal {
  const reads = key && clientOf(options, key);
  return { plan: planOf(options), address: options.grafanaUrl, reads, log };
}

function keyOf(options: MonitorOptions, log: Log): ApiKey | undefined {
  const { text, isExposed } = findKey(options);
  const { apiKeyFile } = options;
  if (isExposed) log.warn({ apiKeyFile }, 'other users of this machine can read the key: chmod 600');
  return text === undefined ? undefined : new ApiKey(text);
}

function requireKey(key: ApiKey | undefined): ApiKey {
  if (key !== undefined) return key;
  throw badOption(
    'a key for Grafana is needed: ./monitor <api-key>, LANYARD_API_KEY or --api-key-file (docs/monitor.md says how to get one); ' +
      '--grafana-url off does without Grafana, --dry-run shows what would be sent',
  );
}

function badOption(message: string): LanyardError {
  return new LanyardError('BAD_OPTION', message);
}
