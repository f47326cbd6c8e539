// A slave with two network cards, each with a cable to the switch. It is one member, and either cable is enough.
import { expect } from 'chai';
import { report } from '../support/lan/figures.ts';
import type { Host } from '../support/lan/host.ts';
import type { Cable } from '../support/lan/cable.ts';
import { startMaster, type Master } from '../support/lan/master.ts';
import type { LanNode } from '../support/lan/lan-node.ts';
import { expectAllRight } from '../support/lan/questions.ts';
import { RequestStream } from '../support/lan/request-stream.ts';
import { together } from '../support/lan/scenarios.ts';
import { sleep } from '../support/wait.ts';
import { startSlave } from '../support/lan/slaves.ts';

/** Six polls without an answer, half a second until the search, and one round of it. */
const REDISCOVERY_MS = 10_000;
/** A second join over the other card would have come by then. */
const SETTLED_MS = 1500;

describe('LAN: a slave with two network cards', function () {
  this.timeout(60_000);

  together({
    'in two subnets: is one member, and serves on when either cable is pulled': async (lan) => {
      const masterHost = lan.host('m');
      const slaveHost = lan.host('s');
      for (const [bridge, subnet] of [
        ['left', '10.77.0'],
        ['right', '10.78.0'],
      ] as const) {
        lan.connect(masterHost, `${subnet}.1/24`, bridge);
        lan.connect(slaveHost, `${subnet}.2/24`, bridge);
      }
      await servesOnEitherCable(masterHost, slaveHost);
    },

    'in the same subnet: is one member, and serves on when either cable is pulled': async (lan) => {
      const slaveHost = lan.host('s', '10.77.0.2/24', '10.77.0.3/24');
      answerOnTheRightCard(slaveHost);
      await servesOnEitherCable(lan.host('m', '10.77.0.1/24'), slaveHost);
    },

    'on the master, and one of its cables is pulled: the slave finds it over the other': async (lan) => {
      const masterHost = lan.host('m', '10.77.0.1/24', '10.78.0.1/24');
      const slaveHost = lan.host('s', '10.77.0.2/24', '10.78.0.2/24');
      const { master, slave } = await joinedOnce(masterHost, slaveHost);
      const used = await cableInUse(master, slaveHost);
      const lost = masterHost.cables[slaveHost.cables.indexOf(used)]!;
      await survivesPull(master, slave, lost);
    },
  });
});

/** Two cards in one subnet: Linux must answer ARP only on the card that has the address, and forget routes without a carrier. */
function answerOnTheRightCard(host: Host): void {
  host.setKernelOption('net.ipv4.conf.all.arp_ignore', '1');
  host.setKernelOption('net.ipv4.conf.all.arp_announce', '2');
  host.setKernelOption('net.ipv4.conf.all.ignore_routes_with_linkdown', '1');
}

async function servesOnEitherCable(masterHost: Host, slaveHost: Host): Promise<void> {
  const { master, slave } = await joinedOnce(masterHost, slaveHost);
  for (let i = 0; i < 2; i++) {
    const cable = await cableInUse(master, slaveHost);
    await survivesPull(master, slave, cable);
    cable.plugIn();
    await sleep(SETTLED_MS);
    expect(await master.slaves(), 'members after plugging in again').to.have.length(1);
  }
}

async function joinedOnce(masterHost: Host, slaveHost: Host): Promise<{ master: Master; slave: LanNode }> {
  const master = await startMaster(masterHost);
  const slave = startSlave(slaveHost);
  await slave.until('joined');
  await sleep(SETTLED_MS);
  expect(master.node.logged('slave joined')).to.have.length(1);
  expect(slave.logged('joined')).to.have.length(1);
  return { master, slave };
}

/** The slave's cable over which the master reaches it now. */
async function cableInUse(master: Master, slaveHost: Host): Promise<Cable> {
  const [member] = await master.slaves();
  const used = slaveHost.cables.find(({ address }) => member?.address.startsWith(`${address}:`));
  if (used === undefined) throw new Error(`the slave is known as ${JSON.stringify(member)}`);
  return used;
}

/** Requests go on while the cable that is in use is pulled: all are answered, by the same process over the other cable. */
async function survivesPull(master: Master, slave: LanNode, cable: Cable): Promise<void> {
  const stream = new RequestStream(master, 100);
  await sleep(500);
  cable.pull();
  const pulledMs = Date.now();
  const again = await slave.until('joined', { sinceMs: pulledMs, timeoutMs: REDISCOVERY_MS });
  await sleep(500);
  const answers = await stream.stop();
  report('cable in use pulled', {
    'joined again after ms': again.atMs - pulledMs,
    'slowest ms': Math.max(...answers.map(({ tookMs }) => tookMs)),
  });
  expectAllRight(answers);
  const members = await master.slaves();
  expect(members.map(({ id, state }) => ({ id, state }))).to.deep.equal([{ id: slave.id, state: 'ready' }]);
  expect(members[0]?.address).not.to.match(new RegExp(`^${cable.address}:`));
}
