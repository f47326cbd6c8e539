// examples/web-replicas: replicas that rise with the requests and fall to the minimum, by one command, in small; nothing is left running.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { type Result, resultPicture } from '../../examples/web-replicas/report.ts';
import {
  discoveryPortOf,
  type ExampleCommand,
  killCommand,
  nothingRuns,
  refusedBy,
  startCommand,
  toldOf,
} from '../support/example-command.ts';
import { eventually } from '../support/wait.ts';

const COMMAND = 'examples/web-replicas/web_replicas.ts';

describe('options of examples/web-replicas', () => {
  it('what will not do is refused before anything is started', async () => {
    const [algorithm, work, replicas, provider] = await Promise.all([
      refusedBy(COMMAND, '--algorithm', 'best'),
      refusedBy(COMMAND, '--work', '1s'),
      refusedBy(COMMAND, '--replicas', '3:2'),
      refusedBy(COMMAND, '--provider', 'none'),
    ]);
    expect(algorithm).to.match(/^--algorithm best: Expected one of .*least-connections/);
    expect(work).to.match(/^--work takes two whole numbers .*, not "1s"\./);
    expect(replicas).to.match(/^--replicas 3:2: Expected .* min .* max/);
    expect(provider).to.equal('--provider is process or docker, not "none".\nSee --help.\n');
  });
});

// Linux has /proc, where the processes of a group are seen.
(process.platform === 'linux' ? describe : describe.skip)('the command of examples/web-replicas', () => {
  let command: ExampleCommand;
  const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-web-replicas-'));

  afterEach(() => killCommand(command));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('starts replicas when requests wait, answers all, and falls back to the minimum with nothing left running', async () => {
    const picture = path.join(folder, 'replicas.svg');
    const load = ['--requests', '40', '--seconds', '2', '--work', '400-400', '--max-requests', '2'];
    const rules = ['--replicas', '1:3', '--idle-after', '1s', '--algorithm', 'least-connections'];
    command = startCommand(COMMAND, ...load, ...rules, '--picture', picture, '--json');
    const port = await discoveryPortOf(command);
    expect(await command.ended, command.read.all).to.equal(0);
    const results = JSON.parse(command.read.output) as Result[];
    const [result] = results;
    expect(result).to.include({ way: 'least-connections', requests: 40, successful: 40, mostReplicas: 3 });
    expect(result?.replicas[0]?.[1]).to.equal(1);
    expect(result?.replicas.at(-1)?.[1]).to.equal(1);
    expect(result?.members.length).to.be.above(1);
    expect(result?.servers).to.have.length(result?.members.length ?? 0);
    expect(readFileSync(picture, 'utf8')).to.equal(resultPicture(results));
    await nothingRuns(command, port);
  });

  it('ends the replicas too on Ctrl-C', async () => {
    command = startCommand(COMMAND, '--requests', '10', '--seconds', '1', '--work', '60000-60000', '--replicas', '1:1');
    const port = await discoveryPortOf(command);
    await eventually(
      () => `a server runs: ${toldOf(port).join('\n')}`,
      () => toldOf(port).filter((line) => line.includes('server.mjs') && line.startsWith('node')).length === 1,
      30_000,
    );
    command.child.kill('SIGINT'); // this one alone: it ends the others
    expect(await command.ended, command.read.all).to.equal(130);
    await nothingRuns(command, port);
  });
});
