// Tunnels between a master's connector and real services: what passes through.
import { createServer as createHttpServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { Client } from 'undici';
import { systemClock } from '../../../../src/common/time/clock.ts';
import { tunnelConnector } from '../../../../src/master/forwarding/tunnel.ts';
import { breakOff, joinSockets } from '../../../../src/slave/forwarding/joined-sockets.ts';
import { OWN, readAll, readNext, TunnelYard } from '../../../support/tunnel-yard.ts';
import { eventually } from '../../../support/wait.ts';

/** Longer than an end that was passed on takes to be read, also while this process is held up. */
const SILENT_MS = 300;

/** The error's code, or what came before a good end. */
const brokenWith = (socket: Socket): Promise<string> =>
  readAll(socket).catch((error: unknown) => (error as { code: string }).code);

describe('a tunnel', () => {
  let yard: TunnelYard;
  beforeEach(async () => {
    yard = await TunnelYard.open();
  });
  afterEach(() => yard.close());

  describe('once it is open', () => {
    it('carries bytes both ways, and nothing else reaches the service', async () => {
      const socket = await yard.open();
      socket.write('ping');
      expect(await readNext(socket)).to.equal('ping');
      expect([yard.atService.length, yard.tunnels.open, yard.tunnels.counters.opened]).to.deep.equal([1, 1, 1]);
    });

    it('passes half-close on: the service may answer after all was said, and its end ends it', async () => {
      yard.onService = (socket) => void readAll(socket).then((text) => socket.end(`got ${text}`));
      const socket = await yard.open();
      // As undici's own connections, ours end when the other side does; here the master's side ends first.
      socket.allowHalfOpen = true;
      socket.end('all of it');
      expect(await readAll(socket)).to.equal('got all of it');
      await eventually('it is over', () => yard.tunnels.open === 0);
    });

    it('passes on what the service says first', async () => {
      yard.onService = (socket) => socket.end('hello');
      expect(await readAll(await yard.open())).to.equal('hello');
    });

    it('lets a slow reader slow the other side down', async () => {
      let written = 0;
      yard.onService = (socket) => {
        const more = (): void => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536))) written += 65_536;
          socket.once('drain', more);
        };
        more();
      };
      const socket = await yard.open();
      let before = -1;
      await eventually('it stops', () => {
        const stopped = written === before;
        before = written;
        return stopped;
      });
      expect(written).to.be.below(32 * 1024 * 1024);
      socket.resume();
      await eventually('it goes on', () => written > before + 1024 * 1024);
    });

    it('breaks for the master when the service breaks, so that no half answer looks whole', async () => {
      yard.onService = (socket) => {
        socket.write('half');
        socket.once('data', () => breakOff(socket));
      };
      const socket = await yard.open();
      expect(await readNext(socket)).to.equal('half');
      // Data and the break at once would look like a good end to any Node.
      socket.write('go on');
      expect(await brokenWith(socket)).to.equal('ECONNRESET');
    });

    it('ends at the service when the master goes away', async () => {
      yard.onService = (socket) => void socket.write('endless');
      const socket = await yard.open();
      await readNext(socket);
      const closed = new Promise((resolve) => yard.atService[0]!.once('end', resolve).resume());
      socket.destroy();
      await closed;
    });

    it('serves undici, request after request over the same connection', async () => {
      const web = createHttpServer((request, response) => response.end(`${request.method} ${request.url}`));
      await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
      yard.servicePort = (web.address() as { port: number }).port;
      const client = new Client('http://web', {
        connect: tunnelConnector(() => yard.target(), { clock: systemClock, limitMs: 5000 }),
      });
      for (const path of ['/a', '/b']) {
        const { body } = await client.request({ path, method: 'GET' });
        expect(await body.text()).to.equal(`GET ${path}`);
      }
      expect(yard.tunnels.counters.opened).to.equal(1);
      await client.close();
      await new Promise((resolve) => web.close(resolve));
    });

    it('ends when another link than its own stands, and stays when it is its own, dialled again', async () => {
      const socket = await yard.open();
      yard.tunnels.keepOnly(OWN);
      socket.write('still there');
      expect(await readNext(socket)).to.equal('still there');
      const broken = brokenWith(socket);
      yard.tunnels.keepOnly({ nonce: 'n2', masterId: 'm1' });
      expect(await broken).to.equal('ECONNRESET');
    });

    it('is broken off when the other side stays silent for too long after one side ended', async function () {
      this.timeout(5000);
      const sockets: Socket[] = [];
      const port = await yard.listen((socket) => sockets.push(socket.on('error', () => undefined)));
      const ends = [1, 2].map(() => connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
      await eventually('all are connected', () => sockets.length === 2);
      const closed = new Promise<void>((resolve) => joinSockets(sockets[0]!, sockets[1]!, resolve, SILENT_MS));
      const broken = ends.map(brokenWith);
      ends[0]!.end();
      await closed;
      expect(await Promise.all(broken)).to.deep.equal(['ECONNRESET', '']);
    });
  });

  describe('while its slave leaves', () => {
    it('may end; then, when none has come for a moment, all are over', async () => {
      let quiet = false;
      const socket = await yard.open();
      void yard.tunnels.quiet().then(() => (quiet = true));
      yard.clock.advance(10_000);
      await new Promise((resolve) => setImmediate(resolve));
      expect(quiet).to.equal(false);
      const late = await yard.open();
      socket.destroy();
      late.destroy();
      await eventually('both are over', () => yard.tunnels.open === 0);
      yard.clock.advance(299);
      await new Promise((resolve) => setImmediate(resolve));
      expect(quiet).to.equal(false);
      yard.clock.advance(1);
      await eventually('it is quiet', () => quiet);
    });
  });
});
