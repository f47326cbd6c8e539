// One stream with a message of every shape, split in two at every byte, and fed byte by byte: the same messages each time.
import { expect } from 'chai';
import { decodeFrame, encodeBatch, FRAME_BYTES_MAX, FrameDecoder } from '../../../../src/common/protocol/framing.ts';
import { Tag, type Message } from '../../../../src/common/protocol/messages.ts';

const SENT: readonly (readonly Message[])[] = [
  [[Tag.Hello, 1, 'nonce', 'master', 1, 1, 0]],
  [[Tag.Welcome, 'slave-1']],
  [
    [Tag.Task, 'm-1', 1, 'reverse', { text: 'Grüße, 世界 🌍', workMs: 5 }, 5, 59_999.5],
    [Tag.Cancel, 'm-0', 2],
    [Tag.Recall, 'm-2', 1],
  ],
  [
    [Tag.Ack, 'm-1', 1, 1, ''],
    [Tag.Progress, 'm-1', 1, 0.5, 'half'],
    [Tag.Result, 'm-1', 1, 0, 2n ** 200n, 0.25, false],
    [Tag.Slots, 'compute', 8],
  ],
  [[Tag.LoadRequest, 7]],
  [[Tag.Leave]],
];

const STREAM = Buffer.concat(SENT.flatMap((messages) => encodeBatch(messages).frames));

function received(chunks: readonly Uint8Array[]): Message[][] {
  const decoder = new FrameDecoder(FRAME_BYTES_MAX);
  return chunks.flatMap((chunk) => {
    const frames = decoder.push(chunk);
    if (!frames.ok) throw new Error(frames.fault);
    return frames.frames.map((frame) => decodeFrame(frame)!);
  });
}

describe('frames in a stream', () => {
  it('arrive whole when the stream is split at any byte', () => {
    for (let at = 0; at <= STREAM.length; at++) {
      expect(received([STREAM.subarray(0, at), STREAM.subarray(at)]), `split at ${at}`).to.deep.equal(SENT);
    }
  });

  it('arrive whole when the stream is split at any two bytes', () => {
    const stream = STREAM.subarray(0, 160);
    const whole = received([stream]);
    expect(whole.length).to.be.at.least(3);
    for (let a = 0; a <= stream.length; a++) {
      for (let b = a; b <= stream.length; b++) {
        const got = received([stream.subarray(0, a), stream.subarray(a, b), stream.subarray(b)]);
        expect(got.length, `split at ${a} and ${b}`).to.equal(whole.length);
      }
    }
  });

  it('arrive whole byte by byte, each with its last byte', () => {
    const ends = SENT.map((_, i) =>
      SENT.slice(0, i + 1).reduce((sum, messages) => sum + encodeBatch(messages).frames[0]!.length, 0),
    );
    const decoder = new FrameDecoder(FRAME_BYTES_MAX);
    STREAM.forEach((_, at) => {
      const frames = decoder.push(STREAM.subarray(at, at + 1));
      expect(frames.ok && frames.frames.length, `after byte ${at}`).to.equal(ends.includes(at + 1) ? 1 : 0);
    });
  });

  it('arrive whole when all of them come at once, many times over', () => {
    const times = 50;
    const stream = Buffer.concat(Array.from({ length: times }, () => STREAM));
    expect(received([stream])).to.deep.equal(Array.from({ length: times }, () => SENT).flat());
  });
});
