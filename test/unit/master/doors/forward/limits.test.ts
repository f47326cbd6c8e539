// How long and how much: the limits of the forward door, by a clock turned by hand, and the receive limit of everything else.
import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import {
  closeForwardDoors,
  openForwardDoor,
  pour,
  RawClient,
  serve,
  serveRaw,
  stopped,
} from '../../../../support/forward-door.ts';
import { request } from '../../../../support/http.ts';
import { eventually } from '../../../../support/wait.ts';

const POST = 'POST /services/web/ HTTP/1.1\r\nHost: 127.0.0.1\r\n';

describe('the forward door gives up', () => {
  afterEach(closeForwardDoors);

  it('with 504 when no response begins in time, and the service hears it', async () => {
    const { url, forwarding, clock } = await openForwardDoor({ timeoutMs: 60_000 });
    let [came, gone] = [false, false];
    const onRequest = ({ socket }: IncomingMessage): void => {
      came = true;
      socket.on('close', () => (gone = true));
    };
    forwarding.add('alpha', await serve(onRequest));
    const answer = request(`${url}/services/web/`);
    await eventually('the request', () => came);
    clock.advance(60_000);
    expect(forwarding.open).to.equal(1);
    clock.advance(1000);
    const { status, body } = await answer;
    expect(status).to.equal(504);
    expect(body).to.match(/web at alpha did not begin to answer within 60 s.*--forward-timeout/);
    await eventually('the end', () => gone);
    expect(forwarding.ends).to.deep.equal(['alpha timed-out']);
  });

  it('with 400 when the client stops in the middle of its body', async () => {
    const { port, forwarding, clock } = await openForwardDoor({ idleMs: 300_000 });
    let got = '';
    forwarding.add(
      'alpha',
      await serve((incoming) => void incoming.on('data', (chunk: Buffer) => (got += String(chunk)))),
    );
    const client = await RawClient.to(port, `${POST}Content-Length: 10\r\n\r\nhalf`);
    await eventually('half of it', () => got === 'half');
    clock.advance(299_000);
    client.send('1');
    await eventually('more of it', () => got === 'half1');
    clock.advance(299_000);
    expect(forwarding.open).to.equal(1);
    clock.advance(2000);
    await eventually('the answer', () => client.text.includes('--forward-idle'));
    expect(client.text).to.match(/^HTTP\/1\.1 400/);
    expect(forwarding.ends).to.deep.equal(['alpha cancelled']);
    clock.advance(6000); // whoever does not send the rest is not waited for
    await eventually('the end', () => client.isClosed);
  });

  it('with 504 when the service does not read', async () => {
    const { port, forwarding, clock } = await openForwardDoor({ idleMs: 300_000 });
    forwarding.add('alpha', await serveRaw((socket) => socket.pause()));
    const client = await RawClient.to(port, `${POST}Content-Length: 100000000\r\n\r\n`);
    await stopped(pour(client.socket, 100));
    clock.advance(301_000);
    await eventually('the answer', () => client.text.includes('read nothing of the request'));
    expect(forwarding.ends).to.deep.equal(['alpha cancelled']);
  });

  it('on a response that falls silent, without a clean end', async () => {
    const { port, forwarding, clock } = await openForwardDoor({ idleMs: 300_000 });
    let say: () => void = () => undefined;
    forwarding.add('alpha', await serve((_request, response) => (say = () => void response.write('x'))));
    const client = await RawClient.to(port, 'GET /services/web/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await eventually('the request', () => forwarding.open === 1);
    await eventually('a beginning', () => (say(), client.text.includes('x')));
    clock.advance(299_000);
    const { length } = client.text;
    say();
    await eventually('more of it', () => client.text.length > length);
    clock.advance(299_000);
    expect(forwarding.open).to.equal(1);
    clock.advance(2000);
    await eventually('the end', () => client.isClosed);
    expect(client.text).to.not.match(/0\r\n\r\n$/);
    expect(forwarding.ends).to.deep.equal(['alpha timed-out']);
  });

  it('on a body larger than it takes: at once when its length is said, else when it is reached', async () => {
    const { url, port, forwarding } = await openForwardDoor({ bodyBytesMax: 1000 });
    forwarding.add('alpha', await serve((incoming) => void incoming.resume().on('error', () => undefined)));
    const said = await request(`${url}/services/web/`, { method: 'POST', body: 'x'.repeat(1001) });
    expect(said.status).to.equal(413);
    expect(said.body).to.match(/larger than 1000 bytes.*--forward-body-max/);
    expect(forwarding.asked).to.deep.equal([]);
    const client = await RawClient.to(port, `${POST}Transfer-Encoding: chunked\r\n\r\n3e9\r\n${'x'.repeat(1001)}\r\n`);
    await eventually('the answer', () => client.text.includes('--forward-body-max'));
    expect(client.text).to.match(/^HTTP\/1\.1 413/);
    expect(forwarding.ends).to.deep.equal(['alpha cancelled']);
  });

  it('takes an upload that lasts longer than anything else may', async () => {
    const { port, forwarding, clock } = await openForwardDoor();
    forwarding.add(
      'alpha',
      await serve((incoming, response) => void incoming.resume().on('end', () => response.end('all'))),
    );
    const client = await RawClient.to(port, `${POST}Content-Length: 10\r\n\r\n`);
    for (const digit of '0123456789') {
      await eventually('a place', () => forwarding.open === 1);
      client.send(digit);
      clock.advance(29_000);
    }
    await eventually('the answer', () => client.text.endsWith('all'));
  });

  it('not on other requests: their bodies must come within 30 s', async () => {
    const { port, clock } = await openForwardDoor();
    const client = await RawClient.to(
      port,
      'PUT /algorithm HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n',
    );
    await request(`http://127.0.0.1:${port}/ok`);
    clock.advance(29_000);
    expect(client.text).to.equal('');
    clock.advance(2000);
    await eventually('the end', () => client.isClosed);
    expect(client.text).to.match(/^HTTP\/1\.1 408 .*did not arrive within 30 s/s);
  });
});
