// The forward door as clients and services see it: what passes, and how it ends.
import { expect } from 'chai';
import { closeForwardDoors, openForwardDoor, RawClient, serve } from '../../../../support/forward-door.ts';
import { request } from '../../../../support/http.ts';
import { eventually } from '../../../../support/wait.ts';

describe('the forward door', () => {
  afterEach(closeForwardDoors);

  it('passes method, path, query, headers and body on, and the response back', async () => {
    const { url, forwarding } = await openForwardDoor();
    let seen: Record<string, unknown> = {};
    const port = await serve((incoming, response) => {
      let text = '';
      incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
      incoming.on('end', () => {
        seen = { method: incoming.method, url: incoming.url, headers: incoming.headers, text };
        response.writeHead(201, 'Made', [
          ...['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Custom', 'yes'],
          ...['Connection', 'x-secret', 'X-Secret', '1', 'Keep-Alive', 'timeout=9'],
        ]);
        response.end('made');
      });
    });
    forwarding.add('alpha', port);
    forwarding.basePath = '/app';
    const answer = await request(`${url}/services/web/a%20b/%7Ec;x=1?q=%2F..&r`, {
      method: 'PATCH',
      body: 'hello',
      headers: {
        ...{ 'x-one': '1', connection: 'keep-alive, x-two', 'x-two': '2', te: 'trailers, deflate', upgrade: 'h2c' },
        ...{ 'x-forwarded-for': '10.0.0.1', 'x-forwarded-proto': 'https', 'x-forwarded-prefix': '/evil' },
        ...{ x_forwarded_host: 'evil', forwarded: 'for=1', 'proxy-authorization': 'Basic x', cookie: 'c=1' },
      },
    });
    expect(seen).to.include({ method: 'PATCH', url: '/app/a%20b/%7Ec;x=1?q=%2F..&r', text: 'hello' });
    const headers = seen['headers'] as Record<string, string>;
    expect(headers).to.include({
      ...{ host: `127.0.0.1:${port}`, 'x-one': '1', te: 'trailers', cookie: 'c=1', 'content-length': '5' },
      ...{ 'x-forwarded-for': '10.0.0.1, 127.0.0.1', 'x-forwarded-host': url.slice(7), 'x-forwarded-proto': 'http' },
      ...{ 'x-forwarded-prefix': '/services/web', via: '1.1 lanyard', connection: 'keep-alive' },
    });
    expect(headers).to.not.have.any.keys('x-two', 'upgrade', 'x_forwarded_host', 'forwarded', 'proxy-authorization');
    expect(answer).to.include({ status: 201, body: 'made' });
    expect(answer.headers).to.deep.include({
      ...{ 'set-cookie': ['a=1', 'b=2'], 'x-custom': 'yes', 'x-served-by': 'alpha', via: '1.1 lanyard' },
    });
    expect(answer.headers).to.not.have.property('x-secret');
    expect(answer.headers['keep-alive']).to.not.equal('timeout=9');
    expect(forwarding.ends).to.deep.equal(['alpha answered 201']);
  });

  it('keeps connections, also those to the service', async () => {
    const { port, forwarding } = await openForwardDoor();
    const ports = new Set<number | undefined>();
    forwarding.add(
      'alpha',
      await serve(({ socket }, response) => {
        ports.add(socket.remotePort);
        response.end('ok');
      }),
    );
    const client = await RawClient.to(port);
    for (let count = 1; count <= 3; count++) {
      client.send(`GET /services/web/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
      await eventually('an answer', () => client.text.split('HTTP/1.1 200 OK').length === count + 1);
    }
    expect(ports.size).to.equal(1);
  });

  it('sends /services/web to /services/web/ with the query as it is', async () => {
    const { url, forwarding } = await openForwardDoor();
    const answer = await request(`${url}/services/web?a=/b&c=%20`, { method: 'POST', body: 'x' });
    expect(answer.status).to.equal(308);
    expect(answer.headers['location']).to.equal('/services/web/?a=/b&c=%20');
    expect(forwarding.asked).to.deep.equal([]);
  });
});
