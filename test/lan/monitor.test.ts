// A monitor on a host of its own: the board in Grafana follows the cluster as slaves join, die and are unplugged, and as the master
// restarts.
import { expect } from 'chai';
import { report } from '../support/lan/figures.ts';
import type { Host } from '../support/lan/host.ts';
import { Lan } from '../support/lan/lan.ts';
import type { LanNode } from '../support/lan/lan-node.ts';
import { startMaster, type Master } from '../support/lan/master.ts';
import { startSlave, startSlaves } from '../support/lan/slaves.ts';
import { Watcher } from '../support/lan/watcher.ts';
import { needsShared } from '../support/grafana/reference.ts';
import { sleep } from '../../src/common/time/clock.ts';

/** From a change that the master knows of to a board that shows it. */
const FOLLOWS_MS = 2000;
const METRICS = ['--metrics-port', '0'];

describe('LAN: a board in Grafana (needs ../shared)', () => {
  let lan: Lan | undefined;
  let masterHost: Host;
  let master: Master;
  let watcher: Watcher;
  let watchHost: Host;
  const hosts: Record<string, Host> = {};
  const slaves: Record<string, LanNode> = {};

  before(async function () {
    needsShared.call(this);
    const net = new Lan();
    lan = net;
    masterHost = net.host('m', '10.77.0.1/24');
    watchHost = net.host('w', '10.77.0.9/24');
    for (const n of [1, 2, 3, 4]) hosts[`s${n}`] = net.host(`s${n}`, `10.77.0.1${n}/24`);
    master = await startMaster(masterHost);
    const { s1, s2, s3 } = hosts as { s1: Host; s2: Host; s3: Host };
    const [one, two, three] = await startSlaves({ s1, s2, s3 }, ...METRICS);
    Object.assign(slaves, { s1: one, s2: two, s3: three });
    watcher = await Watcher.start(watchHost);
  });
  after(() => lan?.remove());

  it('shows three slaves, which nobody told it of', async () => {
    const joined = await watcher.monitor.until('joined');
    const shownAtMs = await watcher.shows(['s1', 's2', 's3'], 10_000);
    report('joined until shown, ms', { took: shownAtMs - joined.atMs });
  });

  it('is without a slave within two seconds after kill -9', async () => {
    const killedAtMs = Date.now();
    slaves['s2']!.kill('SIGKILL');
    const tookMs = (await watcher.shows(['s1', 's3'], 10_000)) - killedAtMs;
    report('kill -9 until off the board, ms', { took: tookMs });
    expect(tookMs).to.be.below(FOLLOWS_MS);
  });

  it('has a new slave within two seconds after it joined', async () => {
    slaves['s4'] = startSlave(hosts['s4']!, '--name', 's4', ...METRICS);
    const { atMs } = await slaves['s4'].until('joined');
    const tookMs = (await watcher.shows(['s1', 's3', 's4'], 10_000)) - atMs;
    report('joined until on the board, ms', { took: tookMs });
    expect(tookMs).to.be.below(FOLLOWS_MS);
  });

  it('keeps an unplugged slave until the master gives it up', async () => {
    hosts['s3']!.cable.pull();
    const gone = await master.member('s3', 'gone');
    const tookMs = (await watcher.shows(['s1', 's4'], 10_000)) - gone.atMs;
    expect(tookMs).to.be.below(FOLLOWS_MS);
    hosts['s3']!.cable.plugIn();
    await watcher.shows(['s1', 's3', 's4'], 20_000);
  });

  it('stays as it was while the master is away and comes back', async () => {
    master.node.kill('SIGKILL');
    await master.node.exited;
    await watcher.monitor.until('connection to the master lost, what is known is kept');
    const restartedAtMs = Date.now();
    master = await startMaster(masterHost);
    await watcher.monitor.until('joined', { sinceMs: restartedAtMs });
    const endMs = Date.now() + 3000;
    while (Date.now() < endMs) {
      expect(await watcher.shown()).to.deep.equal(['s1', 's3', 's4']);
      await sleep(100);
    }
    await master.untilReady(3, 10_000);
  });

  it('is brought up to date after the monitor itself was unplugged', async () => {
    const pulledAtMs = Date.now();
    watchHost.cable.pull();
    await watcher.monitor.until('connection to the master lost, what is known is kept', {
      sinceMs: pulledAtMs,
      timeoutMs: 30_000,
    });
    slaves['s1']!.kill('SIGKILL');
    await master.member('s1', 'gone', { sinceMs: pulledAtMs });
    expect(await watcher.shown(), 'nothing is known of it here').to.deep.equal(['s1', 's3', 's4']);
    watchHost.cable.plugIn();
    await watcher.shows(['s3', 's4'], 20_000);
  });
});
