// The one message with which a connection begins before it belongs to others, as at both ends of a tunnel. What comes behind it is
// left in the socket, untouched.
import type { Socket } from 'node:net';
import { decodeFrame, FRAME_HEADER_BYTES } from '../protocol/framing.ts';
import type { Message } from '../protocol/messages.ts';
import type { Clock } from '../time/clock.ts';
import { STRANGER_FRAME_BYTES_MAX } from './framed-connection.ts';

export interface FirstMessageHandlers {
  /** The socket is the caller's again, paused, without listeners of ours. */
  readonly onMessage: (message: Message) => void;
  /** It came late, broken, or not at all: the socket is destroyed. */
  readonly onProblem: (reason: string) => void;
}

/** Waits for it, `limitMs` at most. Exactly one handler is called, once. */
export function receiveFirstMessage(
  socket: Socket,
  { clock, limitMs }: { readonly clock: Clock; readonly limitMs: number },
  { onMessage, onProblem }: FirstMessageHandlers,
): void {
  let bytes = Buffer.alloc(0);
  const leave = (): void => {
    timer.cancel();
    socket.off('readable', onReadable).off('error', onError).off('close', onClose).off('end', onClose);
  };
  const fail = (reason: string): void => {
    leave();
    // What it says from now on is nobody's.
    socket.on('error', () => undefined);
    socket.destroy();
    onProblem(reason);
  };
  const onError = (error: Error): void => fail(error.message);
  const onClose = (): void => fail('closed by the peer');
  const onReadable = (): void => {
    for (let chunk = read(socket); chunk !== null; chunk = read(socket)) {
      bytes = Buffer.concat([bytes, chunk]);
      const end = frameEnd(bytes);
      if (end > FRAME_HEADER_BYTES + STRANGER_FRAME_BYTES_MAX) {
        fail(`frame over ${STRANGER_FRAME_BYTES_MAX.toString()} bytes`);
        return;
      }
      if (bytes.length < end) continue;
      const messages = decodeFrame(bytes.subarray(FRAME_HEADER_BYTES, end));
      const [message] = messages ?? [];
      if (message === undefined || messages?.length !== 1) {
        fail('malformed frame');
        return;
      }
      leave();
      if (bytes.length > end) socket.unshift(bytes.subarray(end));
      onMessage(message);
      return;
    }
  };
  const timer = clock.after(limitMs, () => fail(`nothing said within ${limitMs.toString()} ms`));
  socket.on('readable', onReadable).on('error', onError).on('close', onClose).on('end', onClose);
}

function read(socket: Socket): Buffer | null {
  return socket.read() as Buffer | null;
}

/** Where the first frame ends; while its head has not come, where that ends. */
function frameEnd(bytes: Buffer): number {
  return FRAME_HEADER_BYTES + (bytes.length < FRAME_HEADER_BYTES ? 0 : bytes.readUInt32BE(0));
}
