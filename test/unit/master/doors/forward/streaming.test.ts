// Responses of the forward door: as fast as the slower end, and cut where the service breaks off.
import { expect } from 'chai';
import {
  closeForwardDoors,
  openForwardDoor,
  pour,
  RawClient,
  serve,
  serveRaw,
  stopped,
  type Poured,
} from '../../../../support/forward-door.ts';
import { stream } from '../../../../support/http-door.ts';
import { request } from '../../../../support/http.ts';
import { eventually } from '../../../../support/wait.ts';

const GET = 'GET /services/web/ HTTP/1.1\r\nHost: 127.0.0.1\r\n';

describe('a forwarded response', () => {
  afterEach(closeForwardDoors);

  it('is heard at once, its head before any body and each event as it comes', async () => {
    const { url, forwarding } = await openForwardDoor();
    let say: (text: string) => void = () => undefined;
    forwarding.add(
      'alpha',
      await serve((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        say = (text) => void response.write(text);
      }),
    );
    const events = await stream(`${url}/services/web/`);
    for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
      say(text);
      await eventually(text, () => events.text.endsWith(text));
    }
    events.leave();
    await eventually('the place is free', () => forwarding.open === 0);
    expect(forwarding.ends).to.deep.equal(['alpha cancelled']);
  });

  it('ends at the service when the client goes away, also before it began', async () => {
    const { port, forwarding } = await openForwardDoor();
    let [came, gone] = [0, 0];
    forwarding.add(
      'alpha',
      await serve((incoming) => {
        came++;
        incoming.socket.on('close', () => gone++);
      }),
    );
    const client = await RawClient.to(port, `${GET}\r\n`);
    await eventually('the request', () => came === 1);
    client.socket.destroy();
    await eventually('the end', () => gone === 1);
    expect(forwarding.ends).to.deep.equal(['alpha cancelled']);
  });

  it('is not asked for any more when the client goes away before its turn', async () => {
    const { port, forwarding } = await openForwardDoor();
    forwarding.isFull = true;
    const client = await RawClient.to(port, `${GET}\r\n`);
    await eventually('it waits', () => forwarding.waiting.size === 1);
    client.socket.destroy();
    await eventually('it waits no more', () => forwarding.waiting.size === 0);
  });

  for (const [what, head] of [
    ['a length', 'content-length: 10\r\n\r\nhalf'],
    ['chunks', 'transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ] as const) {
    it(`with ${what} that breaks off has no clean end`, async () => {
      const { port, forwarding } = await openForwardDoor();
      forwarding.add(
        'alpha',
        await serveRaw((socket) => socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${head}`))),
      );
      const client = await RawClient.to(port, `${GET}\r\n`);
      await eventually('the end', () => client.isClosed);
      expect(client.text)
        .to.match(/^HTTP\/1\.1 200 OK/)
        .and.to.not.match(/\r\n0\r\n\r\n$/);
      expect(client.text.endsWith('half') || client.text.endsWith('half\r\n')).to.equal(true);
      expect(forwarding.ends).to.deep.equal(['alpha broken']);
    });
  }

  it('that breaks off is a reset to a client of HTTP/1.0, to which closing is an end', async () => {
    const { port, forwarding } = await openForwardDoor();
    const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n';
    forwarding.add(
      'alpha',
      await serveRaw((socket) =>
        socket.once('data', () => {
          socket.write(head);
          socket.once('data', () => socket.destroy());
          broken = () => socket.destroy();
        }),
      ),
    );
    let broken: () => void = () => undefined;
    const client = await RawClient.to(port, 'GET /services/web/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n');
    await eventually('half of it', () => client.text.endsWith('half'));
    broken();
    await eventually('the end', () => client.isClosed);
    expect(client.error).to.equal('ECONNRESET');
    expect(client.text).to.not.match(/transfer-encoding/i);
  });

  it('passes trailers to those who take them, but none that frame or route', async () => {
    const { port, forwarding } = await openForwardDoor();
    forwarding.add(
      'alpha',
      await serve((_request, response) => {
        response.writeHead(200, { trailer: 'X-Sum' });
        response.write('body');
        response.addTrailers({ 'X-Sum': '42', 'Set-Cookie': 'a=b' });
        response.end();
      }),
    );
    const takes = await RawClient.to(port, `${GET}TE: trailers\r\n\r\n`);
    await eventually(
      () => 'the trailer' + takes.text,
      () => takes.text.includes('X-Sum: 42\r\n\r\n'),
    );
    expect(takes.text).to.not.match(/Set-Cookie/i);
    const does = await RawClient.to(port, `${GET}\r\n`);
    await eventually('the end', () => does.text.endsWith('0\r\n\r\n'));
    expect(does.text).to.not.include('X-Sum: 42');
  });

  it('comes without what the service says before it', async () => {
    const { port, forwarding } = await openForwardDoor();
    // A link that would keep node's own writeEarlyHints busy for years.
    const early = `HTTP/1.1 103 Early Hints\r\nLink: <x>${';a=b'.repeat(60)}"\r\n\r\n`.repeat(16);
    const answer = `${early}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok`;
    forwarding.add('alpha', await serveRaw((socket) => socket.on('data', () => socket.write(answer))));
    const client = await RawClient.to(port, `${GET}\r\n`);
    await eventually('the answer', () => client.text.endsWith('ok'));
    expect(client.text).to.match(/^HTTP\/1\.1 200 OK/);
    expect(forwarding.ends).to.deep.equal(['alpha answered 200']);
  });

  it('is not waited for when the service says too much before it', async () => {
    const { url, forwarding } = await openForwardDoor();
    const early = 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(17);
    forwarding.add('alpha', await serveRaw((socket) => socket.on('data', () => socket.write(early))));
    const { status, body } = await request(`${url}/services/web/`);
    expect(status).to.equal(502);
    expect(body).to.match(/more than 16 responses of 1xx/);
    expect(forwarding.ends).to.deep.equal(['alpha broken']);
  });

  it('loses what any of several Connection headers names', async () => {
    const { url, forwarding } = await openForwardDoor();
    const named = 'connection: x-a\r\nconnection: keep-alive\r\nx-a: 1\r\nx-b: 2\r\n';
    const answer = `HTTP/1.1 200 OK\r\n${named}content-length: 2\r\n\r\nok`;
    forwarding.add('alpha', await serveRaw((socket) => socket.on('data', () => socket.write(answer))));
    const { headers } = await request(`${url}/services/web/`);
    expect(headers).to.include({ 'x-b': '2' }).and.to.not.have.property('x-a');
  });

  for (const [what, line, head] of [
    ['to HEAD', 'HEAD', '200 OK\r\ncontent-length: 1000\r\n'],
    ['of 204', 'GET', '204 No Content\r\n'],
    ['of 204 with a length', 'GET', '204 No Content\r\ncontent-length: 1000\r\n'],
    ['of 304', 'GET', '304 Not Modified\r\ncontent-length: 1000\r\netag: "x"\r\n'],
  ] as const) {
    it(`${what} has no body, and the next one follows`, async () => {
      const { port, forwarding } = await openForwardDoor();
      forwarding.add(
        'alpha',
        await serveRaw((socket) => socket.on('data', () => socket.write(`HTTP/1.1 ${head}\r\n`))),
      );
      const client = await RawClient.to(port);
      const asked = GET.replace('GET', line);
      client.send(`${asked}\r\n${asked}\r\n`);
      await eventually('two answers', () => client.text.split('\r\n\r\n').length === 3);
      expect(client.text.match(/^HTTP\/1\.1 \d+/gm)).to.have.lengthOf(2);
      const length = /^204/.test(head) ? undefined : '1000'; // RFC 9110 section 8.6
      expect(/content-length: (\d+)/.exec(client.text)?.[1]).to.equal(length);
      expect(forwarding.ends).to.deep.equal([1, 2].map(() => `alpha answered ${head.slice(0, 3)}`));
      expect(client.text).to.not.match(/transfer-encoding/i);
    });
  }

  it('without a length or chunks ends where the service closes', async () => {
    const { url, forwarding } = await openForwardDoor();
    forwarding.add(
      'alpha',
      await serveRaw((socket) => socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nto the end'))),
    );
    expect(await request(`${url}/services/web/`)).to.include({ status: 200, body: 'to the end' });
    expect(forwarding.ends).to.deep.equal(['alpha answered 200']);
  });

  it('comes no faster than the client reads', async () => {
    const { port, forwarding } = await openForwardDoor();
    let poured: Poured = { mebibytes: 0 };
    forwarding.add('alpha', await serve((_request, response) => (poured = pour(response, 200, () => response.end()))));
    const client = await RawClient.to(port);
    client.socket.pause();
    client.send(`${GET}\r\n`);
    await eventually('a beginning', () => poured.mebibytes > 0);
    expect(await stopped(poured)).to.be.below(100);
    let got = 0;
    client.socket.removeAllListeners('data').on('data', (text: string) => (got += text.length));
    client.socket.resume();
    await eventually('all of it', () => got > 200 * 1024 * 1024, 20_000);
  });

  it('is not mixed with an answer to garbage that follows its request', async () => {
    const { port, forwarding } = await openForwardDoor();
    let count = 0;
    forwarding.add('alpha', await serve((_request, response) => (count++, response.writeHead(200).write('beginning'))));
    const client = await RawClient.to(port, `${GET}\r\n`);
    await eventually('its beginning', () => client.text.includes('beginning'));
    client.send('garbage\r\n\r\n');
    await eventually('the end', () => client.isClosed);
    expect(client.text.match(/HTTP\/1\.1/g)).to.have.lengthOf(1);
    expect(count).to.equal(1);
    expect(forwarding.ends).to.deep.equal(['alpha cancelled']);
  });
});
