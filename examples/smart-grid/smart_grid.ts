// The whole smart grid by one command: master, substations, gateway and Prometheus on loopback, rush hours, a table and a picture.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { count, number, readOptions, refuse } from '../common/arguments.ts';
import { endAll, isStopping, refusedAlgorithm, untilStopped } from '../common/programs.ts';
import { type Grid, startGrid } from './grid.ts';
import { Prometheus } from './prometheus.ts';
import { type Killed, PUBLISHED, type Result, resultOf, resultPicture, resultTable } from './report.ts';
import { meanCharge, rushHour, vehiclesOf } from './rush-hour.ts';
import { activeSessions, SessionReader } from './sessions.ts';

const SIGNAL_MS = 200;
/** After a rush hour, until the master has read of all substations that they are idle. */
const SETTLE_MS = 1500;
const HELP = `The rush hour of a smart grid: substations behind a master on loopback, and vehicles that ask the gateway for a charge.
Three rush hours, one after the other: all at once, at a rate, and at a rate while a substation is killed.

  --requests <n>       in each rush hour (50)
  --rate <n>           requests a second in the second and the third (10)
  --substations <n>    how many (3)
  --algorithm <name>   any of the master's; repeatable: one after the other (least-load)
  --charge <ms-ms>     how long the smallest and the largest charge takes (1000-3000)
  --scrape <seconds>   how often Prometheus scrapes, when it is installed (5)
  --picture <file>     writes the picture there, as SVG
  --keep               keeps the grid running at the end, until Ctrl-C
  --json               the results as JSON, instead of the table`;

const options = readOptions(HELP, {
  requests: { type: 'string', default: '50' },
  rate: { type: 'string', default: '10' },
  substations: { type: 'string', default: '3' },
  algorithm: { type: 'string', multiple: true, default: ['least-load'] },
  charge: { type: 'string', default: '1000-3000' },
  scrape: { type: 'string', default: '5' },
  picture: { type: 'string', default: '' },
  keep: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
});
const requests = count('requests', options.requests, 900);
const rate = number('rate', options.rate);
if (rate === 0) refuse('--rate takes a number above 0, not 0.');
const substations = count('substations', options.substations, 20);
const scrapeSeconds = count('scrape', options.scrape, 3600);
const [, chargeMinMs = '', chargeMaxMs = ''] =
  /^(\d{1,5})-(\d{1,5})$/.exec(options.charge) ??
  refuse(`--charge takes two whole numbers of milliseconds such as 1000-3000, not "${options.charge}".`);
for (const algorithm of options.algorithm) {
  const why = refusedAlgorithm(algorithm);
  if (why !== undefined) refuse(`--algorithm ${algorithm}: ${why}`);
}
/** Until the last answer of a rush hour, when all requests come at once to substations that do them one by one. */
const timeoutMs = 60_000 + Number(chargeMaxMs);

const say = (text: string): void => {
  if (!options.json) console.log(text);
};
let rushHours = 0;

/** One rush hour; with `kill` the second substation is killed when 40 of 100 vehicles have asked. */
async function run(grid: Grid, prometheus: Prometheus | undefined, how: How): Promise<Result> {
  const vehicles = vehiclesOf(`ev${++rushHours}`, requests);
  const names = grid.substations.map(({ name }) => name);
  const reader = new SessionReader(Object.fromEntries(grid.substations.map(({ name, url }) => [name, url])));
  const [beginMs, begunMs] = [performance.now(), Date.now()];
  const secondsNow = (): number => (performance.now() - beginMs) / 1000;
  let killed: Killed | null = null;
  const onSent = (sent: number): void => {
    if (how.kill && sent === Math.ceil(requests * 0.4)) void kill();
  };
  const kill = async (): Promise<void> => {
    const victim = grid.substations[1] ?? grid.substations[0];
    if (victim === undefined) return;
    const sessions = await activeSessions(victim.url);
    victim.program.kill('SIGKILL');
    killed = { substation: victim.name, atSeconds: secondsNow(), sessions };
  };
  const outcomes = await rushHour({ gateway: grid.gateway, vehicles, rate: how.rate, timeoutMs, onSent });
  const seconds = secondsNow();
  const curves = await reader.stop();
  const scraped = (await prometheus?.sessionsSince(begunMs)) ?? {};
  const mine = new Set(vehicles.map(({ vehicleId }) => vehicleId));
  const charged = grid.substations.flatMap(({ program }) => chargedIn(program.output)).filter((id) => mine.has(id));
  const { name, algorithm } = how;
  return resultOf({ how: name, algorithm, outcomes, substations: names, charged, seconds, killed, curves, scraped });
}

