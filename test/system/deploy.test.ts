// deploy/ and the containers of the examples: the compose files as docker-compose reads them, and that what they mount, provision and refer
// to is there. No container is started, since no image registry is reachable where these tests run: but see test/docker/.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { readDockerTemplate } from '../../src/master/autoscale/docker-template.ts';
import { TemplateFields } from '../../src/master/autoscale/template-fields.ts';
import { ROOT } from '../support/node-process.ts';

const DEPLOY = path.join(ROOT, 'deploy');
const BOARD = 'grafana/dashboards/lanyard_overview.json';
const HAS_COMPOSE = spawnSync('docker-compose', ['version'], { stdio: 'ignore' }).status === 0;
const read = (file: string): string => readFileSync(path.join(DEPLOY, file), 'utf8');

interface Run {
  readonly status: number | null;
  readonly output: string;
}

function compose(args: readonly string[], password?: string): Run {
  const { GRAFANA_ADMIN_PASSWORD: _, ...rest } = process.env;
  const env = password === undefined ? rest : { ...rest, GRAFANA_ADMIN_PASSWORD: password };
  const run = spawnSync('docker-compose', ['-f', path.join(DEPLOY, 'compose.yml'), ...args], { env, encoding: 'utf8' });
  return { status: run.status, output: run.stdout + run.stderr };
}

describe('deploy/', () => {
  describe(`compose.yml${HAS_COMPOSE ? '' : ' (needs docker-compose on the PATH: Debian package docker-compose)'}`, () => {
    before(function () {
      if (!HAS_COMPOSE) this.skip();
    });

    it('is valid, and everything that it mounts from here is there', () => {
      const { status, output } = compose(['config'], 'secret');
      expect(status, output).to.equal(0);
      const mounted = Array.from(output.matchAll(/^\s*- (\/\S+?):(\/\S+?):ro$/gm), ([, from = '']) => from);
      expect(mounted.map((file) => path.relative(DEPLOY, file)).sort()).to.deep.equal([
        'grafana/dashboards',
        'grafana/provisioning',
        'prometheus.yml',
      ]);
      for (const file of mounted) expect(existsSync(file), file).to.be.true;
      for (const image of output.matchAll(/image: (\S+)/g)) expect(image[1]).to.match(/:v?\d+\.\d+\.\d+$/);
    });

    it('has no password of its own: without one it is refused, with what to do', () => {
      for (const password of [undefined, '']) {
        const { status, output } = compose(['config', '-q'], password);
        expect(status).not.to.equal(0);
        expect(output).to.contain('choose the password of admin in Grafana');
      }
    });

    it('keeps Prometheus on this machine and lets nobody in without a password', () => {
      const { output } = compose(['config'], 'secret');
      expect(output)
        .to.contain('--web.listen-address=127.0.0.1:9090')
        .and.to.match(/GF_AUTH_ANONYMOUS_ENABLED: .false./);
      expect(output.match(/network_mode: host/g)).to.have.length(2);
    });
  });

  it('has a configuration that Prometheus takes', function () {
    const { error, status } = spawnSync('promtool', ['check', 'config', path.join(DEPLOY, 'prometheus.yml')]);
    if (error !== undefined) this.skip();
    expect(status).to.equal(0);
  });

  it('provisions one data source, at the address at which compose.yml has Prometheus listen', () => {
    expect(readdirSync(path.join(DEPLOY, 'grafana/provisioning/datasources'))).to.deep.equal(['lanyard.yml']);
    const dataSource = read('grafana/provisioning/datasources/lanyard.yml');
    expect(dataSource)
      .to.match(/^ {4}uid: lanyard-prometheus$/m)
      .and.to.match(/^ {4}url: http:\/\/localhost:9090$/m);
  });

  it('provisions the boards of the folder that compose.yml mounts', () => {
    const [, inside = ''] = /^ {6}path: (\S+)$/m.exec(read('grafana/provisioning/dashboards/lanyard.yml')) ?? [];
    expect(read('compose.yml')).to.contain(`- ./${path.dirname(BOARD)}:${inside}:ro\n`);
    expect(readdirSync(path.join(DEPLOY, path.dirname(BOARD)))).to.deep.equal([path.basename(BOARD)]);
  });

  it('has a board that reads the provisioned data source and no other', () => {
    const uids = Array.from(read(BOARD).matchAll(/"datasource": \{[^}]*"uid": "([^"]+)"/g), ([, uid]) => uid);
    expect(new Set(uids)).to.deep.equal(new Set(['lanyard-prometheus']));
  });
});

describe('Dockerfiles and compose files of the examples', () => {
  for (const example of ['smart-grid', 'web-replicas']) {
    const folder = path.join(ROOT, 'examples', example);

    it(`${example}: the compose file is valid; what it mounts and builds is there`, function () {
      if (!HAS_COMPOSE) this.skip();
      const { status, stdout, stderr } = spawnSync(
        'docker-compose',
        ['-f', path.join(folder, 'compose.yml'), 'config'],
        {
          encoding: 'utf8',
          env: { ...process.env, BASE: 'another:1' },
        },
      );
      expect(status, stderr).to.equal(0);
      for (const [, file = ''] of stdout.matchAll(/^\s*- (\/\S+?):\/\S+?:ro$/gm))
        expect(existsSync(file), file).to.be.true;
      const dockerfiles = Array.from(stdout.matchAll(/dockerfile: (\S+)/g), ([, file = '']) => file);
      expect(dockerfiles).to.include('deploy/Dockerfile').and.to.include(`examples/${example}/Dockerfile`);
      expect(stdout.match(/BASE: another:1/g)).to.have.length(dockerfiles.length);
    });
  }

  for (const file of ['deploy/Dockerfile', 'examples/smart-grid/Dockerfile', 'examples/web-replicas/Dockerfile']) {
    it(`${file} begins with the base that it is given, and copies what is there`, () => {
      const text = readFileSync(path.join(ROOT, file), 'utf8');
      expect(text).to.match(/^ARG BASE=node:20-slim\nFROM \$\{BASE\}/m);
      const copied = Array.from(text.matchAll(/^COPY (.+) \S+$/gm), ([, names = '']) => names.split(' ')).flat();
      for (const name of copied) expect(existsSync(path.join(ROOT, name)), name).to.be.true;
    });
  }

  it('web-replicas: the template for containers is one that the master takes', () => {
    const fields = new TemplateFields(path.join(ROOT, 'examples/web-replicas/docker-template.json'));
    expect(readDockerTemplate(fields, 'web').image).to.equal('lanyard-web-replicas');
  });

  it('smart-grid: Prometheus takes its configuration', function () {
    const config = path.join(ROOT, 'examples/smart-grid/prometheus.yml');
    const { error, status } = spawnSync('promtool', ['check', 'config', config]);
    if (error !== undefined) this.skip();
    expect(status).to.equal(0);
  });
});
