// The limits of frames: too large is known from the header alone, and a batch is cut into frames that fit.
import { expect } from 'chai';
import {
  decodeFrame,
  encodeBatch,
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
  FrameDecoder,
} from '../../../../src/common/protocol/framing.ts';
import { encode } from '../../../../src/common/protocol/codec.ts';
import { Tag, type Message } from '../../../../src/common/protocol/messages.ts';

const task = (id: number, text: string): Message => [Tag.Task, `m-${id}`, 1, 'reverse', { text }, 1, 0];

function header(length: number): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
}

describe('a frame decoder', () => {
  it('rejects a frame over the limit at its header, before its body comes', () => {
    expect(new FrameDecoder(100).push(header(101))).to.deep.equal({ ok: false, fault: 'oversized' });
    expect(new FrameDecoder(FRAME_BYTES_MAX).push(header(0xffffffff))).to.deep.equal({ ok: false, fault: 'oversized' });
  });

  it('takes a frame of exactly the limit', () => {
    const decoder = new FrameDecoder(100);
    expect(decoder.push(header(100))).to.deep.equal({ ok: true, frames: [] });
    const result = decoder.push(new Uint8Array(100));
    expect(result.ok && result.frames.map(({ length }) => length)).to.deep.equal([100]);
  });

  it('rejects a frame over the limit that follows good ones', () => {
    const [frame] = encodeBatch([[Tag.Leave]]).frames;
    expect(new FrameDecoder(100).push(Uint8Array.of(...frame!, ...header(101))).ok).to.equal(false);
  });

  it('takes larger frames once its limit is raised', () => {
    const decoder = new FrameDecoder(10);
    decoder.frameBytesMax = 1000;
    expect(decoder.push(header(500)).ok).to.equal(true);
  });
});

describe('a batch', () => {
  it('that fits is one frame', () => {
    const { frames, tooLarge } = encodeBatch(Array.from({ length: 1000 }, (_, i) => task(i, 'short')));
    expect([frames.length, tooLarge]).to.deep.equal([1, []]);
  });

  it('that does not fit is cut into frames of at most the limit, in order and complete', () => {
    const messages = Array.from({ length: 50 }, (_, i) => task(i, 'x'.repeat((i * 37) % 400)));
    const { frames, tooLarge } = encodeBatch(messages, 1000);
    expect(tooLarge).to.deep.equal([]);
    expect(frames.length).to.be.above(1);
    for (const { length } of frames) expect(length).to.be.at.most(1000 + FRAME_HEADER_BYTES);
    expect(frames.flatMap((frame) => decodeFrame(frame.subarray(FRAME_HEADER_BYTES)))).to.deep.equal(messages);
  });

  it('gives back what fits no frame, and the others still leave', () => {
    const large = [task(3, 'x'.repeat(2000)), task(7, 'y'.repeat(1000))];
    const small = Array.from({ length: 10 }, (_, i) => task(i + 20, 'short'));
    const messages = [...small.slice(0, 5), large[0]!, ...small.slice(5), large[1]!];
    const { frames, tooLarge } = encodeBatch(messages, 1000);
    expect(tooLarge).to.deep.equal(large);
    expect(frames.flatMap((frame) => decodeFrame(frame.subarray(FRAME_HEADER_BYTES)))).to.deep.equal(small);
  });

  it('gives back what nests too deeply to be encoded, and the others still leave', () => {
    let nested: unknown = 1;
    for (let depth = 0; depth < 20_000; depth++) nested = [nested];
    const messages: Message[] = [task(1, 'a'), [Tag.Result, 'm-1', 1, 0, nested, 1, false], task(2, 'b')];
    const { frames, tooLarge } = encodeBatch(messages);
    expect(tooLarge).to.have.length(1);
    expect(tooLarge[0] === messages[1]).to.equal(true);
    expect(frames.flatMap((frame) => decodeFrame(frame.subarray(FRAME_HEADER_BYTES)))).to.have.length(2);
  });

  it('has a limit of 1 MiB', () => {
    const overhead = encode([task(1, '')]).length + 10;
    expect(encodeBatch([task(1, 'x'.repeat(FRAME_BYTES_MAX - overhead))]).tooLarge).to.have.length(0);
    expect(encodeBatch([task(1, 'x'.repeat(FRAME_BYTES_MAX))]).tooLarge).to.have.length(1);
  });
});

describe('the messages of a frame', () => {
  it('are all rejected for one that is malformed', () => {
    expect(decodeFrame(encode([[Tag.Leave], [Tag.LoadRequest, 'seven']]))).to.equal(undefined);
  });

  it('do not include those of a newer version', () => {
    expect(decodeFrame(encode([[Tag.Leave], [200, 'new'], [Tag.Draining]]))).to.deep.equal([
      [Tag.Leave],
      [Tag.Draining],
    ]);
  });

  it('are a list', () => {
    for (const value of [7, 'text', null, { 0: [Tag.Leave] }, [7], Tag.Leave])
      expect(decodeFrame(encode(value))).to.equal(undefined);
    expect(decodeFrame(new Uint8Array(0))).to.equal(undefined);
    expect(decodeFrame(encode([]))).to.deep.equal([]);
  });
});
