// The whole experiment by one command: for each algorithm a master on loopback that starts and ends replicas of the web server, a load,
// a line of the table and a curve.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { count, readOptions, refuse } from '../common/arguments.ts';
import { freePort } from '../common/ports.ts';
import { endAll, isStopping, Program, refusal, refusedAlgorithm } from '../common/programs.ts';
import { send } from './load.ts';
import { ReplicaCurve, type Scaled, untilReplicas } from './replicas.ts';
import { type Result, resultOf, resultPicture, resultTable, sparkline } from './report.ts';
import { templateOf } from './template.ts';

const SIGNAL_MS = 200;
/** The master ends its replicas, each with its service. */
const MASTER_END_MS = 15_000;
const FIRST_MS = 60_000;
const SINGLE = 'single server';
const HELP = `Replicas of a web server that come and go with the requests, behind a master on loopback.

  --requests <n>         how many; repeatable: one after the other (1000)
  --seconds <n>          over so much time they are sent, the most of them in its middle (60)
  --work <ms-ms>         how long an answer takes, evenly between these (1000-4000)
  --max-requests <n>     so many requests at once each server takes (10)
  --replicas <min:max>   how many there may be (1:12)
  --idle-after <time>    a replica without work for so long is ended (3s)
  --algorithm <name>     any of the master's; repeatable (least-connections, round-robin, strict-round-robin)
  --single               also with one server that nothing is added to
  --provider <name>      process, or docker where an engine is (process)
  --image <name>         of the container: a slave and the server, see README.md (lanyard-web-replicas)
  --picture <file>       writes the picture there, as SVG
  --json                 the results as JSON, instead of the table`;

const options = readOptions(HELP, {
  requests: { type: 'string', multiple: true, default: ['1000'] },
  seconds: { type: 'string', default: '60' },
  work: { type: 'string', default: '1000-4000' },
  'max-requests': { type: 'string', default: '10' },
  replicas: { type: 'string', default: '1:12' },
  'idle-after': { type: 'string', default: '3s' },
  algorithm: {
    type: 'string',
    multiple: true,
    default: ['least-connections', 'round-robin', 'strict-round-robin'],
  },
  single: { type: 'boolean', default: false },
  provider: { type: 'string', default: 'process' },
  image: { type: 'string', default: 'lanyard-web-replicas' },
  picture: { type: 'string', default: '' },
  json: { type: 'boolean', default: false },
});
const amounts = options.requests.map((text) => count('requests', text, 10_000));
const seconds = count('seconds', options.seconds, 3600);
const maxRequests = count('max-requests', options['max-requests'], 1000);
const [, least = '', most = ''] =
  /^(\d{1,5})-(\d{1,5})$/.exec(options.work) ??
  refuse(`--work takes two whole numbers of milliseconds such as 1000-4000, not "${options.work}".`);
const [, min = '', max = ''] =
  /^(\d{1,3}):(\d{1,3})$/.exec(options.replicas) ??
  refuse(`--replicas takes the least and the most, such as 1:12, not "${options.replicas}".`);
const provider = options.provider;
if (provider !== 'process' && provider !== 'docker') refuse(`--provider is process or docker, not "${provider}".`);

