import { expect } from 'chai';
import { psRow } from '../../../../src/master/autoscale/process-table.ts';

describe('a line of ps', () => {
  it('is a process with its group and arguments', () => {
    expect(psRow('  412   400 Ss   node bin/slave --cluster a')).to.deep.equal({
      ...{ pid: 412, group: 400, args: ['node', 'bin/slave', '--cluster', 'a'] },
    });
  });

  it('of a process that is over, or of none, is nothing', () => {
    for (const line of ['', 'PID PGID STAT ARGS', ' 412 400 Z+ (node)']) expect(psRow(line)).to.equal(undefined);
  });
});
