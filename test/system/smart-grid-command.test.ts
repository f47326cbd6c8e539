// examples/smart-grid: the rush hour by one command, in small; no request is lost when a substation is killed, and nothing is left running.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { smartGridBoard } from '../../examples/smart-grid/board.ts';
import { type Result, resultPicture, resultTable } from '../../examples/smart-grid/report.ts';
import { algorithmNames } from '../../src/master/balancing/registry.ts';
import {
  discoveryPortOf,
  type ExampleCommand,
  killCommand,
  nothingRuns,
  refusedBy,
  startCommand,
} from '../support/example-command.ts';
import { grafanaSchemas, hasGrafanaSchemas } from '../support/grafana-schemas.ts';
import { ROOT } from '../support/node-process.ts';
import { whyNoPrometheus } from '../support/prometheus.ts';
import { eventually } from '../support/wait.ts';

const COMMAND = 'examples/smart-grid/smart_grid.ts';
const FOLDER = path.join(ROOT, 'examples/smart-grid');
const REQUESTS = 30;

describe('options of examples/smart-grid', () => {
  it('what will not do is refused before anything is started', async () => {
    const [algorithm, charge, rate] = await Promise.all([
      refusedBy(COMMAND, '--algorithm', 'best'),
      refusedBy(COMMAND, '--charge', '1s'),
      refusedBy(COMMAND, '--rate', '0'),
    ]);
    expect(algorithm).to.equal(`--algorithm best: Expected one of ${algorithmNames().join(', ')}.\nSee --help.\n`);
    expect(charge).to.match(/^--charge takes two whole numbers .*, not "1s"\./);
    expect(rate).to.match(/^--rate takes a number above 0/);
  });
});

describe('the board of examples/smart-grid', () => {
  const stored = JSON.parse(readFileSync(path.join(FOLDER, 'board.json'), 'utf8')) as {
    panels: { title: string; targets: { expr: string }[] }[];
  };

  it('board.json is what board.ts says: node --import tsx examples/smart-grid/write_board.ts', () => {
    expect(stored).to.deep.equal(smartGridBoard());
  });

  it('shows metrics that the programs have', () => {
    const programs = ['substation.mjs', 'gateway.mjs']
      .map((file) => readFileSync(path.join(FOLDER, file), 'utf8'))
      .join('');
    for (const { targets } of stored.panels) {
      for (const { expr } of targets) {
        const [metric = ''] = /[a-z]+_[a-z_]+/.exec(expr) ?? [];
        expect(programs).to.contain(`# TYPE ${metric} `);
      }
    }
  });

  it('is what Grafana calls a dashboard (needs ../shared)', function () {
    if (!hasGrafanaSchemas) return this.skip();
    expect(grafanaSchemas().dashboard(smartGridBoard())).to.deep.equal([]);
  });
});

// Linux has /proc, where the processes of a group are seen.
(process.platform === 'linux' ? describe : describe.skip)('the command of examples/smart-grid', () => {
  let command: ExampleCommand;
  const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-smart-grid-'));

  afterEach(() => killCommand(command));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('charges every vehicle once, also when a substation is killed, and leaves a picture and nothing running', async () => {
    const picture = path.join(folder, 'rush-hour.svg');
    const load = ['--requests', String(REQUESTS), '--rate', '30', '--charge', '200-600', '--scrape', '1'];
    command = startCommand(COMMAND, ...load, '--picture', picture, '--json');
    const port = await discoveryPortOf(command);
    expect(await command.ended, command.read.all).to.equal(0);
    const results = JSON.parse(command.read.output) as Result[];
    expect(results.map(({ how }) => how)).to.deep.equal(['at once', '30/s', '30/s']);
    for (const { requests, successful, chargedTwice, times } of results) {
      expect({ requests, successful, chargedTwice }).to.deep.equal({
        requests: REQUESTS,
        successful: REQUESTS,
        chargedTwice: 0,
      });
      expect(times.mean).to.be.above(0.2);
    }
    for (const { charges, curves } of results.slice(0, 2)) {
      expect(Object.values(charges)).to.have.length(3);
      for (const done of Object.values(charges)) expect(done, JSON.stringify(charges)).to.be.within(6, 14);
      // Charges run at the same time.
      for (const curve of Object.values(curves))
        expect(Math.max(...curve.map(([, sessions]) => sessions))).to.be.above(2);
    }
    const last = results[2];
    expect(last?.killed?.substation).to.equal('substation-2');
    expect(last?.killed?.sessions, 'it was charging when it was killed').to.be.above(0);
    expect(last?.charges['substation-2']).to.be.below(10);
    if (whyNoPrometheus() === undefined) {
      const scraped = new Set(results.flatMap((result) => Object.keys(result.scraped)));
      expect([...scraped].sort()).to.deep.equal(['substation-1', 'substation-2', 'substation-3']);
    }
    expect(readFileSync(picture, 'utf8')).to.equal(resultPicture(results));
    expect(resultTable(results).split('\n')).to.have.length(6);
    await nothingRuns(command, port);
  });

  it('ends all of it on Ctrl-C', async () => {
    command = startCommand(COMMAND, '--charge', '60000-60000');
    const port = await discoveryPortOf(command);
    await eventually(
      () => `the rush hour begins: ${command.read.all}`,
      () => command.read.output.includes('Gateway http'),
      30_000,
    );
    command.child.kill('SIGINT'); // this one alone: it ends the others
    expect(await command.ended, command.read.all).to.equal(130);
    await nothingRuns(command, port);
  });
});
