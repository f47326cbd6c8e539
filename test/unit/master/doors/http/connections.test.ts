// The connections of the HTTP door: clients whose cable was pulled are noticed, and closing does not hang.
import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { expect } from 'chai';
import { closeDoors, openDoor, streamTasks } from '../../../../support/http-door.ts';
import { request } from '../../../../support/http.ts';
import { eventually } from '../../../../support/wait.ts';

/** The timer of the door's end of a connection, from /proc/net/tcp: [kind, ticks of 10 ms]. Kind 2 is keep-alive. */
function timerOf(doorPort: number, clientPort: number): [number, number] {
  const end = (port: number): string => `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  const row = rows.find(([, local, remote]) => local === end(doorPort) && remote === end(clientPort));
  const [kind = '', ticks = ''] = row?.[5]?.split(':') ?? [];
  return [Number(kind), parseInt(ticks, 16)];
}

/** Sends this and breaks the connection at once, a few times: when the door notices is up to the system. */
async function sendAndReset(host: string, port: number, text: string): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const socket = connect(port, host);
    await once(socket, 'connect');
    socket.write(text);
    socket.resetAndDestroy();
    await request(`http://${host}:${port}/ok`);
  }
}

const CONNECT = 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: localhost\r\n\r\n';
const UPGRADE = 'GET /ok HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n';

describe('a connection to the HTTP door', () => {
  afterEach(closeDoors);

  it('that wants a tunnel is told no and closed, and may break at any time', async () => {
    const { port } = await openDoor();
    await sendAndReset('127.0.0.1', port, CONNECT);
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString())).on('error', () => undefined);
    socket.write(CONNECT);
    await once(socket, 'end');
    expect(text).to.match(/^HTTP\/1\.1 400 .*no tunnels/s);
    // Whoever does not close its own end is not waited for.
    await eventually('it is closed', () => (socket.write('x'), socket.destroyed));
  });

  it('to another address of localhost is treated the same', async function () {
    if (process.platform !== 'linux') this.skip(); // elsewhere there is no 127.0.0.2
    const found = [1, 2].map((last) => ({ address: `127.0.0.${last}`, family: 4 }));
    const { lookup } = dns;
    const both = (host: string, options: object, done: (error: null, all: typeof found) => void): void => {
      if (host === 'localhost' && 'all' in options) done(null, found);
      else (lookup as (...args: unknown[]) => void)(host, options, done);
    };
    let port: number;
    try {
      dns.lookup = both as unknown as typeof lookup;
      ({ port } = await openDoor({ host: 'localhost' }));
    } finally {
      dns.lookup = lookup;
    }
    for (const text of [CONNECT, UPGRADE, 'garbage\r\n\r\n']) await sendAndReset('127.0.0.2', port, text);
    for (const [sent, answer] of [
      [UPGRADE, /^HTTP\/1\.1 200 /],
      ['garbage\r\n\r\n', /^HTTP\/1\.1 400 .*not a valid HTTP request/s],
    ] as const) {
      const socket = connect(port, '127.0.0.2');
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString())).on('error', () => undefined);
      socket.write(sent);
      await eventually('an answer', () => answer.test(text));
      socket.destroy();
    }
  });

  it('that is silent is asked after 30 s whether its client is there', async function () {
    if (process.platform !== 'linux') this.skip();
    const { port } = await openDoor();
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    await request(`http://127.0.0.1:${port}/ok`);
    const [kind, ticks] = timerOf(port, socket.localPort!);
    expect(kind).to.equal(2);
    expect(ticks).to.be.within(2500, 3000);
    socket.destroy();
  });

  it('that waits for results keeps the door from closing for no longer than a moment', async () => {
    const { url, desk, door } = await openDoor();
    const results = await streamTasks(url, [{ type: 'fib' }, { type: 'fib' }]);
    desk.end('t1');
    await results.until(1);
    const closedAt = performance.now();
    await door.close();
    expect(performance.now() - closedAt).to.be.below(2500);
    await eventually('what nobody waits for any more is cancelled', () => desk.cancelled.length > 0);
    expect(desk.cancelled).to.deep.equal([['t2', 'the client went away']]);
  });

  it('gets the last lines of a batch whose tasks end as the door closes', async () => {
    const { url, desk, door } = await openDoor();
    const results = await streamTasks(url, [{ type: 'fib' }, { type: 'fib' }]);
    const failure = { code: 'DRAINING', message: 'the master shut down' } as const;
    for (const id of desk.ids) desk.end(id, { state: 'failed', failure });
    await door.close();
    await results.end();
    expect(results.json().map((line) => (line['error'] as { status: number }).status)).to.deep.equal([503, 503]);
  });
});
