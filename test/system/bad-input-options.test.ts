// The command lines of the built nodes (each reader of values has unit tests beside): a bad value names the option, what was expected and what came, and exits 2 before anything is opened.
import { availableParallelism } from 'node:os';
import { expect } from 'chai';
import { stopAll } from '../support/cluster.ts';
import { inParallel } from '../support/http.ts';
import { NodeProcess, type Exit, type NodeOptions } from '../support/node-process.ts';

const ALGORITHMS =
  /first-available, round-robin, least-load, least-connections, least-difference, pick-first, strict-round-robin/;
const DURATION = /a duration such as 500ms, 2s, 2m or 1h/;
const PORT = /a port from 1 to 65535/;

type Node = 'master' | 'slave' | 'monitor';
type Case = readonly [node: Node, option: string, value: string, expected: RegExp];

const OPTIONS: readonly Case[] = [
  ['master', '--http-port', '65536', PORT],
  ['master', '--discovery-port', '0', PORT],
  ['master', '--grpc-port', '70000', PORT],
  ['master', '--lookaside-lease', '0', /more than 0, or off/],
  ['master', '--report-interval', '0', /from 50ms to 3600s/],
  ['master', '--poll-interval', '0', /more than 0/],
  ['master', '--grace', '-3s', DURATION],
  ['master', '--max-slaves', '1.5', /an integer from 1 to 100000/],
  ['master', '--queue-limit', '1e3', /an integer from 0 to 10000000/],
  ['master', '--cluster', 'two words', /1 to 64 letters/],
  ['master', '--algorithm', 'web=fastest', /group=name such as web=least-connections/],
  ['master', '--log-level', 'loud', /one of trace, debug, info/],
  ['slave', '--concurrency', '0', /an integer from 1 to 1024/],
  ['slave', '--max-load', '0', /a number above 0/],
  ['slave', '--cpu-source', 'vmstat', /loadavg, systeminformation or file:<path>/],
  ['slave', '--master', 'http://192.0.2.7', /a host name or IPv4 address/],
  ['slave', '--port-range', '5000-5001', /at least 3 ports/],
  ['slave', '--label', 'room', /key=value/],
  ['slave', '--nice', '20', /an integer from 0 to 19/],
  ['monitor', '--grafana-url', 'localhost:3000', /a URL such as http/],
  ['monitor', '--prometheus-url', 'off', /a URL such as http/],
  ['monitor', '--slave-prometheus-port', '0', PORT],
  ['monitor', '--targets-port', '70000', PORT],
  ['monitor', '--poll-interval', '1m', /from 200ms to 30s/],
  ['monitor', '--port-range', '9-8', /at least 1 port from/],
];

interface Run {
  readonly exit: Exit;
  readonly output: string;
}

async function run(node: Node, options: NodeOptions): Promise<Run> {
  const child = new NodeProcess(`bin/${node}`, options);
  const exit = await child.exited;
  return { exit, output: child.output };
}

