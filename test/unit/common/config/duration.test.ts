// Durations as people write them.
import { expect } from 'chai';
import fc from 'fast-check';
import { parseDuration } from '../../../../src/common/config/duration.ts';

describe('a duration', () => {
  for (const [text, ms] of [
    ['0', 0],
    ['0ms', 0],
    ['500ms', 500],
    ['2s', 2000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1.5s', 1500],
    ['0.5ms', 0.5],
    ['007s', 7000],
    ['2147483647ms', 2 ** 31 - 1],
  ] as const) {
    it(`${text} is ${ms} ms`, () => expect(parseDuration(text)).to.equal(ms));
  }

  for (const text of [
    '',
    '5',
    '-1s',
    '+1s',
    '1 s',
    ' 1s',
    '1s ',
    '1S',
    's',
    '1e3ms',
    '1..5s',
    '1.s',
    '.5s',
    '1d',
    '1s1s',
    '2147483648ms',
    '597h',
    '99999999999s',
    '1٣s',
    '1s\n',
    'Infinitys',
  ]) {
    it(`${JSON.stringify(text)} is none`, () => expect(parseDuration(text)).to.equal(undefined));
  }

  it('is never negative, infinite, or longer than a timer can wait', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{0,12}\.?\d{0,4}(ms|s|m|h|d)?$/)), (text) => {
        const ms = parseDuration(text);
        if (ms !== undefined) expect(ms).to.be.within(0, 2 ** 31 - 1);
      }),
      { numRuns: 1000 },
    );
  });
});
