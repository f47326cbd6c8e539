// The parts of the grid as processes on loopback: a master, substations, a slave in front of each, and the gateway.
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../common/ports.ts';
import { Program } from '../common/programs.ts';

const LOOPBACK = ['--interface', '127.0.0.1'];
/** Its first lines are read; and when it is to end, nobody waits for answers. */
const READ = ['--log-level', 'info', '--drain-timeout', '1s'];
const READY_MS = 30_000;
const LOOK_MS = 100;
/** The master ends what is under way, and says good-bye. */
const MASTER_END_MS = 5000;

export interface Substation {
  readonly name: string;
  /** http://host:port/ */
  readonly url: string;
  readonly program: Program;
}

export interface Grid {
  readonly master: string;
  readonly gateway: string;
  readonly substations: readonly Substation[];
}

export interface GridOptions {
  readonly substations: number;
  readonly algorithm: string;
  readonly chargeMinMs: number;
  readonly chargeMaxMs: number;
}

/** Starts all of it; resolves when every substation takes requests. */
export async function startGrid(options: GridOptions): Promise<Grid> {
  const discovery = ['--discovery-port', String(await freePort())];
  const starting = new Program(
    'bin/master',
    [options.algorithm, ...LOOPBACK, ...discovery, ...['--http-host', '127.0.0.1', '--http-port', '0'], ...READ],
    { env: { LANYARD_GRPC_PORT: 'off' }, endMs: MASTER_END_MS },
  );
  const master = await starting.says(/"urls":\["(http:[^"]+)"/, 'its URL');
  const names = Array.from({ length: options.substations }, (_, i) => `substation-${i + 1}`);
  const substations = await Promise.all(names.map((name) => startSubstation(name, discovery, options)));
  const gateway = new Program('examples/smart-grid/gateway.mjs', [], { env: { PORT: '0', MASTER: master } });
  const url = await gateway.says(/listens at (\S+)/, 'where it listens');
  await starting.during(untilServed(master, names));
  return { master, gateway: url, substations };
}

async function startSubstation(name: string, discovery: readonly string[], options: GridOptions): Promise<Substation> {
  const program = new Program('examples/smart-grid/substation.mjs', [], {
    env: {
      PORT: '0',
      SUBSTATION_NAME: name,
      CHARGE_MIN_MS: String(options.chargeMinMs),
      CHARGE_MAX_MS: String(options.chargeMaxMs),
    },
  });
  const url = await program.says(/listens at (\S+)/, 'where it listens');
  const service = ['--serve', `substation=${url.replace(/[/]$/, '')}`, '--health-path', 'substation=/health'];
  const load = ['--load-from', `substation=${url}metrics#substation_active_sessions`];
  new Program('bin/slave', [...LOOPBACK, ...discovery, '--name', name, ...service, ...load], {
    env: { LANYARD_GRPC_PORT: 'off', LANYARD_METRICS_PORT: 'off' },
  });
  return { name, url, program };
}

interface ServiceView {
  readonly name: string;
  readonly members: readonly { readonly name: string; readonly state: string }[];
}

/** Waits until the master knows each substation by this name, and that it is well. */
async function untilServed(master: string, names: readonly string[]): Promise<void> {
  const endMs = performance.now() + READY_MS;
  for (;;) {
    const services = (await (await fetch(new URL('/services', master))).json()) as ServiceView[];
    const members = services.find(({ name }) => name === 'substation')?.members ?? [];
    if (names.every((name) => members.some((one) => one.name === name && one.state === 'ready'))) return;
    if (performance.now() > endMs)
      throw new Error(`Not all substations are ready after ${READY_MS / 1000} s: ${JSON.stringify(members)}`);
    await sleep(LOOK_MS);
  }
}
