// What a probe makes of real services: down, slow, full of garbage, closing, endless; and what it says of that in the log.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import type { Log } from '../../../../src/common/log.ts';
import { parseSelector } from '../../../../src/common/services/metric-text.ts';
import { ServiceProbe, type ServiceReading } from '../../../../src/common/services/service-probe.ts';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import { eventually } from '../../../support/wait.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

describe('a probe of a service', () => {
  let clock: ManualClock;
  let lines: string[];
  let answer: Answer;
  let asked: (string | undefined)[];
  let http: Server;
  let tcp: Server;
  let onTcp: (socket: Socket) => void;
  const sockets = new Set<Socket>();
  const portOf = (server: Server): number => (server.address() as { port: number }).port;

  before(async () => {
    http = createServer((request, response) => {
      asked.push(request.url);
      answer(request, response);
    });
    tcp = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.resume();
      onTcp(socket);
    });
    for (const server of [http, tcp]) {
      server.on('connection', (socket: Socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
  });
  beforeEach(() => {
    [clock, lines, asked] = [new ManualClock(), [], []];
    answer = (_request, response) => response.end('a 1\n');
    onTcp = () => undefined;
  });
  afterEach(async () => {
    // Whatever a probe opened it has closed.
    await eventually('no connection is left', () => sockets.size === 0);
  });
  after(() => {
    http.close();
    tcp.close();
  });

  function newProbe(given: { health?: string; metric?: string; port?: number } = {}): ServiceProbe {
    const { health, metric, port = portOf(http) } = given;
    const place = { hostname: '127.0.0.1', port };
    const note =
      (level: string) =>
      (fields: { reason?: string }, text: string): void =>
        void lines.push(`${level} ${text}${fields.reason === undefined ? '' : `: ${fields.reason}`}`);
    const log = { info: note('info'), warn: note('warn') } as unknown as Log;
    const selector = metric === undefined ? undefined : parseSelector(metric)!;
    return new ServiceProbe(
      {
        ...place,
        name: 'web',
        healthPath: health,
        metric: selector && { ...place, path: '/metrics', selector },
      },
      { clock, log },
    );
  }

  const isWell = async (probe: ServiceProbe): Promise<boolean> => (await probe.read(1000)).healthy;

  /** A look that gets no answer, until the clock says that it is enough. */
  async function readInVain(probe: ServiceProbe, begun: () => boolean): Promise<ServiceReading> {
    const reading = probe.read(500);
    await eventually('it is asked', begun);
    clock.advance(499);
    expect(await Promise.race([reading.then(() => 'read'), new Promise((r) => setImmediate(r, 'waiting'))])).to.equal(
      'waiting',
    );
    clock.advance(1);
    return reading;
  }

  it('finds well what accepts a connection, and sends nothing there', async () => {
    let bytes = 0;
    onTcp = (socket) => socket.on('data', ({ length }) => (bytes += length));
    expect(await isWell(newProbe({ port: portOf(tcp) }))).to.equal(true);
    expect([bytes, lines]).to.deep.equal([0, ['info service is well']]);
  });

  it('finds down what refuses connections, and says so once', async () => {
    const gone = createTcpServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const port = portOf(gone);
    await new Promise((resolve) => gone.close(resolve));
    const probe = newProbe({ port });
    for (let i = 0; i < 3; i++) expect(await isWell(probe)).to.equal(false);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^info service does not answer yet: connect ECONNREFUSED/);
  });

  for (const status of [200, 204, 302, 399])
    it(`finds well what answers ${status} to a GET`, async () => {
      answer = (_request, response) => response.writeHead(status).end();
      expect(await isWell(newProbe({ health: '/health?deep=1' }))).to.equal(true);
      expect(asked).to.deep.equal(['/health?deep=1']);
    });

  for (const status of [400, 404, 429, 500, 503])
    it(`finds down what answers ${status} to a GET`, async () => {
      answer = (_request, response) => response.writeHead(status).end();
      expect(await isWell(newProbe({ health: '/' }))).to.equal(false);
      expect(lines).to.deep.equal([`info service does not answer yet: GET / is answered with ${status}`]);
    });

  it('does not wait for what comes behind the head of an answer', async () => {
    answer = (_request, response) => response.writeHead(200).write('endless');
    expect(await isWell(newProbe({ health: '/' }))).to.equal(true);
  });

  it('finds down what answers with garbage, closes, or resets', async () => {
    const ways: ((socket: Socket) => void)[] = [
      (socket) => socket.end('SSH-2.0-OpenSSH\r\n'),
      (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`),
      (socket) => socket.end(),
      (socket) => socket.resetAndDestroy(),
      (socket) => socket.end('HTTP/1.1 99999 OK\r\n\r\n'),
    ];
    for (const way of ways) {
      onTcp = way;
      expect(await isWell(newProbe({ health: '/', port: portOf(tcp) })), way.toString()).to.equal(false);
    }
    expect(lines).to.have.length(ways.length);
  });

  it('waits for an answer as long as it was told, and no longer', async () => {
    answer = () => undefined;
    const probe = newProbe({ health: '/' });
    expect((await readInVain(probe, () => asked.length > 0)).healthy).to.equal(false);
    expect(lines).to.deep.equal(['info service does not answer yet: no answer within 500 ms']);
  });

  it('asks once for all who want to know at the same time', async () => {
    const probe = newProbe({ health: '/' });
    await Promise.all([probe.read(1000), probe.read(1000)]);
    await probe.read(1000);
    expect(asked).to.have.length(2);
  });

  it('says when a service is no longer well, and when it is again', async () => {
    const probe = newProbe({ health: '/' });
    const states: boolean[] = [];
    const whys: (string | undefined)[] = [];
    for (const status of [200, 500, 500, 500, 500, 200, 200]) {
      answer = (_request, response) => response.writeHead(status).end();
      states.push(await isWell(probe));
      whys.push(probe.state.why);
    }
    expect(states).to.deep.equal([true, true, true, false, false, false, true]);
    const why = 'GET / is answered with 500';
    expect(whys).to.deep.equal([undefined, undefined, undefined, why, why, why, undefined]);
    expect(lines).to.deep.equal([
      'info service is well',
      'warn service is not well, it gets nothing: GET / is answered with 500',
      'info service is well',
    ]);
  });

  it('has no load without a metric, and reads it beside the health', async () => {
    expect((await newProbe().read(1000)).load).to.equal(null);
    answer = (_request, response) => response.end('a{b="c"} 2.5\na{b="d"} 2\n');
    const reading = await newProbe({ health: '/health', metric: 'a' }).read(1000);
    expect(reading).to.deep.equal({ healthy: true, load: 4.5 });
    expect(asked.sort()).to.deep.equal(['/health', '/metrics']);
  });

  it('keeps the last load for three readings, then takes the greatest, and says so once each way', async () => {
    const probe = newProbe({ metric: 'a' });
    const loads: (number | null)[] = [];
    for (const value of ['7', 'NaN', '-1', '+Inf', 'NaN', 'NaN', '8']) {
      answer = (_request, response) => response.end(`a ${value}\n`);
      loads.push((await probe.read(1000)).load);
    }
    expect(loads).to.deep.equal([7, 7, 7, 7, 1e15, 1e15, 8]);
    expect(lines.slice(1).map((line) => line.slice(0, 40))).to.deep.equal([
      'warn load of the service is not known: t',
      'info load of the service is known again',
    ]);
  });

  it('says why its load is not known, and first why it is down', async () => {
    answer = ({ url }, response) => response.writeHead(url === '/' ? status : 200).end('busy 1\n');
    let status = 200;
    const probe = newProbe({ health: '/', metric: 'bussy' });
    expect(await probe.read(1000)).to.deep.equal({ healthy: true, load: 1e15, why: '/metrics has no metric bussy' });
    status = 503;
    for (let i = 0; i < 3; i++) await probe.read(1000);
    expect(probe.state.why).to.equal('GET / is answered with 503');
  });

  it('takes no page that is too large, and reads no further', async function () {
    // The clock stands still: without its bound it would read for ever.
    this.timeout(10_000);
    let sent = 0;
    answer = (_request, response) => {
      const page = Buffer.alloc(1024 * 1024, 'b 1\n');
      const more = (): void => {
        let goesOn = true;
        for (; !response.destroyed && sent < 100 && goesOn; sent++) goesOn = response.write(page);
        if (sent < 100) response.once('drain', more);
      };
      response.write('a 7\n');
      more();
    };
    const { load, healthy } = await newProbe({ metric: 'a' }).read(10_000);
    expect([load, healthy]).to.deep.equal([1e15, true]);
    expect(sent).to.be.below(50);
    expect(lines.at(-1)).to.match(/: the page is larger than 4194304 bytes$/);
  });

  it('takes no page that is compressed, not there, or cut off', async () => {
    const pages: readonly [Answer, string][] = [
      [(_request, response) => response.setHeader('content-encoding', 'gzip').end('a 1\n'), 'content-encoding gzip'],
      [(_request, response) => response.writeHead(404).end('a 1\n'), 'answered with 404'],
      [(_request, response) => response.writeHead(301, { location: '/' }).end('a 1\n'), 'answered with 301'],
      [
        (_request, response) =>
          void response.writeHead(200, { 'content-length': 1000 }).write('a 1\n', () => response.destroy()),
        'aborted',
      ],
      [(_request, response) => response.end('b 1\n'), '/metrics has no metric a'],
    ];
    for (const [page, problem] of pages) {
      answer = page;
      expect((await newProbe({ metric: 'a' }).read(1000)).load, problem).to.equal(1e15);
      expect(lines.at(-1)).to.contain(problem);
    }
  });

  it('shows nothing of an answer that could break the log', async () => {
    onTcp = (socket) => socket.end(`HTTP/1.1 200 OK\r\ncontent-encoding: \u001b[31mred\r\n\r\n`);
    answer = (_request, response) => response.end(`a \u001b[31m${'x'.repeat(1000)}\n`);
    await newProbe({ metric: 'a' }).read(1000);
    expect(lines.at(-1))
      .to.have.length.below(300)
      .and.not.to.match(/\p{Cc}/u);
  });

  it('ends what it is at when it is stopped, and counts nothing of it', async () => {
    answer = () => undefined;
    const probe = newProbe({ health: '/', metric: 'a' });
    const reading = probe.read(60_000);
    await eventually('both are asked', () => asked.length === 2);
    probe.stop();
    expect(await reading).to.deep.equal({ healthy: false, load: 1e15 });
    expect(await probe.read(60_000)).to.deep.equal({ healthy: false, load: 1e15 });
    expect(lines).to.deep.equal([]);
  });
});
