// `make monitoring`: a Prometheus from one command, nothing left of it after the end, and plain words when it cannot be.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { expect } from 'chai';
import { getJson, request } from '../support/http.ts';
import { endTargets, folderOf, MakeTarget, temporaryFolder } from '../support/make-target.ts';
import { freeTcpPort } from '../support/ports.ts';
import { whyNoPrometheus, type Target } from '../support/prometheus.ts';
import { eventually } from '../support/wait.ts';

const GROUPS = [{ targets: ['127.0.0.1:9'], labels: { cluster: 'lanyard', slave: 's1' } }];

interface Monitoring extends MakeTarget {
  readonly url: string;
  readonly file: string;
}

let master: Server;
/** What the stand-in for a master answers at /prometheus/targets. */
let answer: { status: number; body: unknown };
let masterAddress = '';

/** `make monitoring` with a folder and a port of its own. */
async function monitoring(
  variables: Record<string, string> = {},
  env: Record<string, string> = {},
): Promise<Monitoring> {
  const { MONITORING_DIR = temporaryFolder(), LISTEN = `127.0.0.1:${await freeTcpPort()}`, ...rest } = variables;
  const target = new MakeTarget('monitoring', { MONITORING_DIR, LISTEN, MASTER: masterAddress, ...rest }, { env });
  return Object.assign(target, { url: `http://${LISTEN}`, file: path.join(MONITORING_DIR, 'prometheus.yml') });
}