interface How {
  readonly name: string;
  readonly algorithm: string;
  readonly rate: number;
  readonly kill: boolean;
}

/** The vehicles that a substation says it charged. */
function chargedIn(output: string): string[] {
  return [...output.matchAll(/^\{"charged":.*"vehicleId":"([^"]+)"/gm)].map(([, id = '']) => id);
}

/** All three rush hours under one algorithm, on a grid of its own. */
async function compare(algorithm: string, staysUp: boolean): Promise<Result[]> {
  const times = { chargeMinMs: Number(chargeMinMs), chargeMaxMs: Number(chargeMaxMs) };
  const grid = await startGrid({ substations, algorithm, ...times });
  const prometheus = await Prometheus.start(grid, scrapeSeconds);
  if (prometheus === undefined) console.error('Prometheus is not installed; the sessions are read all the same.');
  say(
    `Gateway ${grid.gateway}request_charge, master ${grid.master}${prometheus ? `, Prometheus ${prometheus.url}` : ''}`,
  );
  // The first charges find programs that have just started: they are not counted.
  const first = Array.from({ length: substations }, (_, i) => ({ vehicleId: `first-${i + 1}`, kWh: 1 }));
  await rushHour({ gateway: grid.gateway, vehicles: first, rate: Infinity, timeoutMs });
  const perSecond = `${options.rate}/s`;
  const hours = [
    { name: 'at once', algorithm, rate: Infinity, kill: false },
    { name: perSecond, algorithm, rate, kill: false },
    { name: perSecond, algorithm, rate, kill: true },
  ];
  const results: Result[] = [];
  for (const hour of hours) {
    await sleep(SETTLE_MS);
    results.push(await run(grid, prometheus, hour));
  }
  if (!staysUp) await endAll();
  return results;
}

function sayOf({ killed, charges, successful, requests: all, chargedTwice }: Result): string {
  if (killed === null) return '';
  const { substation, sessions, atSeconds } = killed;
  const answered = charges[substation] ?? 0;
  return (
    `${substation} was killed after ${atSeconds.toFixed(1)} s with ${sessions} sessions, charges done: ${answered}; ` +
    `${all - successful} of ${all} requests were lost, ${chargedTwice} vehicles charged twice.`
  );
}

try {
  const results: Result[] = [];
  for (const [i, algorithm] of options.algorithm.entries())
    results.push(...(await compare(algorithm, options.keep && i === options.algorithm.length - 1)));
  if (options.json) console.log(JSON.stringify(results));
  const itself = meanCharge(vehiclesOf('ev', requests), Number(chargeMinMs), Number(chargeMaxMs));
  say(`\n${resultTable(results)}\n\nA charge by itself takes ${itself.toFixed(2)} s on average.`);
  say(`published: ${PUBLISHED.source}; ${PUBLISHED.workload}.`);
  for (const result of results) if (result.killed) say(sayOf(result));
  for (const why of new Set(results.flatMap(({ reasons }) => reasons))) console.error(`failed: ${why}`);
  if (options.picture !== '') {
    writeFileSync(options.picture, resultPicture(results));
    say(`Picture: ${options.picture}`);
  }
  if (results.some(({ successful, chargedTwice }) => successful < requests || chargedTwice > 0)) process.exitCode = 1;
  if (options.keep) {
    say('The grid runs on, one substation less; Ctrl-C ends it.');
    await untilStopped();
    await endAll();
  }
} catch (error) {
  await sleep(SIGNAL_MS); // Ctrl-C signals the children too, and one may be seen to end first
  if (!isStopping()) console.error(error instanceof Error ? error.message : String(error));
  await endAll();
  if (!isStopping()) process.exit(1); // whatever still reads or asks
}
