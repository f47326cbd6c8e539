// A service as a child: commands that are not there, end at once, will not end, or leave children behind.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { Log } from '../../../../src/common/log.ts';
import { systemClock } from '../../../../src/common/time/clock.ts';
import { ServiceProcess } from '../../../../src/slave/services/service-process.ts';
import { processesOf } from '../../../support/process-group.ts';
import { eventually } from '../../../support/wait.ts';

interface Line {
  readonly msg: string;
  readonly text?: string;
  readonly pid?: number;
}

describe('a service that the slave runs', () => {
  let lines: Line[];
  let ended: string[];
  let folder: string;
  const running = new Set<ServiceProcess>();

  beforeEach(() => {
    [lines, ended] = [[], []];
    folder = mkdtempSync(path.join(tmpdir(), 'lanyard-service-'));
  });
  afterEach(async () => {
    for (const service of running) await service.end(0);
    running.clear();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(command: string, port = 5000): ServiceProcess {
    const note = (fields: object, msg: string): void => void lines.push({ ...fields, msg });
    const log = { info: note, warn: note } as unknown as Log;
    const parts = { clock: systemClock, log, onEnded: (reason: string) => ended.push(reason) };
    const service = new ServiceProcess({ name: 'web', command, port }, parts);
    running.add(service);
    return service;
  }

  const said = (): string[] => lines.filter(({ msg }) => msg === 'service says').map(({ text = '' }) => text);
  const says = (text: string): Promise<unknown> => eventually(`it says ${text}`, () => said().includes(text));
  const group = (): ReturnType<typeof processesOf> =>
    processesOf(lines.find(({ pid }) => pid !== undefined)?.pid ?? -1);
  const end = async (): Promise<string[]> => {
    await eventually('it has ended', () => ended.length > 0);
    return ended;
  };

  it('finds its port in PORT and in its command, and has no input', async () => {
    start('echo "$PORT {port} {port} $(cat | wc -c)"; sleep 60', 5017);
    await says('5017 5017 5017 0');
    expect(lines[0]).to.include({ msg: 'service is started', port: 5017 });
  });

  it('may print on both of its outputs', async () => {
    start('echo out; echo err >&2; printf unfinished');
    expect(await end()).to.deep.equal(['exit code 0']);
    await eventually('all is there', () => said().length === 3);
    expect(said().sort()).to.deep.equal(['err', 'out', 'unfinished']);
  });

  for (const [what, command, reason] of [
    ['is not there', 'no-such-command --port {port}', 'exit code 127'],
    ['may not be run', '/etc/passwd', 'exit code 126'],
    ['is no command', 'if then (', 'exit code 2'],
    ['ends at once', 'exit 3', 'exit code 3'],
    ['is killed', 'kill -KILL $$', 'exit code 137, which stands for signal 9'],
  ] as const)
    it(`says how it ended when its command ${what}`, async () => {
      start(command);
      expect(await end()).to.deep.equal([reason]);
    });

  it('leaves nobody behind when it ends by itself', async function () {
    this.timeout(10_000);
    start('sleep 600 & sh -c "trap : TERM; while :; do sleep 600; done" & echo up; exit 4');
    expect(await end()).to.deep.equal(['exit code 4']);
    await eventually('its group is empty', () => group().length === 0);
  });

  it('is asked to end with SIGTERM, with all its children, and that is no end by itself', async () => {
    const service = start(`sleep 600 & trap 'echo ending > ${folder}/note; exit 0' TERM; echo up; wait`);
    await says('up');
    await service.end(5000);
    await eventually('its group is empty', () => group().length === 0);
    expect(readFileSync(`${folder}/note`, 'utf8')).to.equal('ending\n');
    expect(ended).to.deep.equal([]);
  });

  it('is killed when it ignores SIGTERM, with children that ignore it too', async function () {
    this.timeout(10_000);
    const service = start('trap "" TERM; sh -c "while :; do sleep 1; done" & echo up; while :; do sleep 1; done');
    await says('up');
    expect(group().length).to.be.above(2);
    const beginMs = performance.now();
    await service.end(100);
    expect(performance.now() - beginMs).to.be.above(90);
    await eventually('its group is empty', () => group().length === 0);
  });

  it('may print megabytes: it is not held up, and the log stays short', async () => {
    start(`yes "$(printf %2000d 0)" | head -c 20000000; touch ${folder}/done; sleep 600`);
    await eventually('it is through', () => existsSync(`${folder}/done`), 10_000);
    await eventually('it is said how much was left out', () => lines.some(({ msg }) => msg.includes('left out')));
    expect(said().length).to.be.below(500);
    expect(Math.max(...said().map(({ length }) => length))).to.equal(1000);
  });

  it('cannot break the log with what it prints', async () => {
    start(String.raw`printf '\033[31mred\r\n\377\n\0\n'; sleep 600`);
    await eventually('three lines', () => said().length === 3);
    expect(said()).to.deep.equal(['?[31mred', '\ufffd', '?']);
  });
});