async function isReady({ url }: Monitoring): Promise<boolean> {
  return request(`${url}/-/ready`).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** Of the targets that it scrapes. */
async function jobs({ url }: Monitoring): Promise<string[]> {
  const { data } = await getJson<{ data: { activeTargets: Target[] } }>(`${url}/api/v1/targets`);
  return data.activeTargets.map(({ labels }) => labels['job']!);
}

async function serving(variables?: Record<string, string>): Promise<Monitoring> {
  const target = await monitoring(variables);
  await target.says(`Open ${target.url}/targets`);
  await eventually(`Prometheus answers\n${target.output}`, () => isReady(target), 15_000);
  return target;
}

const WHY_NOT = whyNoPrometheus();

describe(`make monitoring${WHY_NOT === undefined ? '' : ` (${WHY_NOT})`}`, () => {
  before(async function () {
    if (WHY_NOT !== undefined) this.skip();
    master = createServer((_, response) => {
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    });
    await new Promise<void>((resolve) => master.listen(0, '127.0.0.1', resolve));
    masterAddress = `127.0.0.1:${(master.address() as { port: number }).port}`;
  });
  beforeEach(() => (answer = { status: 200, body: GROUPS }));
  afterEach(endTargets);
  after(() => {
    if (WHY_NOT === undefined) master.close();
  });

  it('serves, says the URL to open, and SIGTERM to make ends make, the script and Prometheus', async () => {
    const target = await serving();
    expect(Object.keys(target.pids)).to.deep.equal(['prometheus']);
    await eventually('it has found the master and the slave', async () => (await jobs(target)).length === 2, 15_000);
    expect((await jobs(target)).sort()).to.deep.equal(['lanyard-master', 'lanyard-slaves']);
    expect(spawnSync('promtool', ['check', 'config', target.file]).status).to.equal(0);
    expect(readFileSync(target.file, 'utf8').trimEnd().split('\n')).to.have.length(10);
    target.signal('SIGTERM');
    await target.ended();
    await target.gone();
    expect(target.output).not.to.contain('Nobody answers').and.not.to.contain('Killed');
  });

  it('ends as a whole on Ctrl-C too, with what it has written kept for the next time', async () => {
    const MONITORING_DIR = temporaryFolder();
    const target = await serving({ MONITORING_DIR });
    target.signal('SIGINT', true);
    await target.ended();
    await target.gone();
    expect(existsSync(path.join(MONITORING_DIR, 'data'))).to.be.true;
  });

  it('fails and says so when Prometheus dies', async () => {
    const target = await serving();
    process.kill(target.pids['prometheus']!, 'SIGKILL');
    expect(await target.ended()).to.equal(2);
    expect(target.output).to.contain('prometheus ended by SIGKILL.').and.to.contain('Error 1');
    await target.gone();
  });

  it('writes the variables of make into the configuration', async () => {
    const targets = `http://${masterAddress}/from/the/monitor`;
    const target = await serving({ CLUSTER: 'lanyard', INTERVAL: '1s', TARGETS: targets });
    const { data } = await getJson<{ data: { yaml: string } }>(`${target.url}/api/v1/status/config`);
    expect(data.yaml).to.contain(targets).and.to.contain('scrape_interval: 1s').and.to.contain(`- ${masterAddress}\n`);
  });

  it('uses an edited configuration as it is, and says so', async () => {
    const MONITORING_DIR = temporaryFolder();
    const first = await serving({ MONITORING_DIR });
    first.signal('SIGTERM');
    await first.ended();
    writeFileSync(first.file, readFileSync(first.file, 'utf8').replace('scrape_interval: 5s', 'scrape_interval: 7s'));
    const second = await serving({ MONITORING_DIR, CLUSTER: 'other' });
    expect(second.output).to.contain('was edited and is used as it is');
    const { data } = await getJson<{ data: { yaml: string } }>(`${second.url}/api/v1/status/config`);
    expect(data.yaml).to.contain('scrape_interval: 7s').and.not.to.contain('other');
  });

  it('fails with what Prometheus objects to in an edited configuration', async () => {
    const MONITORING_DIR = temporaryFolder();
    writeFileSync(path.join(MONITORING_DIR, 'prometheus.yml'), 'scrape_configs: nonsense\n');
    const target = await monitoring({ MONITORING_DIR });
    expect(await target.ended()).to.equal(2);
    expect(target.output)
      .to.contain('was edited')
      .and.to.contain('cannot unmarshal')
      .and.to.contain('exited with code 2');
  });

  it('says in two lines how to get Prometheus where there is none, and writes the configuration all the same', async () => {
    const target = await monitoring({}, { PATH: folderOf('node', 'npm', 'sh') });
    expect(await target.ended()).to.equal(2);
    const lines = target.output.split('\n').filter((line) => line !== '' && !line.startsWith('npm warn'));
    expect(lines).to.have.length(3);
    expect(lines[0]).to.contain('apt install prometheus').and.to.contain('https://prometheus.io/download/');
    expect(lines[1]).to.contain(target.file);
    expect(lines[2]).to.match(/^make: .*Error 1$/);
    expect(spawnSync('promtool', ['check', 'config', target.file]).status).to.equal(0);
  });

  it('says so when its port is in use, and starts nothing', async () => {
    const target = await monitoring({ LISTEN: masterAddress });
    expect(await target.ended()).to.equal(2);
    expect(target.output).to.contain(`Something else listens at ${masterAddress} already.`);
    expect(target.output).to.contain('make monitoring LISTEN=127.0.0.1:').and.not.to.contain('Open');
    expect(target.pids).to.deep.equal({});
  });

  it('says so when LISTEN is no address of this machine', async () => {
    const target = await monitoring({ LISTEN: '192.0.2.1:9090' });
    expect(await target.ended()).to.equal(2);
    expect(target.output).to.contain('Nothing can listen at 192.0.2.1:9090 (EADDRNOTAVAIL)');
  });

  it('warns and goes on when no master answers', async () => {
    const nobody = `127.0.0.1:${await freeTcpPort()}`;
    const target = await serving({ MASTER: nobody });
    await target.says(
      `Nobody answers at http://${nobody}/prometheus/targets (ECONNREFUSED); Prometheus goes on asking.`,
    );
    await target.says('make monitoring MASTER=host:port');
    expect(target.left()).to.deep.equal(['make', 'prometheus']);
  });

  it('warns with the words of a master that refuses', async () => {
    answer = { status: 403, body: { detail: 'allow the name with --http-allowed-host' } };
    const target = await serving();
    await target.says('answered 403, so no slave is found');
    await target.says('--http-allowed-host');
  });

  it('warns when the slaves are of another cluster than the label says, and when the answer is no list', async () => {
    answer.body = [{ targets: ['127.0.0.1:9'], labels: { cluster: 'blue', slave: 's1' } }];
    const target = await serving();
    await target.says('make monitoring CLUSTER=blue');
    answer.body = { slaves: [] };
    await (await serving()).says('answered something else than a list of slaves');
  });

  for (const [variable, value] of Object.entries({
    MASTER: 'http://10.0.0.5',
    LISTEN: '9090',
    TARGETS: 'x',
    INTERVAL: '5',
  })) {
    it(`refuses ${variable}=${value} by name`, async () => {
      const target = await monitoring({ [variable]: value });
      expect(await target.ended()).to.equal(2);
      expect(target.output)
        .to.match(new RegExp(`^${variable} is .*; it was ${value}$`, 'm'))
        .and.to.contain('Error 2');
      expect(existsSync(target.file)).to.be.false;
    });
  }
});
