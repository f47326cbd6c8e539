// What a template may say of a container, and what is said of a mistake.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { readDockerTemplate, type DockerTemplate } from '../../../../src/master/autoscale/docker-template.ts';
import { TemplateFields } from '../../../../src/master/autoscale/template-fields.ts';

describe('A template for Docker', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-template-'));
  const file = path.join(folder, 'web.json');
  after(() => rmSync(folder, { recursive: true }));

  const read = (fields: object): DockerTemplate => {
    writeFileSync(file, JSON.stringify({ command: 'node server.mjs', ...fields }));
    return readDockerTemplate(new TemplateFields(file), 'web');
  };

  it('needs an image, and has half a processor, 256 MiB and the network of the host when nothing is said', () => {
    expect(read({ image: 'web:1' })).to.include({
      image: 'web:1',
      memoryBytes: 256 * 1024 ** 2,
      cpus: 0.5,
      network: 'host',
      command: 'node server.mjs',
    });
  });

  it('may say all of it', () => {
    const fields = {
      image: 'registry.example:5000/web/app:1.2',
      entrypoint: ['node', '/slave.mjs'],
      cpus: 2,
      network: 'none',
    };
    const given = read({ ...fields, memory: '1GB', labels: { team: 'web' }, environment: { DELAY_MS: '5' } });
    expect(given).to.deep.include({ ...fields, memoryBytes: 1024 ** 3, labels: { team: 'web' } });
    expect(given.environment).to.deep.equal({ DELAY_MS: '5' });
  });

  const mistakes: readonly (readonly [what: string, fields: object, said: RegExp])[] = [
    ['no image', {}, /image: expected the name of an image, such as web-replicas:1, got nothing/],
    ['an image that is an option', { image: '--privileged' }, /image: expected the name/],
    ['an image with a blank', { image: 'a b' }, /image: expected the name/],
    ['too little memory', { image: 'a', memory: '1MB' }, /memory: expected a size from 6MB to 1024GB.*, got "1MB"/],
    ['memory without unit', { image: 'a', memory: '512' }, /memory: expected a size from 6MB/],
    ['memory as a number', { image: 'a', memory: 512 }, /memory: expected a text, got 512/],
    ['negative cpus', { image: 'a', cpus: -1 }, /cpus: expected a number from 0 to 1024, got -1/],
    ['cpus as a text', { image: 'a', cpus: '2' }, /cpus: expected a number/],
    ['another network', { image: 'a', network: 'bridge' }, /network: expected host or none, got "bridge"/],
    ["a label of Lanyard's", { image: 'a', labels: { 'lanyard.group': 'x' } }, /labels: .*"lanyard.group"/],
    ['an entrypoint that is a text', { image: 'a', entrypoint: 'node' }, /entrypoint: expected a list/],
    [
      'what there is not',
      { image: 'a', privileged: true },
      /: privileged: not a field of a template; its fields are .*, image, /,
    ],
  ];
  for (const [what, fields, said] of mistakes) {
    it(`is refused for ${what}`, () => {
      expect(() => read(fields)).to.throw(said);
      expect(() => read(fields))
        .to.throw(file)
        .with.property('code', 'BAD_OPTION');
    });
  }
});
