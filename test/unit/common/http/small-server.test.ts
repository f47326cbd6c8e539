// The small HTTP server for programs: what it answers, and what strangers cannot do to it.
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import type { Page } from '../../../../src/common/http/page.ts';
import { openSmallServer, type SmallServer } from '../../../../src/common/http/small-server.ts';
import { request } from '../../../support/http.ts';
import { eventually } from '../../../support/wait.ts';

type Route = (url: URL) => Page | Promise<Page>;

const HOST = '127.0.0.1';

describe('small server', () => {
  const servers: SmallServer[] = [];
  const sockets: Socket[] = [];

  async function open(route: Route, receiveMs?: number): Promise<SmallServer> {
    const routes = new Map([['/page', route]]);
    const limits = receiveMs === undefined ? {} : { receiveMs };
    const server = await openSmallServer({
      host: HOST,
      port: 0,
      what: 'pages',
      option: '--page-port',
      routes,
      ...limits,
    });
    servers.push(server);
    return server;
  }

  const urlOf = ({ port }: SmallServer, path: string): string => `http://${HOST}:${port}${path}`;
  const page = (body: string): Page => ({ contentType: 'text/x-page', body });

  /** A bare connection and all that came back on it. */
  function bare({ port }: SmallServer): { readonly socket: Socket; text: string; closed: boolean } {
    const peer = { socket: connect(port, HOST), text: '', closed: false };
    sockets.push(peer.socket);
    peer.socket.setEncoding('utf8').on('data', (chunk: string) => (peer.text += chunk));
    peer.socket.on('error', () => undefined).on('close', () => (peer.closed = true));
    return peer;
  }

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  it('answers GET with what the route made of the query, in bytes', async () => {
    const server = await open((url) => page(`größe ${url.searchParams.getAll('host').join('+')}`));
    const answer = await request(urlOf(server, '/page?host=a&host=b'));
    expect(answer.status).to.equal(200);
    expect(answer.body).to.equal('größe a+b');
    expect(answer.headers['content-type']).to.equal('text/x-page');
    expect(answer.headers['content-length']).to.equal('11');
  });

  it('answers with the status that the route says', async () => {
    const server = await open(() => ({ status: 503, ...page('not yet') }));
    const answer = await request(urlOf(server, '/page'));
    expect([answer.status, answer.body]).to.deep.equal([503, 'not yet']);
  });

  it('answers HEAD as GET, without the body', async () => {
    const server = await open(() => Promise.resolve(page('four')));
    const answer = await request(urlOf(server, '/page'), { method: 'HEAD' });
    expect([answer.status, answer.headers['content-length'], answer.body]).to.deep.equal([200, '4', '']);
  });

  it('says what there is when asked for anything else', async () => {
    const server = await open(() => page(''));
    for (const path of ['/', '/pages', '/page/', '//', '/%']) {
      const answer = await request(urlOf(server, path), { method: path === '/' ? 'POST' : 'GET' });
      expect(answer.status, path).to.equal(404);
      expect(answer.body, path).to.equal('nothing here; this serves pages: GET /page\n');
    }
  });

  it('lets nobody write: 405 and what is allowed, without waiting for the body', async () => {
    const server = await open(() => page(''));
    const answer = await request(urlOf(server, '/page'), { method: 'DELETE' });
    expect([answer.status, answer.headers.allow]).to.deep.equal([405, 'GET, HEAD']);
    const peer = bare(server);
    peer.socket.write('POST /page HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\nonly this');
    await eventually('it is answered and closed', () => peer.closed, 3000);
    expect(peer.text).to.match(/^HTTP\/1.1 405 /);
  });

  it('answers 500 with a sentence when the page cannot be made, and goes on', async () => {
    let isBroken = true;
    const server = await open(() => (isBroken ? Promise.reject(new Error('secret')) : page('well')));
    const broken = await request(urlOf(server, '/page'));
    expect([broken.status, broken.body]).to.deep.equal([500, 'the pages could not be read just now; try again\n']);
    isBroken = false;
    expect((await request(urlOf(server, '/page'))).body).to.equal('well');
  });

  it('survives clients that go away before they are answered', async () => {
    let release: (made: Page) => void = () => undefined;
    let asked = 0;
    const server = await open(() => {
      asked++;
      return new Promise((resolve) => (release = resolve));
    });
    const peer = bare(server);
    peer.socket.write('GET /page HTTP/1.1\r\nhost: x\r\n\r\n');
    await eventually('it asks', () => asked === 1);
    peer.socket.resetAndDestroy();
    await eventually('it is gone', () => peer.closed);
    release(page('too late'));
    const next = request(urlOf(server, '/page'));
    await eventually('the next one asks', () => asked === 2);
    release(page('in time'));
    expect((await next).body).to.equal('in time');
  });

  it('closes connections on which no whole request arrives in time', async () => {
    const server = await open(() => page(''), 100);
    const [silent, slow] = [bare(server), bare(server)];
    slow.socket.write('GET /page HTTP/1.1\r\nhost:');
    await eventually('both are closed', () => silent.closed && slow.closed, 3000);
    expect(slow.text).to.match(/^HTTP\/1.1 408 /);
  });

  it('breaks off with who sends a thousand requests without waiting for an answer, and works on one of them', async () => {
    let made = 0;
    const server = await open(() => {
      made++;
      return page('x');
    });
    const rude = bare(server);
    rude.socket.write('GET /page HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(1000));
    await eventually('it is broken off', () => rude.closed, 3000);
    expect(made).to.equal(1);
    const polite = bare(server);
    for (let n = 1; n <= 3; n++) {
      polite.socket.write('GET /page HTTP/1.1\r\nhost: x\r\n\r\n');
      await eventually('it is answered', () => polite.text.split('HTTP/1.1 200').length === n + 1);
    }
    expect(made).to.equal(4);
  });

  it('turns away more than 64 connections', async () => {
    const server = await open(() => page(''));
    const peers = Array.from({ length: 70 }, () => bare(server));
    await eventually('six are turned away', () => peers.filter(({ closed }) => closed).length === 6, 3000);
    peers.find(({ closed }) => !closed)!.socket.destroy();
    await eventually('there is room again', async () => {
      return await request(urlOf(server, '/page')).then(
        ({ status }) => status === 200,
        () => false,
      );
    });
  });

  it('closes while a client is still connected, idle or waiting for its answer', async () => {
    const server = await open((url) => (url.search === '' ? page('') : new Promise<Page>(() => undefined)));
    const [idle, waiting] = [bare(server), bare(server)];
    idle.socket.write('GET /page HTTP/1.1\r\nhost: x\r\n\r\n');
    waiting.socket.write('GET /page?never HTTP/1.1\r\nhost: x\r\n\r\n');
    await eventually('one is answered', () => idle.text.startsWith('HTTP/1.1 200'));
    const startMs = performance.now();
    await server.close();
    expect(performance.now() - startMs).to.be.below(1500);
    await eventually('both are closed', () => idle.closed && waiting.closed);
  });

  it('names port and option when it cannot be bound', async () => {
    const { port } = await open(() => page(''));
    const routes = new Map<string, Route>();
    const opening = openSmallServer({ host: HOST, port, what: 'pages', option: '--page-port', routes });
    const error = await opening.then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(error?.message).to.match(new RegExp(`pages: cannot bind TCP ${HOST}:${port}: .*--page-port`));
  });
});
