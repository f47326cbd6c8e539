// What is known of this machine, from the first moment on.
import { expect } from 'chai';
import { createLog } from '../../../src/common/log.ts';
import { ManualClock } from '../../../src/common/time/manual-clock.ts';
import { HostSampler } from '../../../src/slave/load/host-sampler.ts';
import { eventually } from '../../support/wait.ts';

describe('a host sampler', () => {
  const values = ({ cpuRatio, memoryRatio, memoryBytes, memoryUsedBytes }: HostSampler) => {
    expect(cpuRatio).to.be.within(0, 1);
    expect(memoryUsedBytes).to.be.within(1, memoryBytes);
    expect(memoryRatio).to.equal(memoryUsedBytes / memoryBytes);
    return { cpuRatio, memoryUsedBytes };
  };

  it('knows the memory before it has sampled anything', () => {
    expect(values(new HostSampler(new ManualClock(), createLog('test', 'silent'))).cpuRatio).to.equal(0);
  });

  it('has another look every second', async () => {
    const clock = new ManualClock();
    const host = new HostSampler(clock, createLog('test', 'silent'));
    await eventually('the first sample', () => values(host).cpuRatio > 0);
    const first = values(host).memoryUsedBytes;
    const kept: Buffer[] = [];
    await eventually('another value', () => {
      kept.push(Buffer.alloc(4 * 1024 ** 2, 1));
      clock.advance(1000);
      return values(host).memoryUsedBytes !== first;
    });
  });
});
