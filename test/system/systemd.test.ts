// deploy/systemd: units that systemd takes, that leave a service few rights, and whose commands exist. Under a real systemd they run in
// test/lan/systemd-units.test.ts.
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { parseDuration } from '../../src/common/config/duration.ts';
import { ROOT } from '../support/node-process.ts';

const FOLDER = path.join(ROOT, 'deploy/systemd');
const UNITS = readdirSync(FOLDER);
/** `systemd-analyze security` gives 0 (no rights) to 10 (all of them), here times 10. */
const EXPOSURE_MAX = '20';
const HAS_ANALYZE = spawnSync('systemd-analyze', ['--version'], { stdio: 'ignore' }).status === 0;

const read = (unit: string): string => readFileSync(path.join(FOLDER, unit), 'utf8');
const valueOf = (unit: string, key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(read(unit))?.[1] ?? '';

describe('deploy/systemd', () => {
  it('has a unit for each kind of node', () => {
    expect(UNITS).to.have.members(['master', 'slave', 'monitor'].map((node) => `lanyard-${node}.service`));
  });

  for (const unit of UNITS) {
    const node = /^lanyard-(\w+)\.service$/.exec(unit)?.[1] ?? '';
    let help: string;
    before(() => {
      help = spawnSync(process.execPath, [path.join(ROOT, 'bin/lanyard'), node, '--help'], { encoding: 'utf8' }).stdout;
    });

    it(`${unit} runs a command with options that exist`, () => {
      const [program, command = '', ...args] = valueOf(unit, 'ExecStart').split(' ');
      expect([program, command]).to.deep.equal(['lanyard', node]);
      for (const arg of args.filter((text) => text.startsWith('--'))) expect(help).to.contain(`${arg} <`);
      const mentioned = Array.from(read(unit).matchAll(/LANYARD_([A-Z_]+)/g), ([, name = '']) => name);
      for (const name of mentioned.filter((text) => text !== ''))
        expect(help).to.contain(`--${name.toLowerCase().replaceAll('_', '-')} <`);
      expect(valueOf(unit, 'EnvironmentFile')).to.equal(`-/etc/lanyard/${node}.env`);
    });

    it(`${unit} is given longer to stop than its tasks are given to end`, () => {
      const [, drain = '0'] = /--drain-timeout[^]*?default: "?(\w+)/.exec(help) ?? [];
      expect(parseDuration(valueOf(unit, 'TimeoutStopSec'))).to.be.above(parseDuration(drain) ?? Infinity);
    });
  }

  describe(`as systemd reads it${HAS_ANALYZE ? '' : ' (needs systemd-analyze on the PATH: Debian package systemd)'}`, () => {
    let folder = '';
    before(function () {
      if (!HAS_ANALYZE) this.skip();
      folder = mkdtempSync(path.join(tmpdir(), 'lanyard-units-'));
      // What is installed elsewhere as `lanyard` is here.
      const start = `ExecStart=${path.join(ROOT, 'bin/lanyard')}`;
      for (const unit of UNITS) writeFileSync(path.join(folder, unit), read(unit).replace('ExecStart=lanyard', start));
    });
    after(() => {
      if (folder !== '') rmSync(folder, { recursive: true, force: true });
    });

    const analyze = (...args: readonly string[]): SpawnSyncReturns<string> =>
      spawnSync('systemd-analyze', ['--no-pager', ...args], { encoding: 'utf8' });

    it('is valid', () => {
      const { status, stdout, stderr } = analyze('verify', ...UNITS.map((unit) => path.join(folder, unit)));
      expect([status, stdout + stderr]).to.deep.equal([0, '']);
    });

    for (const unit of UNITS) {
      it(`${unit} leaves it few rights`, () => {
        const { status, stdout } = analyze(
          'security',
          '--offline=true',
          `--threshold=${EXPOSURE_MAX}`,
          path.join(folder, unit),
        );
        expect(status, stdout).to.equal(0);
      });
    }
  });
});
