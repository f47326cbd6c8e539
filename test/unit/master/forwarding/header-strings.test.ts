// Headers as undici hands them over become text: parts of one buffer, or of several when they came in pieces.
import { expect } from 'chai';
import { headerStrings } from '../../../../src/master/forwarding/header-strings.ts';

/** Parts of one buffer, with what stands between them on the wire. */
function parts(...strings: string[]): Buffer[] {
  const whole = Buffer.from(`HTTP/1.1 200 OK\r\n${strings.join('\r\n')}\r\n\r\n`, 'latin1');
  let at = 0;
  return strings.map((text) => {
    at = whole.indexOf(text, at, 'latin1');
    return whole.subarray(at, (at += text.length));
  });
}

describe('headers as text', () => {
  for (const [what, strings] of [
    ['none', []],
    ['one', ['a', 'b']],
    ['several, with bytes beyond ASCII', ['Content-Type', 'text/plain', 'X', '\xe4\xff', 'Set-Cookie', 'a=1; b']],
    ['an empty value', ['a', 'b', 'c', '']],
  ] as const) {
    it(`are the same from one buffer and from many: ${what}`, () => {
      expect(headerStrings(parts(...strings))).to.deep.equal(strings);
      expect(headerStrings(strings.map((text) => Buffer.from(text, 'latin1')))).to.deep.equal(strings);
    });
  }

  it('are the same when one came in pieces, and its buffer is another', () => {
    const [a, b, c, d] = parts('a', 'one', 'c', 'two') as [Buffer, Buffer, Buffer, Buffer];
    expect(headerStrings([a, Buffer.concat([b]), c, d])).to.deep.equal(['a', 'one', 'c', 'two']);
    expect(headerStrings([a, b, Buffer.alloc(20_000, 'x'), d])[2]).to.have.lengthOf(20_000);
  });

  it('are not taken for those before them', () => {
    expect(headerStrings(parts('a', '1'))).to.deep.equal(['a', '1']);
    expect(headerStrings(parts('a', '2'))).to.deep.equal(['a', '2']);
    expect(headerStrings(parts('a', '2'))).to.deep.equal(['a', '2']);
  });
});
