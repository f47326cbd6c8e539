// Messages over real sockets: batched per tick, bounded, and closed once with a reason at the first thing that is wrong.
import { createServer, connect, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import {
  FramedConnection,
  STRANGER_FRAME_BYTES_MAX,
  type ConnectionHandlers,
} from '../../../../src/common/net/framed-connection.ts';
import { encode } from '../../../../src/common/protocol/codec.ts';
import { decodeFrame, encodeBatch, FRAME_BYTES_MAX, FrameDecoder } from '../../../../src/common/protocol/framing.ts';
import { Tag, type Message } from '../../../../src/common/protocol/messages.ts';
import { eventually } from '../../../support/wait.ts';

const task = (id: number, text = 'short'): Message => [Tag.Task, `m-${id}`, 1, 'reverse', { text }, 1, 0];

describe('a framed connection', () => {
  let server: Server;
  let ours: Socket;
  let theirs: Socket;

  beforeEach(async () => {
    server = createServer();
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ours = connect((server.address() as { port: number }).port, '127.0.0.1');
    theirs = await accepted;
    theirs.on('error', () => undefined);
  });

  afterEach(() => {
    ours.destroy();
    theirs.destroy();
    server.close();
  });

  interface Watched extends ConnectionHandlers {
    readonly messages: Message[];
    readonly closed: string[];
    readonly tooLarge: Message[];
  }

  function watch(): Watched {
    const [messages, closed, tooLarge]: [Message[], string[], Message[]] = [[], [], []];
    return {
      ...{ messages, closed, tooLarge },
      onMessage: (message) => messages.push(message),
      onClose: (reason) => closed.push(reason),
      onTooLarge: (message) => tooLarge.push(message),
    };
  }

  /** Frames that arrive at `theirs`, each with its messages. */
  function frames(): (Message[] | undefined)[] {
    const decoder = new FrameDecoder(FRAME_BYTES_MAX);
    const arrived: (Message[] | undefined)[] = [];
    theirs.on('data', (chunk: Uint8Array) => {
      const result = decoder.push(chunk);
      if (result.ok) arrived.push(...result.frames.map(decodeFrame));
    });
    return arrived;
  }

  const frame = (body: Uint8Array): Uint8Array =>
    Buffer.concat([Uint8Array.of(0, 0, body.length >> 8, body.length & 255), body]);

  it('sends all messages of one tick as one frame, in order, and those of the next as another', async () => {
    const arrived = frames();
    const connection = new FramedConnection(ours, watch());
    const first = Array.from({ length: 100 }, (_, i) => task(i));
    for (const message of first) connection.send(message);
    await eventually('a frame', () => arrived.length > 0);
    connection.send(task(100));
    await eventually('a second frame', () => arrived.length > 1);
    expect(arrived).to.deep.equal([first, [task(100)]]);
  });

  it('sends what is written by microtasks of the same tick along with it', async () => {
    const arrived = frames();
    const connection = new FramedConnection(ours, watch());
    connection.send(task(1));
    void Promise.resolve().then(() => connection.send(task(2)));
    await eventually('a frame', () => arrived.length > 0);
    expect(arrived).to.deep.equal([[task(1), task(2)]]);
  });

  it('hands on every message of the other side, in order', async () => {
    const handlers = watch();
    new FramedConnection(ours, handlers);
    const other = new FramedConnection(theirs, watch());
    const messages = Array.from({ length: 500 }, (_, i) => task(i, 'x'.repeat(i)));
    for (const message of messages) other.send(message);
    await eventually('all messages', () => handlers.messages.length === 500);
    expect(handlers.messages).to.deep.equal(messages);
  });

  it('hands on messages whose bytes come one by one', async () => {
    const handlers = watch();
    new FramedConnection(ours, handlers);
    theirs.setNoDelay(true);
    for (const byte of encodeBatch([task(1), task(2)]).frames[0]!) theirs.write(Uint8Array.of(byte));
    await eventually('both messages', () => handlers.messages.length === 2);
    expect(handlers.messages).to.deep.equal([task(1), task(2)]);
  });

  it('closes at a malformed frame, after the good ones before it', async () => {
    const handlers = watch();
    const connection = new FramedConnection(ours, handlers);
    theirs.write(
      Buffer.concat([encodeBatch([task(1)]).frames[0]!, frame(encode('no list')), encodeBatch([task(2)]).frames[0]!]),
    );
    await eventually('it is closed', () => handlers.closed.length > 0);
    expect(handlers.messages).to.deep.equal([task(1)]);
    expect(handlers.closed).to.deep.equal(['malformed frame']);
    expect(connection.state).to.deep.equal({ kind: 'closed', reason: 'malformed frame' });
    await eventually('the other side sees it', () => theirs.closed);
  });

  it('closes at a frame over 1 MiB, at its header', async () => {
    const handlers = watch();
    new FramedConnection(ours, handlers);
    theirs.write(Uint8Array.of(0, 0x10, 0, 1));
    await eventually('it is closed', () => handlers.closed.length > 0);
    expect(handlers.closed).to.deep.equal([`frame over ${FRAME_BYTES_MAX} bytes`]);
  });

  it('gives a stranger frames of 1 KiB at most, and full ones once it is adopted', async () => {
    const handlers = watch();
    const connection = new FramedConnection(ours, watch(), STRANGER_FRAME_BYTES_MAX);
    connection.adopt(handlers);
    const large = task(1, 'x'.repeat(100_000));
    theirs.write(encodeBatch([large]).frames[0]!);
    await eventually('the message', () => handlers.messages.length > 0);
    expect(handlers.messages).to.deep.equal([large]);
  });

  it('goes on giving small frames only to a peer that is adopted as one that says little', async () => {
    const handlers = watch();
    new FramedConnection(ours, watch()).adopt(handlers, STRANGER_FRAME_BYTES_MAX);
    theirs.write(encodeBatch([task(1), task(2, 'x'.repeat(STRANGER_FRAME_BYTES_MAX))]).frames[0]!);
    await eventually('it is closed', () => handlers.closed.length > 0);
    expect([handlers.messages, handlers.closed]).to.deep.equal([[], ['frame over 1024 bytes']]);
  });

  it('tells how many bytes came before it looks at them, and looks no more when it is closed for that', async () => {
    const handlers = watch();
    let count = 0;
    const connection: FramedConnection = new FramedConnection(ours, {
      ...handlers,
      onBytes(bytes) {
        count += bytes;
        connection.destroy('enough');
      },
    });
    const [frame] = encodeBatch([task(1)]).frames;
    theirs.write(frame!);
    await eventually('it is closed', () => handlers.closed.length > 0);
    expect([handlers.messages, handlers.closed, count]).to.deep.equal([[], ['enough'], frame!.length]);
  });

  it('knows how much has not left yet', async () => {
    const connection = new FramedConnection(ours, watch());
    expect(connection.unsentBytes).to.equal(0);
    for (let i = 0; i < 100; i++) connection.send(task(i, 'x'.repeat(100_000)));
    connection.flush();
    expect(connection.unsentBytes).to.be.above(100_000);
    theirs.resume();
    await eventually('it has left', () => connection.unsentBytes === 0);
  });

  it('closes on a stranger whose frame is over 1 KiB', async () => {
    const handlers = watch();
    new FramedConnection(ours, handlers, STRANGER_FRAME_BYTES_MAX);
    theirs.write(encodeBatch([task(1, 'x'.repeat(STRANGER_FRAME_BYTES_MAX))]).frames[0]!);
    await eventually('it is closed', () => handlers.closed.length > 0);
    expect(handlers.messages).to.deep.equal([]);
  });

  it('names a message that fits no frame, and the others arrive', async () => {
    const arrived = frames();
    const handlers = watch();
    const connection = new FramedConnection(ours, handlers);
    const large = task(2, 'x'.repeat(FRAME_BYTES_MAX));
    for (const message of [task(1), large, task(3)]) connection.send(message);
    await eventually('the others', () => arrived.flat().length === 2);
    expect(arrived.flat()).to.deep.equal([task(1), task(3)]);
    expect(handlers.tooLarge).to.deep.equal([large]);
    expect(connection.state.kind).to.equal('open');
  });

  it('delivers what was sent before its end, and tells both sides once', async () => {
    const arrived = frames();
    const handlers = watch();
    const connection = new FramedConnection(ours, handlers);
    connection.send(task(1));
    connection.end();
    connection.send(task(2));
    await eventually('the end', () => theirs.readableEnded && handlers.closed.length > 0);
    expect(arrived).to.deep.equal([[task(1)]]);
    expect(handlers.closed).to.have.length(1);
  });

  it('is closed when the other side ends or resets it, once', async () => {
    const handlers = watch();
    new FramedConnection(ours, handlers);
    theirs.end();
    await eventually('it is closed', () => handlers.closed.length > 0 && ours.closed);
    expect(handlers.closed).to.deep.equal(['ended by the peer']);
  });

  it('swallows what is sent after it was destroyed, and is closed once', async () => {
    const arrived = frames();
    const handlers = watch();
    const connection = new FramedConnection(ours, handlers);
    connection.send(task(1));
    connection.destroy('enough');
    connection.send(task(2));
    connection.destroy('again');
    await eventually('the other side sees it', () => theirs.closed);
    expect(handlers.closed).to.deep.equal(['enough']);
    expect(arrived).to.deep.equal([]);
  });

  it('stops handing on messages once a handler has closed it', async () => {
    const closed: string[] = [];
    const seen: Message[] = [];
    const connection: FramedConnection = new FramedConnection(ours, {
      onMessage: (message) => {
        seen.push(message);
        connection.destroy('seen enough');
      },
      onClose: (reason) => closed.push(reason),
    });
    theirs.write(encodeBatch([task(1), task(2)]).frames[0]!);
    await eventually('it is closed', () => closed.length > 0 && ours.closed);
    expect([seen, closed]).to.deep.equal([[task(1)], ['seen enough']]);
  });
});
