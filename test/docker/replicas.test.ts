// Replicas of a web server as real containers, built from the example's Dockerfile: they come with the requests and go again, outlive
// a master that is killed, and are never left over. What takes its time goes on while the other tests run.
import { expect } from 'chai';
import { freeDiscoveryPort } from '../support/ports.ts';
import { stopAll, type Master } from '../support/cluster.ts';
import { startDockerd, stopDockerd, whyNoDocker, type Dockerd } from '../support/docker.ts';
import { buildImage } from '../support/docker-build.ts';
import { IMAGE, importImage } from '../support/docker-image.ts';
import {
  boxesOf,
  readyReplicas,
  scaleOf,
  START_LIMIT_MS,
  startBoxedMaster,
  Visitors,
  WEB_IMAGE,
} from '../support/docker-replicas.ts';
import { eventually, sleep } from '../support/wait.ts';

const WHY_NOT = whyNoDocker();
/** Half the period of the square wave: 30 s in all. */
const HALF_WAVE_MS = 15_000;
const WAVES = 2;
const END_LIMIT_MS = 45_000;

/** What the square wave's master had done by the end of a wave: how often it wanted fewer replicas, and how often more. */
interface Wave {
  readonly downs: number;
  readonly ups: number;
  readonly failures: readonly string[];
}

describe(`Replicas in containers${WHY_NOT === undefined ? '' : ` (${WHY_NOT})`}`, () => {
  let dockerd: Dockerd;
  let waves: Promise<readonly Wave[]>;

  before(async function () {
    if (WHY_NOT !== undefined) this.skip();
    dockerd = await startDockerd();
    await importImage(dockerd);
    await buildImage(dockerd, 'examples/web-replicas/Dockerfile', { image: WEB_IMAGE, base: IMAGE });
    waves = squareWave();
    waves.catch(() => undefined); // its test tells
  });
  after(async () => {
    await stopAll();
    await stopDockerd();
  });

  /** Load for half of each period, none in the other half. */
  async function squareWave(): Promise<Wave[]> {
    const master = await startBoxedMaster({ dockerd, replicas: '1:3', args: ['--idle-after', '4s'] });
    await readyReplicas(master, 1);
    const seen: Wave[] = [];
    for (let wave = 0; wave < WAVES; wave++) {
      const visitors = new Visitors(master, 9);
      await sleep(HALF_WAVE_MS);
      await visitors.stop();
      // Once the least are left there is nothing to wait for after the last wave.
      await (wave < WAVES - 1 ? sleep(HALF_WAVE_MS) : readyReplicas(master, 1));
      const { history } = await scaleOf(master);
      const [downs, ups] = [history.filter(({ from, to }) => to < from), history.filter(({ from, to }) => to > from)];
      seen.push({ downs: downs.length, ups: ups.length, failures: visitors.failures });
    }
    return seen;
  }

  const noBoxes = (master: Master): Promise<true> =>
    eventually('no container', async () => (await boxesOf(dockerd, master)).length === 0, END_LIMIT_MS);
  const idsOf = async (master: Master): Promise<string[]> =>
    (await boxesOf(dockerd, master)).map(({ Id }) => Id).sort();

  it('rise with the requests and fall to the minimum, as the daemon sees it too; each answers by a name of its own', async function () {
    this.timeout(2 * START_LIMIT_MS + END_LIMIT_MS);
    const master = await startBoxedMaster({ dockerd, replicas: '1:4', args: ['--idle-after', '2s'] });
    await readyReplicas(master, 1);
    const visitors = new Visitors(master, 12);
    const { replicas } = await readyReplicas(master, 4);
    const boxes = await boxesOf(dockerd, master);
    expect(boxes.map(({ State }) => State)).to.deep.equal(['running', 'running', 'running', 'running']);
    for (const { id, detail } of replicas) expect(detail).to.match(new RegExp(`^(container [0-9a-f]{12} .*-${id}.)?$`));
    await eventually('an answer of each', () => visitors.hosts.size === 4);
    await visitors.stop();
    expect(visitors.failures).to.be.empty;
    const names = await Promise.all(
      boxes.map(async ({ Id }) => (await dockerd.docker.getContainer(Id).inspect()).Config.Hostname),
    );
    expect([...visitors.hosts.keys()].sort()).to.deep.equal(names.sort());
    await readyReplicas(master, 1);
    expect(await boxesOf(dockerd, master)).to.have.length(1);
    master.kill('SIGTERM');
    expect((await master.exited).code).to.equal(0);
    expect(await boxesOf(dockerd, master)).to.be.empty;
  });

  it('outlive a master that is killed, are taken over by the next one, and end by themselves without any', async function () {
    this.timeout(2 * START_LIMIT_MS + 2 * END_LIMIT_MS);
    const discoveryPort = await freeDiscoveryPort();
    const options = { dockerd, discoveryPort, replicas: '2:3', args: ['--orphan-after', '20s'] };
    const first = await startBoxedMaster(options);
    await readyReplicas(first, 2);
    const before = await idsOf(first);
    await first.end();
    const second = await startBoxedMaster(options);
    const { history } = await readyReplicas(second, 2);
    expect(await idsOf(second)).to.deep.equal(before);
    expect(history).to.be.empty;

    await second.end();
    const running = async (): Promise<number> =>
      (await boxesOf(dockerd, second)).filter(({ State }) => State === 'running').length;
    expect(await running()).to.equal(2);
    await eventually('the end of orphans', async () => (await running()) === 0, END_LIMIT_MS);

    const third = await startBoxedMaster({ ...options, replicas: '0:1' });
    await noBoxes(third);
    third.kill('SIGTERM');
    await third.exited;
  });

  it('that end at once are told of with their last words, and tried again later and later', async function () {
    this.timeout(START_LIMIT_MS + END_LIMIT_MS);
    const template = { command: 'echo no disk; exit 3' };
    const master = await startBoxedMaster({ dockerd, replicas: '1:2', template });
    const { lastError } = await eventually(
      'what went wrong',
      async () => {
        const scale = await scaleOf(master);
        return scale.lastError !== null && scale;
      },
      START_LIMIT_MS,
    );
    expect(lastError, lastError!).to.match(/ended with exit code 1: .*no disk/);
    master.kill('SIGTERM');
    await master.exited;
    await noBoxes(master);
  });

  it('cannot be had where Docker may not be used: the master says what to do, and goes on', async () => {
    const prefix = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
    const master = await startBoxedMaster({ dockerd, replicas: '1:2', prefix });
    const { lastError } = await eventually('what went wrong', async () => {
      const scale = await scaleOf(master);
      return scale.lastError !== null && scale;
    });
    expect(lastError).to.match(/may not use Docker's socket .*usermod -aG docker/);
    expect((await master.get('/task?type=fib&n=3')).status).to.equal(503);
    await master.end();
  });

  it('fall once for each wave of a square wave of requests, and no request fails', async function () {
    this.timeout((WAVES + 1) * 2 * HALF_WAVE_MS + START_LIMIT_MS);
    const seen = await waves;
    expect(seen.map(({ failures }) => failures).flat()).to.be.empty;
    expect(
      seen.map(({ downs }) => downs),
      JSON.stringify(seen),
    ).to.deep.equal([1, 2]);
    expect(seen[0]!.ups).to.be.greaterThan(0);
    expect(seen[1]!.ups).to.be.greaterThan(seen[0]!.ups);
  });
});
