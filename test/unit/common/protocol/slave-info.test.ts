// What monitors are told of a slave: when two of them say the same, and that a page of the longest still fits a frame.
import { expect } from 'chai';
import { decodeFrame, encodeBatch, FRAME_HEADER_BYTES } from '../../../../src/common/protocol/framing.ts';
import { SLAVES_PER_MESSAGE_MAX, Tag, type Message } from '../../../../src/common/protocol/messages.ts';
import { isSameSlave, LABELS_MAX, type SlaveInfo } from '../../../../src/common/protocol/slave-info.ts';
import { slaveInfo } from '../../../support/slave-info.ts';

describe('a slave as monitors know it', () => {
  const slave = slaveInfo('a', { labels: { rack: '7', row: 'x' } });

  it('is the same as one that says the same, in whatever order', () => {
    expect(isSameSlave(slave, slaveInfo('a', { labels: { row: 'x', rack: '7' } }))).to.be.true;
  });

  const others: Partial<SlaveInfo>[] = [
    { instanceId: 'b' },
    { name: 'b' },
    { address: '10.0.0.2' },
    { metricsPort: 0 },
    { cores: 5 },
    { concurrency: 5 },
    { maxLoad: 1 },
    { labels: {} },
    { labels: { rack: '7' } },
    { labels: { rack: '7', row: 'y' } },
    { labels: { rack: '7', column: 'x' } },
    { labels: { rack: '7', row: 'x', more: '' } },
  ];
  for (const other of others) {
    it(`is another with ${JSON.stringify(other)}`, () => {
      expect(isSameSlave(slave, { ...slave, ...other })).to.be.false;
      expect(isSameSlave({ ...slave, ...other }, slave)).to.be.false;
    });
  }

  it('has room for everything that a slave may say: a page of the longest is one frame', () => {
    const long = (i: number, chars: number): string => `${i}`.padEnd(chars, '\u20ac');
    const labels = Object.fromEntries(Array.from({ length: LABELS_MAX }, (_, i) => [long(i, 64), long(i, 256)]));
    const text = (i: number, chars: number): string => `${i}`.padEnd(chars, 'x');
    const slaves = Array.from({ length: SLAVES_PER_MESSAGE_MAX }, (_, i) =>
      slaveInfo(text(i, 64), { name: text(i, 128), address: text(i, 45), labels, maxLoad: 1.5e11 }),
    );
    const page: Message = [Tag.Slaves, Number.MAX_SAFE_INTEGER, true, slaves];
    const { frames, tooLarge } = encodeBatch([page]);
    expect([frames.length, tooLarge.length]).to.deep.equal([1, 0]);
    expect(decodeFrame(frames[0]!.subarray(FRAME_HEADER_BYTES))).to.deep.equal([page]);
  });
});
