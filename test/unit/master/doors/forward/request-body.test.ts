// Bodies of requests at the forward door: as fast as the service reads, and cut where the client breaks off.
import { expect } from 'chai';
import {
  closeForwardDoors,
  openForwardDoor,
  pour,
  RawClient,
  serve,
  serveRaw,
  stopped,
  type OpenForwardDoor,
} from '../../../../support/forward-door.ts';
import { freeTcpPort } from '../../../../support/ports.ts';
import { eventually } from '../../../../support/wait.ts';

/** A client whose request waits in line, with so much of its body sent. */
async function waitingClient(size: number, sent: number): Promise<OpenForwardDoor & { readonly client: RawClient }> {
  const door = await openForwardDoor();
  door.forwarding.isFull = true;
  const client = await RawClient.to(door.port);
  client.send(`POST /services/web/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${size}\r\n\r\n`);
  client.send('x'.repeat(sent));
  await eventually('it waits', () => door.forwarding.waiting.size === 1);
  return { ...door, client };
}

/** Those that wait are told where to go. */
function goOn({ forwarding }: OpenForwardDoor): void {
  forwarding.isFull = false;
  for (const asker of forwarding.waiting) forwarding.route('web', asker);
}

/** Answers with the size of what came. */
function measure(): Promise<number> {
  return serve((incoming, response) => {
    let size = 0;
    incoming.on('data', (chunk: Buffer) => (size += chunk.length)).on('end', () => response.end(`${size} came`));
  });
}

describe('a forwarded request body', () => {
  afterEach(closeForwardDoors);

  it('comes no faster than the service reads', async () => {
    const { port, forwarding } = await openForwardDoor();
    let got = 0;
    let read: () => void = () => undefined;
    forwarding.add(
      'alpha',
      await serve((incoming, response) => {
        read = () =>
          incoming.on('data', (chunk: Buffer) => (got += chunk.length)).on('end', () => response.end('read'));
      }),
    );
    const size = 100 * 1024 * 1024;
    const client = await RawClient.to(port);
    client.send(`PUT /services/web/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${size}\r\n\r\n`);
    expect(await stopped(pour(client.socket, 100))).to.be.within(1, 50);
    read();
    await eventually('the answer', () => client.text.includes('read'), 20_000);
    expect(got).to.equal(size);
  });

  it('is asked for with 100 Continue when there is a place for it, not before', async () => {
    const { port, forwarding } = await openForwardDoor();
    forwarding.isFull = true;
    forwarding.add(
      'alpha',
      await serve((incoming, response) => void incoming.on('data', () => response.end('thanks'))),
    );
    const client = await RawClient.to(port);
    client.send('POST /services/web/ HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
    await eventually('it waits', () => forwarding.waiting.size === 1);
    expect(client.text).to.equal('');
    forwarding.isFull = false;
    for (const asker of forwarding.waiting) forwarding.route('web', asker);
    await eventually('100', () => client.text === 'HTTP/1.1 100 Continue\r\n\r\n');
    client.send('hi');
    await eventually('the answer', () => client.text.endsWith('thanks'));
  });

  it('that was not asked for is not taken for the next request', async () => {
    const { port, forwarding } = await openForwardDoor();
    forwarding.refusal = { code: 'NO_ROOM', message: 'full' };
    const client = await RawClient.to(port);
    client.send('POST /services/web/ HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
    await eventually('the end', () => client.isClosed);
    expect(client.text).to.match(/^HTTP\/1\.1 503 .*connection: close/is);
  });

  it('that breaks off breaks off at the service as well', async () => {
    const { port, forwarding } = await openForwardDoor();
    let isAborted = false;
    forwarding.add('alpha', await serve((incoming) => void incoming.resume().on('error', () => (isAborted = true))));
    const client = await RawClient.to(port);
    client.send('POST /services/web/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\nhalf');
    await eventually('the request', () => forwarding.open === 1);
    await eventually('it is sent', () => client.socket.bytesWritten > 0 && client.socket.writableLength === 0);
    client.socket.destroy();
    await eventually('the end', () => isAborted || forwarding.open === 0);
    expect(forwarding.ends).to.deep.equal(['alpha cancelled']);
  });

  it('may be answered before it is through; the rest is thrown away, and the connection stays', async () => {
    const { port, forwarding } = await openForwardDoor();
    forwarding.add(
      'alpha',
      await serveRaw((socket) =>
        socket.once('data', () => socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno')),
      ),
    );
    const client = await RawClient.to(port);
    client.send('POST /services/web/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\nhalf');
    await eventually('the answer', () => client.text.endsWith('no'));
    expect(client.text).to.match(/^HTTP\/1\.1 413 Too Large/);
    client.send('x'.repeat(999_996));
    client.send(`GET /ok HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    await eventually('the next answer', () => client.text.match(/HTTP\/1\.1 \d+/g)?.length === 2);
    expect(forwarding.ends).to.deep.equal(['alpha answered 413']);
  });

  it('of a client that goes away while it waits in line is noticed at once', async () => {
    const { forwarding, client } = await waitingClient(60_000, 50_000);
    await eventually('it is sent', () => client.socket.writableLength === 0);
    client.socket.destroy();
    await eventually('nobody waits', () => forwarding.waiting.size === 0);
  });

  for (const size of [50_000, 5_000_000]) {
    it(`of ${size} bytes that waited in line is sent whole, also when the first member is out of reach`, async () => {
      const { client, ...door } = await waitingClient(size, size);
      door.forwarding.add('gone', await freeTcpPort());
      door.forwarding.add('alpha', await measure());
      goOn(door);
      await eventually('the answer', () => client.text.endsWith(`${size} came`));
      expect(door.forwarding.ends).to.deep.equal(['gone unreachable', 'alpha answered 200']);
    });
  }

  it('that turns out too large while it waits in line ends the waiting', async () => {
    const door = await openForwardDoor({ bodyBytesMax: 1000 });
    door.forwarding.isFull = true;
    const client = await RawClient.to(door.port);
    client.send('POST /services/web/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n');
    await eventually('it waits', () => door.forwarding.waiting.size === 1);
    client.send(`3e9\r\n${'x'.repeat(1001)}\r\n`);
    await eventually('the answer', () => client.text.startsWith('HTTP/1.1 413 '));
    expect(door.forwarding.waiting.size).to.equal(0);
  });

  it('that waits in line is not read beyond what is kept', async () => {
    const { client } = await waitingClient(100 * 1024 * 1024, 0);
    expect(await stopped(pour(client.socket, 100))).to.be.below(50);
  });
});
