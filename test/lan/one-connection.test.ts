// Trouble with one of a slave's three connections while the others are fine: a firewall that forgot it, a packet that is lost
// again and again. What the silent one was to carry is not lost.
import { expect } from 'chai';
import { report } from '../support/lan/figures.ts';
import type { Lan } from '../support/lan/lan.ts';
import { startMaster } from '../support/lan/master.ts';
import { expectAllRight, reverse, within } from '../support/lan/questions.ts';
import { RequestStream } from '../support/lan/request-stream.ts';
import { together } from '../support/lan/scenarios.ts';
import { startSlave } from '../support/lan/slaves.ts';
import { portOf, tcpConnections } from '../support/lan/sockets.ts';
import { sleep } from '../support/wait.ts';

const [LOAD, DISPATCH, RESULTS] = [5000, 5001, 5002];
const PORTS = ['--port-range', `${LOAD.toString()}-${RESULTS.toString()}`];
const ANSWERED_ELSEWHERE_MS = 9000;

describe('LAN: one connection of three', function () {
  this.timeout(60_000);

  together({
    'for results, whose greeting is late: no answer is lost': async (lan) => {
      const master = await startMaster(lan.host('m', '10.77.0.1/24'));
      const host = lan.host('s', '10.77.0.2/24');
      lan.cutTcpDataTo(RESULTS);
      const slave = startSlave(host, ...PORTS);
      await master.node.until('slave joined');
      const answer = master.ask(within('10s', reverse('early', 50)));
      await sleep(1000); // the task has run, and there is nowhere to send its result
      lan.heal();
      expectAllRight([await answer]);
      expect(slave.logged('joined')).to.have.length(1);
    },

    'for results, which hangs: others answer within 9 s': (lan) => hangs(lan, RESULTS),
    'for tasks, which hangs: others answer within 9 s': (lan) => hangs(lan, DISPATCH),
  });
});

/** Load polls go on being answered while another connection carries nothing any more. */
async function hangs(lan: Lan, port: number): Promise<void> {
  const master = await startMaster(lan.host('m', '10.77.0.1/24'));
  const victim = startSlave(lan.host('victim', '10.77.0.2/24'), '--name', 'victim', ...PORTS);
  const other = startSlave(lan.host('other', '10.77.0.3/24'), '--name', 'other');
  await Promise.all([victim.until('joined'), other.until('joined')]);
  const stream = new RequestStream(master, 50, '20s');
  await sleep(1500);
  const hung = tcpConnections(victim).find(({ local }) => portOf(local) === port);
  lan.cutTcpPorts([portOf(hung!.peer)]);
  const cutMs = Date.now();
  await sleep(ANSWERED_ELSEWHERE_MS);
  const answers = await stream.stop();
  report(`connection ${port.toString()} hangs`, { 'slowest ms': Math.max(...answers.map(({ tookMs }) => tookMs)) });
  expectAllRight(answers);
  expect(Math.max(...answers.map(({ tookMs }) => tookMs))).to.be.below(ANSWERED_ELSEWHERE_MS);
  await victim.until('joined', { sinceMs: cutMs });
}
