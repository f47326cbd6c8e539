// Replicas that are real processes: as many as the work needs, through the death of each of them and of their master.
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import type { ScaledGroupView } from '../../src/master/doors/autoscale-view.ts';
import { stopAll, type Master } from '../support/cluster.ts';
import { freeDiscoveryPort } from '../support/ports.ts';
import { groupView, ReplicaCluster, replicasReady } from '../support/replica-cluster.ts';
import { eventually, sleep } from '../support/wait.ts';

const SCALED = ['--provider', 'process', '--idle-after', '2s'];
/** Long enough for a master to be started again, and short enough to wait for. */
const [ORPHAN_LONG, ORPHAN_SHORT] = ['60s', '1s'];

describe('replicas that are processes', () => {
  let cluster: ReplicaCluster;
  let master: Master;
  const scaled = (orphanAfter = ORPHAN_SHORT): string[] => [
    ...['--autoscale', 'web=1:3', '--template', cluster.template(), '--orphan-after', orphanAfter],
    ...SCALED,
  ];

  before(async () => {
    cluster = new ReplicaCluster(await freeDiscoveryPort());
    master = await cluster.master(scaled(ORPHAN_LONG));
  });

  after(async () => {
    await stopAll();
    await cluster.close();
  });

  /** Keeps so many requests under way until `until` comes true; the pids of the services that answered. */
  const load = async (atOnce: number, until: () => Promise<boolean>): Promise<Set<string>> => {
    const answered = new Set<string>();
    let isOver = false;
    const ask = async (): Promise<void> => {
      while (!isOver) {
        const { status, body } = await master.get('/services/web/');
        expect(status, body).to.equal(200);
        answered.add(body);
      }
    };
    const all = Promise.all(Array.from({ length: atOnce }, ask));
    await Promise.race([eventually('what the load is for', until, 20_000), all]).finally(() => (isOver = true));
    await all;
    return answered;
  };

  /** Until the next look, one a second since the first, is half a second away: it sees all that is asked for now, not the beginning of it. */
  const betweenLooks = ([first]: ScaledGroupView['history']): Promise<void> =>
    sleep((1500 - ((Date.now() - Date.parse(first!.at)) % 1000)) % 1000);

  it('rise with the load, all of them answer, and fall back at once when it is over', async () => {
    const { history: before } = await replicasReady(master, 1);
    await betweenLooks(before);
    const seen = new Set<string>();
    const answered = await load(12, async () => {
      const { body } = await master.get('/services/web/');
      return seen.add(body).size === 3;
    });
    expect(answered.size).to.equal(3);
    expect((await master.metrics()).sum('lanyard_replicas', { group: 'web', state: 'actual' })).to.equal(3);
    const { history } = await replicasReady(master, 1);
    expect(history.map(({ from, to }) => `${from}-${to}`)).to.deep.equal(['0-1', '1-3', '3-1']);
    expect(await cluster.pids()).to.have.lengthOf(1);
  });

  it('are the same after their master was killed and started again', async () => {
    const [before] = await cluster.pids();
    await master.end();
    master = await cluster.master(scaled());
    const { replicas } = await replicasReady(master, 1);
    expect(replicas[0]?.detail).to.contain(`pid ${before}`);
    expect(await cluster.pids()).to.deep.equal([before]);
    expect((await master.get('/services/web/')).status).to.equal(200);
  });

  it('are as many again after one was killed', async () => {
    const [before] = await cluster.pids();
    process.kill(before!, 'SIGKILL');
    await eventually(
      'its death is known',
      async () => (await groupView(master)).replicas[0]?.detail.includes(`pid ${before}`) === false,
    );
    await replicasReady(master, 1);
    const [after] = await cluster.pids();
    expect(after).not.to.equal(before);
  });

  it('end by themselves when their master does not come back', async () => {
    expect(await cluster.pids()).to.have.lengthOf(1);
    await master.end();
    await eventually(
      'none left, nor any service',
      async () => (await cluster.pids()).length === 0 && cluster.left().length === 0,
      10_000,
    );
  });

  it('end with their master when it is told to end, and have time for that after its drain', async () => {
    const note = `${cluster.folder}/ended`;
    const command = `trap 'sleep 4.4; touch ${note}; exit 0' TERM; node server.mjs & wait`;
    const slow = ['--autoscale', 'web=1:1', '--template', cluster.template({ command }), '--drain-timeout', '100ms'];
    master = await cluster.master([...slow, ...SCALED]);
    await replicasReady(master, 1);
    await cluster.pids();
    master.kill('SIGTERM');
    expect(await master.exited).to.deep.include({ code: 0 });
    expect(existsSync(note)).to.equal(true);
    expect(cluster.left()).to.deep.equal([]);
  });

  it('that cannot run are said to, with what they wrote, and the master goes on', async () => {
    const template = cluster.template({ command: 'echo no such planet >&2; exit 7' });
    const args = ['--autoscale', 'web=1:3', '--template', template, ...SCALED];
    master = await cluster.master(args);
    // A slave that says goodbye first is a reason too, until its process has ended and its output is there.
    await eventually(
      'the error with what they wrote',
      async () => /exited with code 1.*no such planet/s.test((await groupView(master)).lastError ?? ''),
      15_000,
    );
    expect((await master.get('/ok')).status).to.equal(200);
    await master.end();
  });
});
