// Values survive the wire: integers of any size, bytes, everything JSON has. What is no value is told apart, never thrown.
import { expect } from 'chai';
import fc from 'fast-check';
import { decode, encode } from '../../../../src/common/protocol/codec.ts';

const roundTrip = (value: unknown): unknown => {
  const decoded = decode(encode(value));
  return decoded.ok ? decoded.value : decoded;
};

describe('codec', () => {
  it('keeps integers of every size exact, around each power of two', () => {
    for (let bits = 0n; bits <= 4096n; bits = bits < 80n ? bits + 1n : bits * 2n) {
      for (const value of [2n ** bits - 1n, 2n ** bits, 2n ** bits + 1n]) {
        expect(roundTrip(value)).to.equal(value);
        expect(roundTrip(-value)).to.equal(-value);
      }
    }
  });

  it('keeps random big integers exact', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 2000n), max: 2n ** 2000n }), (value) => roundTrip(value) === value));
  });

  it('keeps an integer of 20 000 digits exact', () => {
    const value = 10n ** 20_000n + 7n;
    expect(roundTrip(value) === value).to.equal(true);
  });

  it('does not turn numbers into big integers or back', () => {
    for (const value of [0, 1, -1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 60, -(2 ** 40), 0.1, Infinity, NaN]) {
      expect(roundTrip(value)).to.deep.equal(value);
    }
    expect(roundTrip([1n, 1])).to.deep.equal([1n, 1]);
  });

  it('keeps bytes as bytes', () => {
    const decoded = roundTrip({ bytes: Uint8Array.of(0, 127, 128, 255) });
    const { bytes } = decoded as { bytes: unknown };
    expect(bytes).to.be.instanceOf(Uint8Array);
    expect(Array.from(bytes as Uint8Array)).to.deep.equal([0, 127, 128, 255]);
  });

  it('keeps every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value).replaceAll('"__proto__"', '"proto"'));
        expect(roundTrip(plain)).to.deep.equal(plain);
      }),
    );
  });

  it('renames a key __proto__, alone of all keys', () => {
    expect(roundTrip(JSON.parse('[{"__proto__": false, "constructor": 1}]'))).to.deep.equal([
      { __proto_: false, constructor: 1 },
    ]);
  });

  it('sets no prototype from a key', () => {
    // {"__proto__": {"polluted": true}}
    const name = new TextEncoder().encode('__proto__');
    const inner = encode({ polluted: true });
    const decoded = decode(Uint8Array.of(0x81, 0xa0 | name.length, ...name, ...inner));
    expect(decoded.ok).to.equal(true);
    const { value } = decoded as { value: Record<string, unknown> };
    expect(value['polluted']).to.equal(undefined);
    expect(Object.getPrototypeOf(value)).to.equal(Object.prototype);
  });

  it('says truncated of a value that is cut off, at every length', () => {
    const whole = encode(['a text', 12345, { key: [1, 2, 3] }, 2n ** 100n]);
    for (let length = 0; length < whole.length; length++) {
      const decoded = decode(whole.subarray(0, length));
      expect(decoded.ok, `${length} of ${whole.length} bytes`).to.equal(false);
      if (length > 0) expect(decoded, `${length} of ${whole.length} bytes`).to.include({ kind: 'truncated' });
    }
  });

  it('says malformed of bytes that are left over', () => {
    expect(decode(Uint8Array.of(...encode(1), 0))).to.deep.equal({ ok: false, kind: 'malformed' });
  });

  it('never throws, however random the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        decode(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('claims no memory that the bytes do not pay for', () => {
    // Lists of 2²⁵ items each inside the other, and maps, texts and bytes of 4 GiB: headers without contents.
    const bombs = [
      Uint8Array.from({ length: 1000 }, (_, i) => [0xdd, 0x01, 0xff, 0xff, 0xff][i % 5]!),
      Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, 0x61),
      Uint8Array.of(0xdb, 0xff, 0xff, 0xff, 0xff, 0x61),
      Uint8Array.of(0xc6, 0xff, 0xff, 0xff, 0xff, 0x61),
      Uint8Array.of(0xc9, 0xff, 0xff, 0xff, 0xff, 0x42, 0x61),
    ];
    const before = process.memoryUsage.rss();
    for (const bomb of bombs) expect(decode(bomb).ok).to.equal(false);
    expect(process.memoryUsage.rss() - before).to.be.below(50_000_000);
  });
});
