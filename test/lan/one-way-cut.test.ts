// The switch drops one direction between the master and a slave, as a broken port or firewall does; then it heals.
import { expect } from 'chai';
import { report } from '../support/lan/figures.ts';
import type { Cable } from '../support/lan/cable.ts';
import type { Lan } from '../support/lan/lan.ts';
import { startMaster, type Master } from '../support/lan/master.ts';
import { expectAllRight } from '../support/lan/questions.ts';
import { RequestStream } from '../support/lan/request-stream.ts';
import { together } from '../support/lan/scenarios.ts';
import { sleep } from '../support/wait.ts';
import { startSlaves } from '../support/lan/slaves.ts';

/** Long enough for the member to be gone, and for the slave to be searching. */
const LONG_CUT_MS = 10_000;
const SHORT_CUT_MS = 2000;
/**
 * What is lost while a cut of two seconds lasts arrives up to 3.6 s after it was sent: TCP resends after 0.2, 0.6, 1.4 and 3 s. So the
 * third poll without an answer must be later than that.
 */
const PATIENT = ['--poll-interval', '2s'];
/** A search repeats its request every 2 s, and a lost SYN takes 0.7 s more. */
const BACK_MS = 6000;

interface Pair {
  readonly master: Master;
  readonly masterCable: Cable;
  readonly slaveCable: Cable;
}

describe('LAN: a one-way cut between master and slave', function () {
  this.timeout(60_000);

  together({
    'from the master to the slave: it comes back when that heals, and nothing is lost': async (lan) => {
      const pair = await masterAndTwoSlaves(lan);
      await cutAndHeal(lan, pair, () => lan.cutOneWay(pair.masterCable, pair.slaveCable));
    },

    'from the slave to the master: it comes back when that heals, and nothing is lost': async (lan) => {
      const pair = await masterAndTwoSlaves(lan);
      await cutAndHeal(lan, pair, () => lan.cutOneWay(pair.slaveCable, pair.masterCable));
    },

    'for two seconds: goes unnoticed, and nothing is lost': async (lan) => {
      const { master, masterCable, slaveCable } = await masterAndTwoSlaves(lan, ...PATIENT);
      const stream = new RequestStream(master, 50, '20s');
      await sleep(1000);
      lan.cutOneWay(masterCable, slaveCable);
      await sleep(SHORT_CUT_MS);
      lan.heal();
      await sleep(2 * SHORT_CUT_MS);
      const answers = await stream.stop();
      expectAllRight(answers);
      expect((await master.metrics()).sum('lanyard_attempts_returned_total', { reason: 'lost' })).to.equal(0);
      expect(master.node.logged('slave changed')).to.deep.equal([]);
    },
  });
});

async function masterAndTwoSlaves(lan: Lan, ...args: readonly string[]): Promise<Pair> {
  const host = lan.host('m', '10.77.0.1/24');
  const master = await startMaster(host, ...args);
  const cutOff = lan.host('cut', '10.77.0.2/24');
  await startSlaves({ cut: cutOff, other: lan.host('other', '10.77.0.3/24') });
  return { master, masterCable: host.cable, slaveCable: cutOff.cable };
}

async function cutAndHeal(lan: Lan, { master }: Pair, cut: () => void): Promise<void> {
  const stream = new RequestStream(master, 50, '20s');
  await sleep(1000);
  const cutMs = Date.now();
  cut();
  await sleep(LONG_CUT_MS);
  const gone = await master.member('cut', 'gone', { sinceMs: cutMs });
  const healedMs = Date.now();
  lan.heal();
  const back = await master.member('cut', 'joined', { sinceMs: healedMs });
  await sleep(1000);
  const answers = await stream.stop();
  report('one-way cut', {
    'gone after ms': gone.atMs - cutMs,
    'back after ms': back.atMs - healedMs,
    'slowest ms': Math.max(...answers.map(({ tookMs }) => tookMs)),
  });
  expect(back.atMs - healedMs).to.be.below(BACK_MS);
  expectAllRight(answers);
  expect(answers.filter(({ sentAtMs, slave }) => sentAtMs > back.atMs && slave === 'cut')).not.to.be.empty;
}
