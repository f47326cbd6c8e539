// Where the CPU load comes from, and what happens when it cannot be read.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { BadValue } from '../../../src/common/config/values.ts';
import { LanyardError } from '../../../src/common/errors.ts';
import { cpuMeter, cpuSource } from '../../../src/slave/load/cpu-source.ts';
import type { HostSampler } from '../../../src/slave/load/host-sampler.ts';

const host = (cpuRatio: number): HostSampler => ({ cpuRatio, memoryRatio: 0.5 }) as unknown as HostSampler;

describe('a CPU source', () => {
  let folder: string;
  let file: string;
  let problems: unknown[];
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'lanyard-'));
    file = path.join(folder, 'load');
  });
  beforeEach(() => {
    problems = [];
  });
  after(() => rmSync(folder, { recursive: true }));

  const meter = (text: string, sampler = host(0.75)): (() => number) =>
    cpuMeter(cpuSource(text), sampler, (problem) => problems.push(problem));

  it('is one of three', () => {
    expect(cpuSource('loadavg')).to.deep.equal({ kind: 'loadavg' });
    expect(cpuSource('systeminformation')).to.deep.equal({ kind: 'systeminformation' });
    expect(cpuSource('file:/a:b')).to.deep.equal({ kind: 'file', path: '/a:b' });
    for (const text of ['', 'file', 'file:', 'top', 'LOADAVG'])
      expect(() => cpuSource(text), text).to.throw(BadValue, 'file:<path>');
  });

  it('loadavg is the one-minute load average per core', () => {
    expect(meter('loadavg')()).to.be.closeTo(Math.max(0.01, loadavg()[0]! / cpus().length), 0.2);
  });

  it('systeminformation is the share of time that was not idle', () => {
    expect(meter('systeminformation')()).to.equal(0.75);
  });

  it('file: is the number in a file, read anew each time', () => {
    writeFileSync(file, ' 1.5\n');
    const read = meter(`file:${file}`);
    expect(read()).to.equal(1.5);
    writeFileSync(file, '0.25');
    expect(read()).to.equal(0.25);
  });

  it('is never below 0.01', () => {
    writeFileSync(file, '0');
    expect(meter(`file:${file}`)()).to.equal(0.01);
    expect(meter('systeminformation', host(0))()).to.equal(0.01);
    expect(meter('loadavg')()).to.be.at.least(0.01);
  });

  it('file: that cannot be read at the start is an error that names it', () => {
    expect(() => meter('file:/nonexistent')).to.throw(LanyardError, '--cpu-source file:/nonexistent: cannot read it');
    for (const text of ['', 'much', '-1', 'NaN', '1 2', '1e306', 'Infinity']) {
      writeFileSync(file, text);
      expect(() => meter(`file:${file}`), text).to.throw(LanyardError, 'expected one number from 0 to 1000000');
    }
  });

  it('file: that cannot be read later keeps its last number and says why', () => {
    writeFileSync(file, '0.5');
    const read = meter(`file:${file}`);
    writeFileSync(file, '');
    expect(read()).to.equal(0.5);
    expect(problems).to.have.length(1);
    writeFileSync(file, '0.7');
    expect(read()).to.equal(0.7);
  });
});
