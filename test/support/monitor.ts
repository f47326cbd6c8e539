// The link of a monitor in this process, against real masters on loopback: listener, discovery and session as ./monitor wires them.
import type { Log } from '../../src/common/log.ts';
import type { SmallServer } from '../../src/common/http/small-server.ts';
import { DiscoveryClient } from '../../src/common/net/discovery-client.ts';
import { listen, type Listener } from '../../src/common/net/listen.ts';
import type { SlaveInfo } from '../../src/common/protocol/slave-info.ts';
import { randomToken } from '../../src/common/random/random.ts';
import { systemClock } from '../../src/common/time/clock.ts';
import { Session } from '../../src/monitor/session.ts';
import { openTargetsServer } from '../../src/monitor/targets-server.ts';
import { eventually } from './wait.ts';

const POLL_MS = 500;
const CONNECTIONS_MAX = 1024;
const open = new Set<TestMonitor>();

/** Ends every monitor of the tests: for `after` and `afterEach`. */
export function stopMonitors(): void {
  for (const monitor of open) monitor.stop();
}

export class TestMonitor {
  readonly session: Session;
  readonly listener: Listener;
  readonly targets: SmallServer;
  /** Each list that was told. */
  readonly told: (readonly SlaveInfo[])[] = [];
  readonly logs: { level: string; message: string; fields: Record<string, unknown> }[] = [];

  private constructor(listener: Listener, discoveryPort: number, targets: SmallServer) {
    [this.listener, this.targets] = [listener, targets];
    const at =
      (level: string) =>
      (fields: Record<string, unknown>, message: string): void =>
        void this.logs.push({ level, message, fields });
    const log = { debug: at('debug'), info: at('info'), warn: at('warn') } as unknown as Log;
    const search = {
      cluster: 'lanyard',
      discoveryPort,
      interfaces: ['lo'],
      master: undefined,
      kind: 'monitor',
    } as const;
    const discovery = new DiscoveryClient(
      {
        ...search,
        instanceId: randomToken(8),
        ports: [listener.port],
        doctor: './lab doctor',
        onOffer: () => undefined,
      },
      { log, clock: systemClock, random: Math.random, newNonce: () => randomToken(16) },
    );
    const onSlaves = (slaves: readonly SlaveInfo[]): void => void this.told.push(slaves);
    this.session = new Session({ clock: systemClock, log, discovery, pollIntervalMs: POLL_MS, onSlaves });
    open.add(this);
  }

  static async start(discoveryPort: number): Promise<TestMonitor> {
    let monitor: TestMonitor | undefined = undefined;
    const listener = await listen({
      ...{ what: 'monitor socket', host: '127.0.0.1', range: undefined, connectionsMax: CONNECTIONS_MAX },
      onConnection: (socket) => monitor?.session.receive(socket),
    });
    const slaves = (): readonly SlaveInfo[] | undefined => monitor?.session.slaves;
    const targets = await openTargetsServer({ host: '127.0.0.1', port: 0, cluster: 'lanyard', slaves });
    monitor = new TestMonitor(listener, discoveryPort, targets);
    monitor.session.start();
    return monitor;
  }

  get names(): string {
    return namesOf(this.session.slaves);
  }

  /** Waits until these are known and have been told; returns after how many milliseconds. */
  async knows(names: string, limitMs = 5000): Promise<number> {
    const startMs = performance.now();
    const told = (): boolean => namesOf(this.told.at(-1)) === names;
    await eventually(`the monitor knows ${names}`, () => this.names === names && told(), limitMs);
    return performance.now() - startMs;
  }

  stop(): void {
    open.delete(this);
    this.session.leave();
    this.listener.close();
    void this.targets.close();
  }
}

function namesOf(slaves: readonly SlaveInfo[] | undefined): string {
  return slaves?.map(({ name }) => name).join() ?? 'unknown';
}
