// A request whose connection fails before a response begins: who gets a second try, and with what.
import { expect } from 'chai';
import {
  closeForwardDoors,
  openForwardDoor,
  RawClient,
  serve,
  serveRaw,
  type OpenForwardDoor,
} from '../../../../support/forward-door.ts';
import { request } from '../../../../support/http.ts';
import { freeTcpPort } from '../../../../support/ports.ts';
import { eventually } from '../../../../support/wait.ts';

/** Breaks the connection when it has read this much of the request. */
function breakAfter(bytes: number): Promise<number> {
  return serveRaw((socket) => {
    let count = 0;
    socket.on('data', (chunk: Buffer) => {
      count += chunk.length;
      if (count >= bytes) socket.destroy();
    });
  });
}

describe('a request that failed before a response began', () => {
  afterEach(closeForwardDoors);

  let door: OpenForwardDoor;
  let bodies: string[];
  async function withGood(bad: number): Promise<void> {
    door = await openForwardDoor();
    bodies = [];
    door.forwarding.add('bad', bad);
    const good = await serve((incoming, response) => {
      let text = '';
      incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
      incoming.on('end', () => {
        bodies.push(text);
        response.end('good');
      });
    });
    door.forwarding.add('good', good);
  }

  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
    it(`is tried on another member when it is ${method}`, async () => {
      await withGood(await breakAfter(1));
      const answer = await request(`${door.url}/services/web/`, { method });
      expect(answer).to.include({ status: 200, body: 'good' });
      expect(door.forwarding.ends).to.deep.equal(['bad broken', 'good answered 200']);
      expect(door.forwarding.asked).to.deep.equal(['web', 'web without bad']);
    });
  }

  it('is not tried again when it is POST: the service may have done it', async () => {
    await withGood(await breakAfter(1));
    const answer = await request(`${door.url}/services/web/`, { method: 'POST', body: 'x' });
    expect(answer.status).to.equal(502);
    expect(JSON.parse(answer.body)).to.include({
      type: 'urn:lanyard:problem:bad-gateway',
      service: 'web',
      member: 'bad',
    });
    expect(door.forwarding.ends).to.deep.equal(['bad broken']);
  });

  it('is tried again when it is POST with an Idempotency-Key, with its whole body', async () => {
    const body = 'b'.repeat(64 * 1024);
    await withGood(await breakAfter(60_000));
    const headers = { 'idempotency-key': 'k' };
    const answer = await request(`${door.url}/services/web/`, { method: 'POST', body, headers });
    expect(answer.status).to.equal(200);
    expect(bodies).to.deep.equal([body]);
  });

  it('is not tried again when more than 64 KiB of its body has been sent', async () => {
    await withGood(await breakAfter(70_000));
    const answer = await request(`${door.url}/services/web/`, { method: 'PUT', body: 'b'.repeat(200_000) });
    expect(answer.status).to.equal(502);
    expect(bodies).to.deep.equal([]);
  });

  it('is tried again whatever it is when there was no connection, also with a large body', async () => {
    await withGood(await freeTcpPort());
    const body = 'b'.repeat(1_000_000);
    const answer = await request(`${door.url}/services/web/`, { method: 'POST', body });
    expect(answer.status).to.equal(200);
    expect(bodies).to.deep.equal([body]);
    expect(door.forwarding.ends).to.deep.equal(['bad unreachable', 'good answered 200']);
  });

  it('is tried once, not twice', async () => {
    await withGood(await breakAfter(1));
    door.forwarding.members[1] = { ...door.forwarding.members[0]!, name: 'worse' };
    const answer = await request(`${door.url}/services/web/`);
    expect(answer.status).to.equal(502);
    expect(answer.body).to.match(/web at worse did not answer: .*look at the service/);
    expect(door.forwarding.ends).to.deep.equal(['bad broken', 'worse broken']);
  });

  it('says what went wrong at first when there is no other member', async () => {
    await withGood(await breakAfter(1));
    door.forwarding.members.pop();
    const answer = await request(`${door.url}/services/web/`);
    expect(answer.status).to.equal(502);
    expect(JSON.parse(answer.body)).to.include({ member: 'bad' });
  });

  it('sends the rest of a body that was on its way', async () => {
    await withGood(await breakAfter(300));
    const client = await RawClient.to(door.port);
    client.send('PUT /services/web/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n');
    client.send(`5\r\nfirst\r\n12c\r\n${'x'.repeat(300)}\r\n`);
    await eventually('the second attempt', () => door.forwarding.asked.length === 2);
    client.send('4\r\nlast\r\n0\r\n\r\n');
    await eventually('the answer', () => client.text.includes('good'));
    expect(bodies).to.deep.equal([`first${'x'.repeat(300)}last`]);
  });

  it('does not speak against the member when the connection was kept and has ended meanwhile', async () => {
    door = await openForwardDoor();
    const answers = ['HTTP/1.1 204 No Content\r\n\r\n', ''];
    const port = await serveRaw((socket) => {
      let count = 0;
      socket.on('data', () => {
        const answer = answers[count++] ?? '';
        if (answer === '') socket.destroy();
        else socket.write(answer);
      });
    });
    door.forwarding.add('alpha', port);
    const post = (): Promise<{ status: number }> => request(`${door.url}/services/web/`, { method: 'POST' });
    expect((await post()).status).to.equal(204);
    expect((await post()).status).to.equal(502);
    expect((await post()).status).to.equal(204);
    expect(door.forwarding.ends).to.deep.equal(['alpha answered 204', 'alpha cancelled', 'alpha answered 204']);
    answers.shift(); // a new connection that ends is another matter
    await post();
    await post();
    expect(door.forwarding.ends.slice(3)).to.deep.equal(['alpha cancelled', 'alpha broken']);
  });

  it('has its body wait while it waits for another member, however much there is of it', async () => {
    await withGood(
      await serveRaw((socket) => {
        socket.once('data', () => {
          door.forwarding.isFull = true;
          socket.destroy();
        });
      }),
    );
    const client = await RawClient.to(door.port);
    client.send('PUT /services/web/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 200005\r\n\r\nfirst');
    await eventually('it waits', () => door.forwarding.waiting.size === 1);
    client.send('x'.repeat(200_000));
    await request(`${door.url}/ok`); // by then the rest has come, and is not read
    door.forwarding.isFull = false;
    const [asker] = door.forwarding.waiting;
    door.forwarding.route('web', asker!);
    await eventually('the answer', () => client.text.includes('good'));
    expect(bodies[0]?.length).to.equal(200_005);
  });

  for (const [what, garbage] of [
    ['garbage', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    [
      'two transfer encodings',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a status that is none', 'HTTP/1.1 000 X\r\ncontent-length: 1\r\n\r\nz'],
    ['100 Continue that nobody asked for', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n'],
    ['an odd transfer encoding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
    ['endless headers', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(40_000)}\r\n`],
    ['nothing', ''],
  ] as const) {
    it(`ends with 502 when the service answers ${what}`, async () => {
      door = await openForwardDoor();
      door.forwarding.add('odd', await serveRaw((socket) => socket.once('data', () => socket.end(garbage))));
      const answer = await request(`${door.url}/services/web/`, { method: 'POST' });
      expect(answer.status, answer.body).to.equal(502);
      expect(answer.headers['content-type']).to.match(/^application\/problem\+json/);
      expect(answer.body).to.not.match(/expression|===|bad (response|upgrade)/i);
      expect(door.forwarding.ends).to.deep.equal(['odd broken']);
    });
  }
});
