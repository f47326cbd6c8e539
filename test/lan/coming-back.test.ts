// A slave is given up and comes back still holding its task: it keeps it when nobody else has it, and is told to end it otherwise.
import { expect } from 'chai';
import type { SlaveTaskView } from '../../src/master/doors/door.ts';
import { report } from '../support/lan/figures.ts';
import { startMaster, type Master } from '../support/lan/master.ts';
import { startSlaves } from '../support/lan/slaves.ts';
import { together } from '../support/lan/scenarios.ts';
import { eventually } from '../support/wait.ts';

/** Long enough to be given up (silence, then grace) and to come back while it runs. */
const WORK_MS = 16_000;

interface Submitted {
  readonly state: string;
  readonly slave: string;
  readonly attempts: number;
  readonly result: string;
}

describe('LAN: a slave comes back with its task', function () {
  this.timeout(90_000);

  together({
    'which still waits: it is taken on again and not run anew': async (lan) => {
      const master = await startMaster(lan.host('m', '10.77.0.1/24'));
      const host = lan.host('a', '10.77.0.2/24');
      await startSlaves({ a: host });
      const href = await submit(master);
      await isRunningAt(master, 'a');
      host.cable.pull();
      await master.member('a', 'gone');
      expect(await master.client.getJson(href)).to.deep.include({ state: 'queued', attempts: 1 });
      host.cable.plugIn();
      const task = await ended(master, href);
      expect(task).to.deep.include({ state: 'done', slave: 'a', attempts: 1, result: 'drawkcab' });
      expect((await master.metrics()).sum('lanyard_attempts_adopted_total')).to.equal(1);
      await expectInOrder(master);
    },

    'which another one runs by now: it ends its own, and the other answers': async (lan) => {
      const master = await startMaster(lan.host('m', '10.77.0.1/24'), 'first-available');
      const hosts = { a: lan.host('a', '10.77.0.2/24'), b: lan.host('b', '10.77.0.3/24') };
      await startSlaves({ a: hosts.a });
      const href = await submit(master);
      await isRunningAt(master, 'a');
      await startSlaves({ b: hosts.b });
      hosts.a.cable.pull();
      await master.member('a', 'gone');
      await isRunningAt(master, 'b');
      const pluggedInMs = Date.now();
      hosts.a.cable.plugIn();
      const back = await master.member('a', 'joined', { sinceMs: pluggedInMs });
      const free = await eventually('the thread of a is free', async () => {
        const slaves = await master.slaves();
        return slaves.some(({ name, running }) => name === 'a' && running === 0) && Date.now();
      });
      report('told to end it', { 'free after ms': free - back.atMs });
      expect(await ended(master, href)).to.deep.include({ state: 'done', slave: 'b', attempts: 2, result: 'drawkcab' });
      expect((await master.metrics()).sum('lanyard_attempts_adopted_total')).to.equal(0);
      await expectInOrder(master);
    },
  });
});

/** Submits one long task; returns where to ask for it. */
async function submit(master: Master): Promise<string> {
  const task = { type: 'reverse', params: { text: 'backward', workMs: WORK_MS } };
  const headers = { 'content-type': 'application/json' };
  const { status, body } = await master.client.send({
    path: '/tasks',
    method: 'POST',
    headers,
    body: JSON.stringify(task),
  });
  expect(status, body).to.equal(202);
  return (JSON.parse(body) as { href: string }).href;
}

async function isRunningAt(master: Master, slave: string): Promise<void> {
  await eventually(`it runs at ${slave}`, async () => {
    const tasks = await master.client.getJson<SlaveTaskView[]>(`/slaves/${slave}/tasks`);
    return tasks.some(({ started }) => started);
  });
}

function ended(master: Master, href: string): Promise<Submitted> {
  return master.client.getJson<Submitted>(`${href}?wait=60s`);
}

async function expectInOrder(master: Master): Promise<void> {
  const invariants = await master.client.send({ path: '/debug/invariants', headers: { host: 'localhost' } });
  if (invariants.status !== 403) expect(JSON.parse(invariants.body)).to.deep.include({ ok: true, violations: [] });
}
