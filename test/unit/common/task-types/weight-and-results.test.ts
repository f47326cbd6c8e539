// How heavy a task is, and how its value looks as text and as JSON.
import { expect } from 'chai';
import fc from 'fast-check';
import { resultAsJson, resultAsText } from '../../../../src/common/task-types/results.ts';
import { weightOf } from '../../../../src/common/task-types/weight.ts';

describe('a weight', () => {
  const square = { factor: 2, parameter: 'n', power: 2 } as const;

  it('is factor × parameter^power', () => {
    expect(weightOf(square, { n: 10 })).to.equal(200);
    expect(weightOf({ factor: 0.5, parameter: 'n', power: 0.5 }, { n: 10_000 })).to.equal(50);
  });

  it('counts the length of a text', () => {
    expect(weightOf({ factor: 1, parameter: 'text', power: 1 }, { text: 'twelve bytes' })).to.equal(12);
  });

  it('may be a constant', () => {
    expect(weightOf({ constant: 7 }, { n: 1000 })).to.equal(7);
  });

  it('is never below 1, nor anything but a finite number', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.double(), fc.string(), fc.constant(undefined), fc.constant(null), fc.object()),
        fc.double(),
        (n, factor) => {
          for (const power of [-1, 0, 1, 2, 1000]) {
            const weight = weightOf({ factor, parameter: 'n', power }, { n });
            expect(weight).to.be.at.least(1);
            expect(Number.isFinite(weight)).to.equal(true);
          }
        },
      ),
    );
    expect(weightOf(square, {})).to.equal(1);
    expect(weightOf({ constant: -5 }, {})).to.equal(1);
    expect(weightOf({ constant: Infinity }, {})).to.equal(1);
  });
});

describe('a result', () => {
  const big = 2n ** 80n;

  it('as text is bare', () => {
    expect(resultAsText(big)).to.equal('1208925819614629174706176');
    expect(resultAsText(168)).to.equal('168');
    expect(resultAsText(-0.5)).to.equal('-0.5');
    expect(resultAsText('a "b"\n')).to.equal('a "b"\n');
    expect(resultAsText(true)).to.equal('true');
    expect(resultAsText(Uint8Array.of(1, 2, 255))).to.equal('AQL/');
    expect(resultAsText(Buffer.from('hi'))).to.equal('aGk=');
    expect(resultAsText({ a: [big, null] })).to.equal('{"a":["1208925819614629174706176",null]}');
    expect(resultAsText(null)).to.equal('null');
    expect(resultAsText(undefined)).to.equal('null');
  });

  it('as JSON keeps integers of any size exact, as strings, wherever they are', () => {
    expect(resultAsJson(5n)).to.equal('5');
    const value = { big, deep: [{ big }, [-big]], bytes: Uint8Array.of(0) };
    const text = big.toString();
    expect(resultAsJson(value)).to.deep.equal({ big: text, deep: [{ big: text }, [`-${text}`]], bytes: 'AA==' });
  });

  it('as JSON is what it is otherwise', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.stringify(resultAsJson(value))).to.equal(JSON.stringify(value));
      }),
    );
    expect(resultAsJson(undefined)).to.equal(null);
  });
});
