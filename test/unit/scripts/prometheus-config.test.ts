// The configuration that `make monitoring` writes, when it is written and when it is left alone, and what the make targets read.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { addressText, localUrl } from '../../../scripts/address.mjs';
import { readAddress, readInterval } from '../../../scripts/make-variables.mjs';
import { configText, ownFolder, prometheusArguments, writeConfig } from '../../../scripts/prometheus.mjs';
import { ROOT } from '../../support/node-process.ts';

const MASTER = { master: 'localhost:4242', targets: 'http://localhost:4242/prometheus/targets' };

describe('the configuration of Prometheus', () => {
  it('has a folder for each target and each unusual port, unless the user chose one', () => {
    expect(ownFolder('monitoring', 9090)).to.equal('.');
    expect(ownFolder('monitoring', 9095)).to.equal('9095');
    expect(ownFolder('slave_preproc', 9090)).to.equal('slave_preproc');
    expect(ownFolder('slave_preproc', 9091)).to.equal(path.join('slave_preproc', '9091'));
    expect(ownFolder('monitoring', 9095, '/chosen')).to.equal('.');
  });

  it('has a job for the master and one for the slaves that it finds, in nine lines below a comment', () => {
    expect(configText(MASTER).split('\n')).to.deep.equal([
      'global:',
      '  scrape_interval: 5s',
      'scrape_configs:',
      '  - job_name: lanyard-master',
      '    static_configs:',
      "      - { targets: ['localhost:4242'], labels: { cluster: 'lanyard' } }",
      '  - job_name: lanyard-slaves',
      '    http_sd_configs:',
      "      - { url: 'http://localhost:4242/prometheus/targets', refresh_interval: 5s }",
      '',
    ]);
  });

  it('leaves the master out where only slaves are scraped', () => {
    const text = configText({ targets: 'http://127.0.0.1:9464/prometheus/targets?host=10.0.0.7' });
    expect(text).to.contain("url: 'http://127.0.0.1:9464/prometheus/targets?host=10.0.0.7'");
    expect(text).not.to.contain('lanyard-master');
  });

  it('asks and scrapes as often as it is told, and keeps every cluster name one value', () => {
    const text = configText({ ...MASTER, cluster: "it's {a: b} # c", intervalSeconds: 1 });
    expect(text).to.contain("labels: { cluster: 'it''s {a: b} # c' }");
    expect(text).to.contain('scrape_interval: 1s').and.to.contain('refresh_interval: 1s');
  });

  it('is the one that deploy/ ships, below its comment', () => {
    const [comment, ...lines] = readFileSync(path.join(ROOT, 'deploy/prometheus.yml'), 'utf8').split('\n');
    expect(comment).to.match(/^# /);
    expect(lines.join('\n')).to.equal(configText(MASTER));
  });

  it('bounds what is kept, by time and by size', () => {
    const args = prometheusArguments({ config: 'c', data: 'd', listen: '127.0.0.1:9090' });
    expect(args).to.include.members([
      '--config.file=c',
      '--storage.tsdb.path=d',
      '--web.listen-address=127.0.0.1:9090',
      '--storage.tsdb.retention.time=15d',
      '--storage.tsdb.retention.size=2GB',
    ]);
  });
});

describe('the file of the configuration', () => {
  let folder = '';
  let file = '';
  const read = (): string => readFileSync(file, 'utf8');

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'lanyard-config-'));
    file = path.join(folder, 'not there yet', 'prometheus.yml');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is written with its folder, and has ten lines', () => {
    expect(writeConfig(file, 'monitoring', configText(MASTER))).to.equal('written');
    expect(read()).to.match(/^# Written by make monitoring; .*\nglobal:\n/);
    expect(read().trimEnd().split('\n')).to.have.length(10);
    expect(read().endsWith(configText(MASTER))).to.be.true;
  });

  it('is written anew for another master while nobody has edited it', () => {
    writeConfig(file, 'monitoring', configText(MASTER));
    expect(writeConfig(file, 'monitoring', configText(MASTER))).to.equal('unchanged');
    const other = configText({ ...MASTER, master: '10.0.0.5:4242' });
    expect(writeConfig(file, 'monitoring', other)).to.equal('written');
    expect(read()).to.contain('10.0.0.5:4242');
  });

  const edits: Record<string, (text: string) => string> = {
    'a line was added at the end': (text) => `${text}  - job_name: mine\n`,
    'a number was changed': (text) => text.replace('5s', '7s'),
    'the comment was removed': (text) => text.slice(text.indexOf('\n') + 1),
    'the comment was changed': (text) => text.replace('; ', '; do not touch; ').replace(/[0-9a-f]{16}/, '0'.repeat(16)),
    'everything was removed': () => '',
  };
  for (const [what, edit] of Object.entries(edits)) {
    it(`stays as it is when ${what}`, () => {
      writeConfig(file, 'monitoring', configText(MASTER));
      const edited = edit(read());
      writeFileSync(file, edited);
      expect(writeConfig(file, 'monitoring', configText({ ...MASTER, cluster: 'b' }))).to.equal('edited');
      expect(writeConfig(file, 'monitoring', configText(MASTER))).to.equal('edited');
      expect(read()).to.equal(edited);
    });
  }
});

describe('variables of make', () => {
  it('are addresses with names, IPv4 and IPv6, with a port or the default one', () => {
    expect(readAddress('MASTER', 'big-box.local', 4242)).to.deep.equal({ host: 'big-box.local', port: 4242 });
    expect(readAddress('MASTER', '10.0.0.5:80', 4242)).to.deep.equal({ host: '10.0.0.5', port: 80 });
    expect(readAddress('LISTEN', '[::1]:9090')).to.deep.equal({ host: '::1', port: 9090 });
    expect(addressText({ host: '::1', port: 9090 })).to.equal('[::1]:9090');
    expect(localUrl({ host: '::1', port: 9090 })).to.equal('http://[::1]:9090');
    expect(localUrl({ host: '0.0.0.0', port: 9090 })).to.equal('http://localhost:9090');
  });

  for (const text of [
    'http://10.0.0.5:4242',
    '10.0.0.5:',
    '10.0.0.5:0',
    '10.0.0.5:65536',
    ':4242',
    '',
    "a'b:1",
    'a b:1',
  ]) {
    it(`are refused by name when they are no address: ${text || 'nothing'}`, () => {
      expect(() => readAddress('MASTER', text, 4242)).to.throw(/^MASTER is host:port, such as /);
    });
  }

  it('must have a port where there is no default', () => {
    expect(() => readAddress('LISTEN', '127.0.0.1')).to.throw(
      'LISTEN is host:port, such as 127.0.0.1:9090; it was 127.0.0.1',
    );
  });

  it('say intervals in whole seconds', () => {
    expect(readInterval(undefined)).to.equal(5);
    expect(readInterval('')).to.equal(5);
    expect(readInterval('1s')).to.equal(1);
    for (const bad of ['0s', '5', '500ms', '-1s', '1.5s', '99999s']) {
      expect(() => readInterval(bad), bad).to.throw('INTERVAL is a number of seconds');
    }
  });
});
