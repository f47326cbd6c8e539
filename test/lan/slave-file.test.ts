// A machine with Node and nothing else becomes a slave by the one line that the master shows.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { Host } from '../support/lan/host.ts';
import { Lan } from '../support/lan/lan.ts';
import { startMaster, type Master } from '../support/lan/master.ts';
import { Pasted } from '../support/lan/pasted.ts';
import { expectAllRight, fib, reverse, type TaskAnswer } from '../support/lan/questions.ts';
import { eventually } from '../support/wait.ts';

const WORK_MS = 1000;
/** Takes memory for as long as it runs, in the place of a report of progress. */
const HOG = '(globalThis.held ??= []).push(new Array(1e6).fill(0.5 + done))';

describe('LAN: slave.mjs on a bare machine', () => {
  let lan: Lan;
  let master: Master;
  let bare: Host;
  let slave: Pasted;

  before(async () => {
    lan = new Lan();
    const options = ['--cluster', 'blue', '--discovery-port', '3111'];
    master = await startMaster(lan.host('m', '10.77.0.1/24', '10.78.0.1/24'), ...options);
    bare = lan.host('bare', '10.77.0.2/24');
    slave = new Pasted(bare, shownCommands()[0] ?? 'false');
    await slave.until('joined');
  });
  after(() => {
    slave.remove();
    lan.remove();
  });

  function shownCommands(): string[] {
    return master.node.logs.flatMap(({ command }) => (typeof command === 'string' ? [command] : []));
  }

  const burn = (rest: string): ReturnType<Master['client']['get']> => master.client.get(`/task?type=burn&${rest}`);

  it('is fetched and started by the line for its network, with the options of this cluster', () => {
    const of = (address: string): string =>
      `curl -sO http://${address}:4242/slave.mjs && node slave.mjs --discovery-port 3111 --cluster blue`;
    expect(shownCommands()).to.deep.equal([of('10.77.0.1'), of('10.78.0.1')]);
    expect(readdirSync(slave.folder)).to.deep.equal(['slave.mjs']);
  });

  it('computes', async () => {
    expectAllRight(await Promise.all([1, 50, 100, 1000].map((n) => master.ask(fib(n)))));
  });

  it('ends a task whose time is over together with its thread, and computes on', async () => {
    const { status, body } = await burn('ms=600000&runTimeout=300ms');
    expect(status, body).to.equal(504);
    expectAllRight(await Promise.all([7, 77].map((n) => master.ask(fib(n)))));
  });

  it('finishes what it has begun after SIGTERM, and exits with code 0', async () => {
    const begun: Promise<TaskAnswer> = master.ask(reverse('begun', WORK_MS));
    await eventually('it has begun', async () => {
      const [{ id } = { id: 'none' }] = await master.slaves();
      const [task] = await master.client.getJson<{ started: boolean }[]>(`/slaves/${id}/tasks`);
      return task?.started === true;
    });
    await slave.terminate();
    expectAllRight([await begun]);
    expect(await slave.exitCode).to.equal(0);
  });

  it('ends a task that takes too much memory, and lives', async () => {
    const code = readFileSync(path.join(slave.folder, 'slave.mjs'), 'utf8');
    const hog = code.replaceAll('context.progress(done / ms)', HOG);
    expect(hog).not.to.equal(code);
    const args = '--cluster blue --discovery-port 3111 --task-memory 64MB';
    const greedy = new Pasted(bare, `node slave.mjs ${args}`, (folder) =>
      writeFileSync(path.join(folder, 'slave.mjs'), hog),
    );
    try {
      await greedy.until('joined');
      const { body } = await burn('ms=600000&timeout=30s');
      expect(body).to.contain('needed more than 64 MB on its thread');
      expectAllRight([await master.ask(fib(90))]);
    } finally {
      greedy.remove();
    }
  });
});
