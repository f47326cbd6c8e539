// `make monitor_preproc`: how to get Grafana, where it is not installed. Where it is: how it is called, shown by a stand-in on the PATH that
// records its arguments, since Grafana itself cannot be had where these tests run.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { expect } from 'chai';
import { endTargets, folderOf, MakeTarget, temporaryFolder } from '../support/make-target.ts';
import { freeTcpPort } from '../support/ports.ts';
import { eventually } from '../support/wait.ts';

const INSTALLED = ['/usr/share/grafana/bin', '/usr/sbin/grafana', '/usr/sbin/grafana-server'];

/** A folder for the PATH with a stand-in of Grafana, which writes down how it was called and stays until SIGTERM. */
function standIn(name: string): { folder: string; record: string } {
  const folder = folderOf('node', 'npm', 'sh', 'sleep', 'mv');
  const record = path.join(folder, 'record');
  const text = `#!/bin/sh
for word in "$@" "$GF_SERVER_HTTP_ADDR" "$GF_SERVER_HTTP_PORT"; do echo "$word"; done > ${record}.part
mv ${record}.part ${record}
exec sleep 600
`;
  writeFileSync(path.join(folder, name), text);
  chmodSync(path.join(folder, name), 0o755);
  return { folder, record };
}

/** `make monitor_preproc` with this PATH, on a port of its own, until it has said what comes next. */
async function preproc(folder: string): Promise<{ target: MakeTarget; port: number; data: string }> {
  const port = await freeTcpPort();
  const MONITORING_DIR = temporaryFolder();
  const variables = { MONITORING_DIR, LISTEN: `127.0.0.1:${port}` };
  const target = new MakeTarget('monitor_preproc', variables, { env: { PATH: folder } });
  await target.says('./monitor <token>');
  return { target, port, data: path.join(MONITORING_DIR, 'grafana') };
}

describe('make monitor_preproc', () => {
  afterEach(endTargets);

  it('says how to get Grafana where there is none', async function () {
    if (INSTALLED.some((place) => existsSync(place))) {
      this.test!.title += ' (Grafana is installed here)';
      this.skip();
    }
    const target = new MakeTarget('monitor_preproc', { LISTEN: `127.0.0.1:${await freeTcpPort()}` });
    expect(await target.ended()).to.equal(2);
    expect(target.output).to.contain('https://grafana.com/grafana/download').and.to.contain('Error 1');
    expect(target.output).to.contain('docker compose -f deploy/compose.yml up');
    expect(target.pids).to.deep.equal({});
  });

  it('starts a stand-in called grafana as a server with data of its own, says what comes next, and ends it', async () => {
    const { folder, record } = standIn('grafana');
    const { target, port, data } = await preproc(folder);
    await eventually('the stand-in has started', () => existsSync(record));
    const words = readFileSync(record, 'utf8').trimEnd().split('\n');
    expect(words[0]).to.equal('server');
    expect(words).to.include.members([`cfg:default.paths.data=${data}`, `cfg:default.paths.logs=${data}/log`]);
    expect(words.slice(-2)).to.deep.equal(['127.0.0.1', `${port}`]);
    expect(existsSync(data)).to.be.true;
    expect(target.output).to.contain(`Open http://127.0.0.1:${port}/`).and.to.contain('Service accounts');
    expect(target.output).to.contain(`./monitor <token> --grafana-url http://127.0.0.1:${port}\n`);
    expect(target.left()).to.deep.equal(['make', 'grafana']);
    target.signal('SIGTERM');
    await target.ended();
    await target.gone();
  });

  it('starts a stand-in called grafana-server, as older packages have it, without the word server', async () => {
    const { folder, record } = standIn('grafana-server');
    await preproc(folder);
    await eventually('the stand-in has started', () => existsSync(record));
    expect(readFileSync(record, 'utf8').split('\n')).not.to.contain('server');
  });

  it('gives a Grafana from an archive its own folder as home, also through a link on the PATH', async () => {
    const home = temporaryFolder();
    const { folder, record } = standIn('grafana');
    for (const name of ['bin', 'conf']) mkdirSync(path.join(home, name));
    writeFileSync(path.join(home, 'conf/defaults.ini'), '');
    renameSync(path.join(folder, 'grafana'), path.join(home, 'bin/grafana'));
    symlinkSync(path.join(home, 'bin/grafana'), path.join(folder, 'grafana'));
    await preproc(folder);
    await eventually('the stand-in has started', () => existsSync(record));
    expect(readFileSync(record, 'utf8')).to.contain(`server\n--homepath\n${realpathSync(home)}\n`);
  });

  it('starts nothing where Grafana answers already, says what comes next, and succeeds', async () => {
    const { target, port } = await besides(JSON.stringify({ database: 'ok', version: '11.4.0' }));
    expect(await target.ended()).to.equal(0);
    expect(target.output)
      .to.contain(`Grafana answers at http://127.0.0.1:${port} already`)
      .and.to.contain('./monitor <token>');
  });

  it('fails where something else has the port', async () => {
    const { target, port } = await besides('<html>');
    expect(await target.ended()).to.equal(2);
    expect(target.output).to.contain(
      `Something else listens at 127.0.0.1:${port} already. It does not answer like Grafana.`,
    );
  });
});

/** `make monitor_preproc` where a server already answers with `body`; a stand-in is on the PATH. */
async function besides(body: string): Promise<{ target: MakeTarget; port: number }> {
  const server = createServer((_, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const target = new MakeTarget(
    'monitor_preproc',
    { LISTEN: `127.0.0.1:${port}` },
    { env: { PATH: standIn('grafana').folder } },
  );
  await target.ended();
  server.close();
  return { target, port };
}
