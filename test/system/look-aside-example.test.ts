// examples/look-aside: servers and a hundred clients under each policy with every answer right, and the one command that shows it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import type { Summary } from '../../examples/look-aside/summary.ts';
import { algorithmNames } from '../../src/master/balancing/registry.ts';
import { type Master, startMaster, stopAll } from '../support/cluster.ts';
import { putJson } from '../support/http.ts';
import { backendsOf, callAtOnce, endLookAside, startBackend } from '../support/look-aside.ts';
import { ROOT } from '../support/node-process.ts';
import { processesOf } from '../support/process-group.ts';
import { readAll } from '../support/python.ts';
import { eventually } from '../support/wait.ts';

const COMMAND = ['--import', 'tsx', 'examples/look-aside/look_aside.ts'];
const CLIENTS = 100;
const WORK = { service: 'reverse', workMs: 10, timeoutMs: 50_000 };

describe('examples/look-aside', () => {
  let master: Master;
  let count = 0;

  before(async () => {
    master = await startMaster({ grpc: true });
  });
  after(async () => {
    endLookAside();
    await stopAll();
  });

  const shareOf = ({ share }: Summary): number[] => Object.values(share);
  const POLICIES: Readonly<Record<string, (summary: Summary, servers: number) => void>> = {
    'pick-first': ({ share }) => expect(share).to.deep.equal({ 'backend-1': CLIENTS }),
    'round-robin': (summary, servers) => {
      expect(shareOf(summary)).to.have.length(servers);
      for (const answers of shareOf(summary))
        expect(answers).to.be.within(Math.floor(CLIENTS / servers), Math.ceil(CLIENTS / servers));
    },
    'least-load': (summary, servers) => expect(shareOf(summary)).to.have.length(servers),
  };

  for (const servers of [10, 15]) {
    for (const [policy, check] of Object.entries(POLICIES)) {
      it(`${servers} servers and ${CLIENTS} clients under ${policy}: every answer is right`, async () => {
        while (count < servers) await startBackend(master, `backend-${++count}`);
        expect((await putJson(`${master.url}/algorithm`, { name: policy })).status).to.equal(200);
        await eventually('what was before is forgotten', async () => {
          return (await backendsOf(master)).every(({ load }) => load === 0);
        });
        const summary = await callAtOnce(master, CLIENTS, WORK);
        expect(summary).to.include({ requests: CLIENTS, right: CLIENTS, wrong: 0, failed: 0 });
        check(summary, servers);
      });
    }
  }
});

describe('options of examples/look-aside', () => {
  it('a policy, a lease or a number that will not do is refused before anything is started', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const child = spawn(process.execPath, [...COMMAND, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
      const read = readAll(child);
      expect((await once(child, 'close'))[0], read.output).to.equal(2);
      return read.output + read.errors;
    };
    const names = algorithmNames().join(', ');
    expect(await refused('--policy', 'best')).to.equal(
      `--policy best: Expected one of ${names}. Or all.\nSee --help.\n`,
    );
    expect(await refused('--lookaside-lease', '1s', '--lookaside-lease', 'soon')).to.match(
      /^--lookaside-lease soon: Expected a duration .*, or off\.\nSee --help\.\n$/,
    );
    expect(await refused('--clients', '901')).to.match(/^--clients takes a whole number from 1 to 900 .*not "901"\./);
    expect(await refused('--clients', '900', '--servers', '101')).to.contain('more connections than the 1000');
  });
});

// Linux has /proc, where the processes of a group are seen.
(process.platform === 'linux' ? describe : describe.skip)('the command of examples/look-aside', () => {
  let child: ChildProcess | undefined;
  let output = '';

  /** In a process group of its own, as on a terminal: whoever is left in it was forgotten. */
  function run(...args: string[]): ChildProcess {
    output = '';
    child = spawn(process.execPath, [...COMMAND, ...args], {
      cwd: ROOT,
      env: { ...process.env, LANYARD_LOG_LEVEL: 'warn' }, // whatever a person has set
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
    return child;
  }

  const nothingRuns = (): Promise<boolean> =>
    eventually('all have ended', () => processesOf(child!.pid!).length === 0, 5000);

  afterEach(() => {
    for (const { pid } of processesOf(child!.pid!)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended meanwhile
      }
    }
  });

  it('starts a master, servers and clients, says what came out, and leaves nothing running', async () => {
    const args = [
      '--policy',
      'round_robin',
      '--servers',
      '3',
      '--clients',
      '12',
      '--work',
      '20',
      '--json',
      '--lookaside-lease',
      '1s',
    ];
    const [code] = (await once(run(...args), 'close')) as [number];
    expect(code, output).to.equal(0);
    const { share, ...summary } = JSON.parse(output) as Summary & { policy: string; lease: string };
    expect(summary).to.include({ policy: 'round_robin', lease: '1s', requests: 12, right: 12 });
    expect(share).to.deep.equal({ 'backend-1': 4, 'backend-2': 4, 'backend-3': 4 });
    await nothingRuns();
  });

  it('ends all of it on Ctrl-C', async () => {
    const command = run('--policy', 'least-load', '--servers', '2', '--clients', '2', '--work', '600000');
    await eventually(
      'the clients ask',
      () => processesOf(command.pid!).some(({ line }) => line.includes('scale_clients')),
      20_000,
    );
    const ended = once(command, 'close');
    command.kill('SIGINT'); // this one alone: it ends the others
    expect((await ended)[0], output).to.equal(130);
    expect(output).not.to.contain('without a result').and.not.to.contain('ended');
    await nothingRuns();
  });
});
