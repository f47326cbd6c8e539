// Frames on a stream: four bytes of length (big-endian), then MessagePack: an array of messages. What was written in one tick
// travels as one frame, so tasks, acks and results are batched without a message of their own for batches.
import { decode, encode } from './codec.ts';
import { checkMessage } from './check-message.ts';
import type { Message } from './messages.ts';

export const FRAME_BYTES_MAX = 1024 * 1024;
export const FRAME_HEADER_BYTES = 4;

export type Frames =
  { readonly ok: true; readonly frames: readonly Uint8Array[] } | { readonly ok: false; readonly fault: 'oversized' };

/** Cuts a byte stream into frames, however it was split. Holds at most one unfinished frame. */
export class FrameDecoder {
  frameBytesMax: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
  }

  push(chunk: Uint8Array): Frames {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const frames: Uint8Array[] = [];
    while (this.#bytes >= FRAME_HEADER_BYTES) {
      const first = this.#joinedTo(FRAME_HEADER_BYTES);
      const length = new DataView(first.buffer, first.byteOffset).getUint32(0);
      if (length > this.frameBytesMax) return { ok: false, fault: 'oversized' };
      const end = FRAME_HEADER_BYTES + length;
      if (this.#bytes < end) break;
      const whole = this.#joinedTo(end);
      frames.push(whole.subarray(FRAME_HEADER_BYTES, end));
      this.#bytes -= end;
      this.#chunks[0] = whole.subarray(end);
    }
    return { ok: true, frames };
  }

  /** The first chunk, made at least `bytes` long by joining the next ones to it: each byte is copied once per frame at most. */
  #joinedTo(bytes: number): Uint8Array {
    const first = this.#chunks[0];
    if (first !== undefined && first.length >= bytes) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}

export interface EncodedBatch {
  readonly frames: readonly Uint8Array[];
  /** Messages that fit no frame on their own, or that MessagePack cannot hold (nested too deeply, circular). */
  readonly tooLarge: readonly Message[];
}

/** Encodes messages into as few frames as the limit allows, in order. */
export function encodeBatch(messages: readonly Message[], frameBytesMax = FRAME_BYTES_MAX): EncodedBatch {
  const body = tryEncode(messages);
  if (body !== undefined && body.length <= frameBytesMax) return { frames: [framed(body)], tooLarge: [] };
  if (messages.length === 1) return { frames: [], tooLarge: messages };
  const half = messages.length >> 1;
  const [left, right] = [messages.slice(0, half), messages.slice(half)].map((part) => encodeBatch(part, frameBytesMax));
  return {
    frames: [...(left?.frames ?? []), ...(right?.frames ?? [])],
    tooLarge: [...(left?.tooLarge ?? []), ...(right?.tooLarge ?? [])],
  };
}

/** The messages of one frame; undefined when anything in it is not a well-formed message. Unknown tags are skipped. */
export function decodeFrame(frame: Uint8Array): Message[] | undefined {
  const decoded = decode(frame);
  if (!decoded.ok || !Array.isArray(decoded.value)) return undefined;
  const messages: Message[] = [];
  for (const value of decoded.value) {
    const message = checkMessage(value);
    if (message === undefined) return undefined;
    if (message !== 'unknown') messages.push(message);
  }
  return messages;
}

/** Undefined when a value in it cannot be encoded. */
function tryEncode(messages: readonly Message[]): Uint8Array | undefined {
  try {
    return encode(messages);
  } catch {
    return undefined;
  }
}

function framed(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + body.length);
  new DataView(frame.buffer).setUint32(0, body.length);
  frame.set(body, FRAME_HEADER_BYTES);
  return frame;
}
