import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { readProcessTemplate } from '../../../../src/master/autoscale/process-provider.ts';
import { TemplateFields } from '../../../../src/master/autoscale/template-fields.ts';
import { checkPort, slaveArguments } from '../../../../src/master/autoscale/template.ts';

describe('a template', () => {
  let folder: string;
  let file: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'lanyard-template-'));
    file = path.join(folder, 'web.json');
  });

  after(() => rmSync(folder, { recursive: true }));

  const read = (content: unknown, group = 'web') => {
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return readProcessTemplate(new TemplateFields(file), group);
  };

  it('says what the slave of a service is started with', () => {
    const template = read({
      ...{ command: 'node server.mjs --port {port}', maxConnections: 10, healthPath: '/ok' },
      ...{ loadFrom: 'http://127.0.0.1:0/metrics#open', slaveOptions: ['--concurrency', '1'], environment: { A: 'b' } },
    });
    expect(slaveArguments(template, 'web')).to.deep.equal([
      ...['--serve', 'web=http://127.0.0.1:0', '--service-command', 'node server.mjs --port {port}'],
      ...['--max-connections', 'web=10', '--health-path', 'web=/ok'],
      ...['--load-from', 'web=http://127.0.0.1:0/metrics#open', '--concurrency', '1'],
    ]);
    expect(template).to.deep.include({ environment: { A: 'b' }, workingDirectory: folder });
  });

  it('may be empty for slaves that run tasks', () => {
    expect(slaveArguments(read({}, 'compute'), 'compute')).to.deep.equal([]);
  });

  const mistakes: readonly [what: string, content: unknown, sentence: string, group?: string][] = [
    ['no JSON', '{', 'expected a file with a JSON object'],
    ['a list', [], 'expected a JSON object such as {"command": "node server.mjs"}, got []'],
    ['no command', {}, 'command: expected the command that starts the service web, got nothing'],
    [
      'a field of another name',
      { command: 'x', cmd: 'y' },
      ': cmd: not a field of a template; its fields are service, command, maxConnections',
    ],
    [
      'a field that is written wrong, before the one that is missing',
      { comand: 'y' },
      ': comand: not a field of a template; did you mean command?',
    ],
    [
      'small letters',
      { command: 'x', healthpath: '/' },
      'healthpath: not a field of a template; did you mean healthPath?',
    ],
    [
      'a number as text',
      { command: 'x', maxConnections: '10' },
      'maxConnections: expected an integer from 1 to 10000, got "10"',
    ],
    [
      'half a connection',
      { command: 'x', maxConnections: 1.5 },
      'maxConnections: expected an integer from 1 to 10000, got 1.5',
    ],
    [
      'another protocol',
      { command: 'x', service: 'https://127.0.0.1:0' },
      'service: expected a URL such as http://127.0.0.1:0',
    ],
    ['no path', { command: 'x', healthPath: 'ok' }, 'healthPath: expected a path such as /health, got "ok"'],
    ['a path with a blank', { command: 'x', healthPath: '/a b' }, 'healthPath: expected a path such as /health, got'],
    [
      'more connections than ./slave takes',
      { command: 'x', maxConnections: 10_001 },
      'maxConnections: expected an integer from 1 to 10000, got 10001',
    ],
    [
      'a page without a metric',
      { command: 'x', loadFrom: '/metrics' },
      'loadFrom: expected a URL and a metric of that page',
    ],
    ['a blank in the URL', { command: 'x', service: 'http://127.0.0.1:0/a b' }, 'service: expected a URL such as'],
    ['a question in the URL', { command: 'x', service: 'http://127.0.0.1:0/?' }, 'service: expected a URL such as'],
    [
      'options in one text',
      { command: 'x', slaveOptions: '--nice 5' },
      'slaveOptions: expected a list of at most 100 texts, got "--nice 5"',
    ],
    [
      'an option of the master',
      { command: 'x', slaveOptions: ['--label=a=b'] },
      'slaveOptions: expected options that neither the master nor other fields give, got "--label=a=b"',
    ],
    ['a number in the environment', { command: 'x', environment: { A: 1 } }, 'environment.A: expected a text, got 1'],
    ['an odd name in the environment', { command: 'x', environment: { 'A=': 'b' } }, 'environment: expected names'],
    [
      'no such folder',
      { command: 'x', workingDirectory: 'nowhere' },
      'workingDirectory: expected a folder that exists',
    ],
    ['a service of tasks', { command: 'x' }, 'command: expected nothing: replicas of compute run tasks', 'compute'],
  ];

  for (const [what, content, sentence, group] of mistakes) {
    it(`with ${what} is an error that says so`, () => {
      expect(() => read(content, group))
        .to.throw(`--template ${file}: `)
        .with.property('code', 'BAD_OPTION');
      expect(() => read(content, group)).to.throw(sentence);
    });
  }

  it('with one port for several replicas that start their service is an error that says so', () => {
    const check = (service: string, max: number, command: string | undefined = 'x') => {
      const template = read({ service, command });
      checkPort(new TemplateFields(file), template, { group: 'web', max });
    };
    expect(() => check('http://127.0.0.1:8080', 2)).to.throw(
      'service: expected port 0, for a free one (up to 2 replicas of web on one network cannot all listen at the same), got "http://127.0.0.1:8080"',
    );
    check('http://127.0.0.1:8080', 1);
    check('http://127.0.0.1:0', 2);
    const shared = { ...read({ command: 'x' }), service: 'http://127.0.0.1:8080', command: undefined };
    checkPort(new TemplateFields(file), shared, { group: 'web', max: 2 });
  });

  it('that is not there is an error that says so', () => {
    expect(() => new TemplateFields(path.join(folder, 'none.json'))).to.throw(
      'expected a file with a JSON object; ENOENT',
    );
  });
});