const folder = mkdtempSync(path.join(tmpdir(), 'web-replicas-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const template = path.join(folder, 'template.json');
writeFileSync(template, JSON.stringify(templateOf({ provider, maxRequests, image: options.image })));

/** What the master is told of the replicas; `most` of them. */
const scaling = (mostReplicas: string): string[] => [
  ...['--autoscale', `web=${min}:${mostReplicas}`, '--provider', provider, '--template', template],
  ...['--idle-after', options['idle-after'], '--orphan-after', '10s', '--forward-wait', '10m'],
  ...['--drain-timeout', '1s'], // on Ctrl-C nobody waits for answers
];
const algorithms = options.algorithm.map((name) => `--algorithm=any=${name}`);
const refused = refusal([...algorithms, ...scaling(max)]);
if (refused !== undefined) refuseWhat(refused);

/** Ends the program with the option of this one that the master does not take; `otherwise` with what it says. */
function refuseWhat(otherwise: string): never {
  for (const name of options.algorithm) {
    const why = refusedAlgorithm(name);
    if (why !== undefined) refuse(`--algorithm ${name}: ${why}`);
  }
  for (const [option, text, ofMaster] of [
    ['--replicas', options.replicas, `--autoscale=web=${options.replicas}`],
    ['--idle-after', options['idle-after'], `--idle-after=${options['idle-after']}`],
  ] as const) {
    const why = refusal([ofMaster]);
    if (why !== undefined) refuse(`${option} ${text}: ${why}`);
  }
  return refuse(otherwise);
}

if (provider === 'docker' && spawnSync('docker', ['version']).status !== 0)
  refuse('--provider docker: no engine answers (docker version says more). Without one: --provider process.');

const say = (text: string): void => {
  if (!options.json) console.log(text);
};

async function startMaster(algorithm: string, mostReplicas: string): Promise<Program> {
  const ports = ['--http-host', '127.0.0.1', '--http-port', '0', '--discovery-port', String(await freePort())];
  return new Program(
    'bin/master',
    [algorithm, '--interface', '127.0.0.1', '--log-level', 'info', ...ports, ...scaling(mostReplicas)],
    { env: { LANYARD_GRPC_PORT: 'off' }, endMs: MASTER_END_MS },
  );
}

/** Rises with the requests and falls back to the minimum. */
async function run(way: string, requests: number): Promise<Result> {
  const isSingle = way === SINGLE;
  const master = await startMaster(isSingle ? 'least-connections' : way, isSingle ? min : max);
  const url = await master.says(/"urls":\["(http:[^"]+)"/, 'its URL');
  const result = await master.during(measure(url, way, requests));
  await endAll();
  return result;
}

async function measure(master: string, way: string, requests: number): Promise<Result> {
  const isLeast = (now: Scaled): boolean => now.actual === Number(min) && now.ready === Number(min);
  await untilReplicas(master, 'web', 'the minimum is there', isLeast, FIRST_MS);
  const curve = new ReplicaCurve(master, 'web');
  const beginMs = performance.now();
  // One server alone does them one after the other.
  const timeoutMs = FIRST_MS + Math.ceil((Number(most) * requests) / maxRequests);
  const url = new URL('/services/web/', master).href;
  const answers = await send({ url, requests, seconds, workMs: [Number(least), Number(most)], timeoutMs });
  await untilReplicas(master, 'web', 'the minimum is reached again', isLeast, FIRST_MS);
  const backSeconds = (performance.now() - beginMs) / 1000;
  await curve.stop();
  return resultOf({ way, answers, replicas: curve.actual, ready: curve.ready, backSeconds });
}

try {
  const results: Result[] = [];
  for (const requests of amounts) {
    for (const way of [...options.algorithm, ...(options.single ? [SINGLE] : [])]) {
      const result = await run(way, requests);
      results.push(result);
      for (const reason of result.reasons) console.error(`failed: ${reason}`);
      const curve = sparkline(result.replicas, Number(max));
      say(`${requests} requests, ${way}: replicas over ${result.backSeconds.toFixed(0)} s\n${curve}`);
    }
  }
  if (options.json) console.log(JSON.stringify(results));
  say(`\n${resultTable(results)}\n`);
  if (options.picture !== '') {
    writeFileSync(options.picture, resultPicture(results));
    say(`Picture: ${options.picture}`);
  }
  if (results.some(({ requests, successful }) => successful < requests)) process.exitCode = 1;
} catch (error) {
  await sleep(SIGNAL_MS); // Ctrl-C signals the children too, and one may be seen to end first
  if (!isStopping()) console.error(error instanceof Error ? error.message : String(error));
  await endAll();
  if (!isStopping()) process.exit(1); // whatever still reads or asks
}
