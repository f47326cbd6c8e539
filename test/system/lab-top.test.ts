// `lab top` beside a real cluster: in a pipe, once, and on a terminal.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { startCluster, startMaster, startSlave, stopAll, type Master } from '../support/cluster.ts';
import { NodeProcess, ROOT } from '../support/node-process.ts';
import { freeTcpPort } from '../support/ports.ts';
import { eventually } from '../support/wait.ts';

const top = (...args: string[]): NodeProcess => new NodeProcess('bin/lab', { args: ['top', ...args] });

describe('lab top', () => {
  let master: Master;

  before(async () => {
    ({ master } = await startCluster({ slaves: [['--label', 'a=b']] }));
  });
  after(stopAll);

  it('prints the cluster once', async () => {
    const view = top('--once', '--url', master.url);
    expect((await view.exited).code).to.equal(0);
    expect(view.output).to.match(/^Lanyard lanyard .*round-robin {2}1 slave /);
    expect(view.output).to.match(/^s1 +ready /m);
    expect(view.output).not.to.contain('\u001b');
  });

  it('prints a command whole, however long it is', async () => {
    const lonely = await startMaster({ args: ['--cluster', 'c'.repeat(60)] });
    const view = top('--once', '--url', lonely.url);
    await view.exited;
    expect(view.output).to.match(/no slave yet; .* node slave\.mjs .*--cluster c{60}.*--interface \w+$/m);
  });

  it('writes a line a second and one for each change into a pipe, and ends with 0 when told to', async () => {
    const view = top('--url', master.url);
    await eventually('a second', () => / lanyard slaves=1 ready=1 /.test(view.output), 10_000);
    const slave = await startSlave(master.discoveryPort, { args: ['--name', 'new'] });
    await eventually('it joined', () => / lanyard slave new \(.*\) joining -> ready/.test(view.output), 10_000);
    slave.kill('SIGKILL');
    await eventually('it is gone', () => / lanyard slave new \(.*\) \w+ -> gone/.test(view.output), 10_000);
    view.kill('SIGTERM');
    expect((await view.exited).code).to.equal(0);
  });

  it('says in a sentence what it cannot show, instead of asking again', async () => {
    const snapshot = JSON.stringify({ slaves: [], log: [], tasks: { ended: [] } });
    const server = createServer(({ url }, response) => {
      if (url === '/about') response.end(JSON.stringify({ masterId: 'm', cluster: 'c' }));
      else response.write(`event: snapshot\ndata: ${snapshot}\n\n`);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const view = top('--once', '--url', `http://127.0.0.1:${port}`);
    expect((await view.exited).code).to.equal(1);
    expect(view.output).to.match(/cannot be shown/);
    server.closeAllConnections();
    server.close();
  });

  it('says in a sentence when there is no master', async () => {
    const port = await freeTcpPort();
    const nobody = top('--url', `http://127.0.0.1:${port}`);
    expect((await nobody.exited).code).to.equal(1);
    expect(nobody.output).to.match(new RegExp(`^http://127.0.0.1:${port}: nothing listens there; .*--url\n$`));
    const other = top('--url', `${master.url}/metrics`);
    expect((await other.exited).code).to.equal(1);
    expect(other.output).to.match(/not a master of this version/);
    const wrong = top('--url', 'master');
    expect((await wrong.exited).code).to.equal(2);
  });

  it('waits for a master that went away, and goes on with the one that comes back', async () => {
    const first = await startMaster();
    const port = new URL(first.url).port;
    const view = top('--url', first.url);
    await eventually('it is there', () => / slaves=0 /.test(view.output), 10_000);
    await first.end();
    await eventually('it says so', () => / connection lost: /.test(view.output), 10_000);
    await startMaster({ args: ['--http-port', port] });
    await eventually('it is back', () => / connected again /.test(view.output), 10_000);
    await view.end();
  });

  describe('on a terminal', () => {
    const hasScript = spawnSync('script', ['--version']).status === 0;
    let terminal: ChildProcess | undefined;
    let text = '';

    before(function () {
      if (!hasScript) this.skip();
    });
    beforeEach(() => {
      text = '';
      const view = `sh -c 'echo "pid $$"; exec ${process.execPath} bin/lab top --url ${master.url}'`;
      const command = `stty cols 60 rows 12; ${view}; echo "code $?"; stty -a`;
      const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] });
      terminal = child;
      child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    });
    afterEach(() => terminal?.kill('SIGKILL'));

    const ends: Readonly<Record<string, () => void>> = {
      q: () => terminal!.stdin!.write('q'),
      SIGTERM: () => process.kill(Number(/pid (\d+)/.exec(text)![1]), 'SIGTERM'),
    };
    for (const [name, end] of Object.entries(ends)) {
      it(`draws frames that fit on the alternate screen, and gives the terminal back at ${name}`, async () => {
        await eventually('a frame', () => text.includes('s1 '), 10_000);
        await eventually('more of them', () => text.split('\u001b[H').length > 3, 10_000);
        const closed = once(terminal!, 'close');
        end();
        await closed;
        expect(text)
          .to.contain('code 0')
          .and.to.match(/[^-]icanon/)
          .and.to.match(/[^-]echo\b/);
        const [before = '', ...frames] = text.split('\u001b[H');
        expect(before).to.contain('\u001b[?1049h').and.to.contain('\u001b[?25l');
        const last = frames.pop()!;
        for (const frame of frames) expect(frame.split('\n').length).to.be.at.most(12);
        expect(last.indexOf('\u001b[?25h')).to.be.greaterThan(0);
        expect(last.indexOf('\u001b[?1049l')).to.be.greaterThan(last.indexOf('\u001b[?25h'));
      });
    }
  });
});