describe('the command line refuses', () => {
  const runs: Run[] = [];
  before(() =>
    inParallel(OPTIONS.length, availableParallelism(), async (i) => {
      const [node, option, value] = OPTIONS[i]!;
      runs[i] = await run(node, { args: [`${option}=${value}`] });
    }),
  );
  after(stopAll);

  OPTIONS.forEach(([node, option, value, expected], i) => {
    it(`./${node} ${option} ${value}`, () => {
      const { exit, output } = runs[i]!;
      expect(exit.code, output).to.equal(2);
      expect(output).to.contain(option).and.to.contain(`'${value}'`).and.to.match(expected);
      expect(output, 'a sentence, not a stack').not.to.match(/\n +at /);
    });
  });

  it('an algorithm that does not exist, listing the names', async () => {
    const { exit, output } = await run('master', { args: ['fastest'] });
    expect(exit.code).to.equal(2);
    expect(output).to.contain("'fastest'").and.to.match(ALGORITHMS);
  });

  it('an interface that does not exist, listing those that do', async () => {
    for (const node of ['master', 'slave'] as const) {
      const { exit, output } = await run(node, {
        args: ['--interface', 'nope0', '--http-port', 'off'].slice(0, node === 'master' ? 4 : 2),
      });
      expect(exit.code, output).to.equal(2);
      expect(output).to.contain('--interface nope0').and.to.contain('lo (127.0.0.1)');
    }
  });

  it('an unknown option, a missing value, and one argument too many', async () => {
    for (const [node, args, says] of [
      ['master', ['--htp-port', '1'], /unknown option '--htp-port'[^]*--http-port/],
      ['master', ['--http-port'], /--http-port <port>.* argument missing/],
      ['master', ['least-load', 'round-robin'], /too many arguments/],
      ['slave', ['least-load'], /too many arguments/],
    ] as const) {
      const { exit, output } = await run(node, { args });
      expect(exit.code, output).to.equal(2);
      expect(output).to.match(says).and.to.contain('--help');
    }
  });

  it('a bad value in the environment, naming the variable', async () => {
    for (const [node, variable, value, says] of [
      ['master', 'LANYARD_HTTP_PORT', 'eighty', PORT],
      ['master', 'LANYARD_HTTP_OPEN', 'perhaps', /true or false/],
      ['slave', 'LANYARD_CONCURRENCY', '0', /an integer from 1 to 1024/],
      ['slave', 'LANYARD_LABEL', 'a=1,b', /key=value/],
    ] as const) {
      const { exit, output } = await run(node, { env: { [variable]: value } });
      expect(exit.code, output).to.equal(2);
      expect(output).to.contain(variable).and.to.contain(`'${value}'`).and.to.match(says);
    }
  });

  it('a key for Grafana that is missing, given twice or not one, without showing it', async () => {
    const key = 'glsa_shown_nowhere';
    for (const [args, env, says] of [
      [[], {}, /a key for Grafana.*--grafana-url off/],
      [[key, '--api-key-file', 'package.json'], {}, /given twice/],
      [['--api-key-file', 'nowhere'], {}, /--api-key-file nowhere.*no such file/],
      [[`${key} with spaces`], {}, /key/],
      [[key, key], {}, /too many arguments/],
      [[`--key=${key}`], {}, /unknown option '--key=…/],
      [[`-${key}`], {}, /unknown option '-…/],
      [['--grafana-url', `http://admin:${key}@h`], {}, /'http:\/\/…@h' is invalid.*without user, password/],
      [['--bad'], { LANYARD_API_KEY: key }, /unknown option '--bad'/],
    ] as const) {
      const { exit, output } = await run('monitor', { args: ['--interface', 'lo', ...args], env });
      expect(exit.code, output).to.equal(2);
      expect(output).to.match(says).and.not.to.contain(key);
    }
  });

  it('a CPU source that cannot be read or holds no number', async () => {
    for (const [path, says] of [
      ['/nonexistent', /cannot read it/],
      ['/dev/null', /expected one number/],
      ['/etc/hostname', /expected one number/],
    ] as const) {
      const { exit, output } = await run('slave', { args: ['--interface', 'lo', '--cpu-source', `file:${path}`] });
      expect(exit.code, output).to.equal(2);
      expect(output).to.contain('--cpu-source').and.to.match(says);
    }
  });
});

describe('the command line', () => {
  it('prints help and version and exits 0', async () => {
    for (const node of ['master', 'slave', 'monitor'] as const) {
      const help = await run(node, { args: ['--help'] });
      expect(help.exit.code).to.equal(0);
      expect(help.output).to.contain('--discovery-port <port>').and.to.contain('(default: ');
    }
    for (const node of ['master', 'slave', 'monitor', 'lab', 'lanyard'] as Node[]) {
      const version = await run(node, { args: ['--version'] });
      expect(version.exit.code).to.equal(0);
      expect(version.output).to.match(/^\d+\.\d+\.\d+\n$/);
    }
  });

  it('names the programs in its examples as they were started', async () => {
    for (const node of ['master', 'slave', 'monitor'] as const) {
      const examplesOf = ({ output }: { output: string }): string => /^Examples:\n((?: {2}.*\n)+)/m.exec(output)![1]!;
      const own = examplesOf(await run(node, { args: ['--help'] }));
      const installed = examplesOf(await run('lanyard' as Node, { args: [node, '--help'] }));
      expect(own).to.contain(`  ./${node} --`).and.not.to.contain('lanyard');
      expect(installed).to.contain(`  lanyard ${node} --`).and.not.to.contain('./');
    }
  });

  it('prints help without the key that stands in the environment', async () => {
    const { exit, output } = await run('monitor', { args: ['--help'], env: { LANYARD_API_KEY: 'glsa_shown_nowhere' } });
    expect(exit.code).to.equal(0);
    expect(output).to.contain('LANYARD_API_KEY').and.not.to.contain('glsa_shown_nowhere');
  });

  it('is also installed as lanyard', async () => {
    expect((await run('lanyard' as Node, { args: ['master', '--version'] })).output).to.match(/^\d+\.\d+\.\d+\n$/);
    expect((await run('lanyard' as Node, { args: ['--help'] })).exit.code).to.equal(0);
    const wrong = await run('lanyard' as Node, { args: ['server'] });
    expect(wrong.exit.code).to.equal(2);
    expect(wrong.output).to.contain('master, slave, monitor').and.to.contain('server');
  });
});
