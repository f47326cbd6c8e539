// The frame decoder is fed streams cut in any way: the frames must not depend on it.
import { expect } from 'chai';
import fc from 'fast-check';
import { decode } from '../../src/common/protocol/codec.ts';
import { decodeFrame, encodeBatch, FRAME_HEADER_BYTES, FrameDecoder } from '../../src/common/protocol/framing.ts';
import { Tag, type Message } from '../../src/common/protocol/messages.ts';
import { holds } from '../support/holds.ts';

/** One frame on the wire. */
function framed(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + body.length);
  new DataView(frame.buffer).setUint32(0, body.length);
  frame.set(body, FRAME_HEADER_BYTES);
  return frame;
}

/** Cuts `bytes` at the given places, in any order and any number. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1))), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => Uint8Array.from(bytes.subarray(ends[i - 1] ?? 0, end)));
}

function decoded(decoder: FrameDecoder, chunks: readonly Uint8Array[]): Uint8Array[] {
  return chunks.flatMap((chunk) => {
    const frames = decoder.push(chunk);
    if (!frames.ok) throw new Error(frames.fault);
    return frames.frames.map((frame) => Uint8Array.from(frame));
  });
}

const bodies = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.uint8Array({ maxLength: 700, size: 'max' }),
    fc.constant(new Uint8Array(0)),
  ),
  { maxLength: 12 },
);
const places = fc.array(fc.nat(20_000), { maxLength: 60, size: 'max' });

describe('frame decoder', () => {
  it('gives the same frames however the stream is cut', () => {
    holds(
      fc.property(bodies, places, (sent, cuts) => {
        const stream = Buffer.concat(sent.map(framed));
        expect(decoded(new FrameDecoder(700), cut(stream, cuts))).to.deep.equal(
          sent.map((body) => Uint8Array.from(body)),
        );
      }),
      500,
    );
  });

  it('gives every frame as soon as its last byte is there, and none before', () => {
    holds(
      fc.property(bodies, (sent) => {
        const decoder = new FrameDecoder(700);
        for (const body of sent) {
          const bytes = framed(body);
          for (const byte of bytes.subarray(0, -1)) expect(decoded(decoder, [Uint8Array.of(byte)])).to.be.empty;
          expect(decoded(decoder, [bytes.subarray(-1)])).to.deep.equal([Uint8Array.from(body)]);
        }
      }),
      50,
    );
  });

  it('finds a frame over its limit from the header alone, however the stream is cut', () => {
    holds(
      fc.property(bodies, fc.integer({ min: 701, max: 2 ** 32 - 1 }), places, (sent, length, cuts) => {
        const header = new Uint8Array(FRAME_HEADER_BYTES);
        new DataView(header.buffer).setUint32(0, length);
        const decoder = new FrameDecoder(700);
        const results = cut(Buffer.concat([...sent.map(framed), header]), cuts).map((chunk) => decoder.push(chunk));
        expect(results.at(-1)).to.deep.equal({ ok: false, fault: 'oversized' });
      }),
      200,
    );
  });
});

describe('batch of messages', () => {
  const value = fc.oneof(
    fc.integer(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 400n }),
    fc.bigInt({ min: -(2n ** 400n), max: -(2n ** 53n) }),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom(null, true, 0.1),
    fc.array(fc.string({ maxLength: 5 }), { maxLength: 5 }),
  );
  const message = fc.oneof(
    fc
      .tuple(fc.string({ maxLength: 20 }), fc.nat(5), value)
      .map(([id, attempt, result]): Message => [Tag.Result, id, attempt, 0, result, 1.5, false]),
    fc.string({ maxLength: 20 }).map((id): Message => [Tag.Cancel, id, 1]),
  );

  it('arrives whole and in order through any limit, less what fits no frame on its own', () => {
    holds(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 30, max: 2000 }),
        places,
        (sent, limit, cuts) => {
          const { frames, tooLarge } = encodeBatch(sent, limit);
          const arrived = decoded(new FrameDecoder(limit), cut(Buffer.concat(frames), cuts)).flatMap((frame) => {
            expect(decode(frame).ok).to.be.true;
            return decodeFrame(frame)!;
          });
          const expected = sent.filter((each) => !tooLarge.includes(each));
          expect(plain(arrived)).to.deep.equal(plain(expected));
          for (const each of tooLarge) expect(encodeBatch([each], limit).frames).to.be.empty;
        },
      ),
      300,
    );
  });

  it('travels in one frame when the limit allows it', () => {
    holds(
      fc.property(fc.array(message, { minLength: 1, maxLength: 20 }), (sent) => {
        expect(encodeBatch(sent).frames).to.have.length(1);
      }),
      50,
    );
  });
});

/** Buffers and byte arrays are the same bytes. */
function plain(messages: readonly Message[]): unknown[] {
  return messages.map((each) => each.map((part: unknown) => (part instanceof Uint8Array ? [...part] : part)));
}
