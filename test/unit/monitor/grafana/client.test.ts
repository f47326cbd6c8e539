// The HTTP client against servers that answer oddly: nothing is thrown, nothing unbounded is read, and the key stays where it belongs.
import { expect } from 'chai';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { systemClock } from '../../../../src/common/time/clock.ts';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import { ApiKey } from '../../../../src/monitor/grafana/api-key.ts';
import { ANSWER_BYTES_MAX, createClient, REQUEST_MS_MAX } from '../../../../src/monitor/grafana/client.ts';
import { createGrafana } from '../../../../src/monitor/grafana/grafana-api.ts';
import type { Answer, Transport } from '../../../../src/monitor/grafana/transport.ts';
import type { Trouble } from '../../../../src/monitor/grafana/trouble.ts';

const SECRET = 'glsa_topsecret_1';
const GET = { method: 'GET', path: '/api/datasources' } as const;

function troubleOf(answer: Answer<unknown>): Trouble {
  if (answer.ok) throw new Error(`no trouble: ${inspect(answer)}`);
  expect(inspect(answer, { depth: 9 })).not.to.contain('topsecret');
  return answer.trouble;
}

describe('Grafana client', () => {
  const servers: Server[] = [];
  const seen: {
    method: string;
    url: string;
    authorization: string | undefined;
    type: string | undefined;
    body: string;
  }[] = [];

  async function serve(answer: RequestListener): Promise<string> {
    const server = createServer((request, response) => {
      const { method = '', url = '', headers } = request;
      const entry = { method, url, authorization: headers.authorization, type: headers['content-type'], body: '' };
      seen.push(entry);
      request.on('data', (chunk: Buffer) => (entry.body += chunk.toString()));
      request.on('end', () => answer(request, response));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function clientAt(url: string, clock = systemClock, signal?: AbortSignal): Transport {
    return createClient({ url, key: new ApiKey(SECRET), clock, epochMs: () => 0, ...(signal && { signal }) });
  }

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    seen.length = 0;
  });

  it('asks below a sub-path, with the key as a bearer token', async () => {
    const url = await serve((_, response) => response.end('[]'));
    const answer = await clientAt(`${url}/grafana`)(GET);
    expect(answer).to.deep.equal({ ok: true, value: [] });
    await clientAt(url)({ method: 'POST', path: '/api/x', body: { a: 'ü' } });
    expect(seen).to.deep.equal([
      { method: 'GET', url: '/grafana/api/datasources', authorization: `Bearer ${SECRET}`, type: undefined, body: '' },
      { method: 'POST', url: '/api/x', authorization: `Bearer ${SECRET}`, type: 'application/json', body: '{"a":"ü"}' },
    ]);
  });

  it('does not follow a redirect: the key goes to no other address', async () => {
    const elsewhere = await serve((_, response) => response.end('[]'));
    const url = await serve((_, response) => response.writeHead(307, { location: `${elsewhere}/?k=${SECRET}` }).end());
    const trouble = troubleOf(await clientAt(url)(GET));
    expect(trouble).to.deep.include({ kind: 'moved', status: 307 });
    expect(trouble.sentence).to.contain(`${elsewhere}/?k=[key]`);
    expect(seen).to.have.length(1);
  });

  it('takes a page of HTML for another program, whatever its status', async () => {
    for (const status of [200, 404]) {
      const url = await serve((_, response) => {
        response.writeHead(status, { 'content-type': 'text/html' }).end('<html>Log in</html>');
      });
      const trouble = troubleOf(await clientAt(url)(GET));
      expect(trouble).to.deep.include({ kind: 'malformed', status });
      expect(trouble.sentence).to.match(/web page.*login/);
    }
  });

  it('takes what is no JSON, and JSON of another form, for malformed', async () => {
    for (const body of ['', '[{"uid":', 'ok', '\ufffd\u0000']) {
      const url = await serve((_, response) => response.end(body));
      expect(troubleOf(await clientAt(url)(GET)).kind, body).to.equal('malformed');
    }
    for (const body of ['{}', 'null', '7', '[1]', '[{"uid":1,"name":"x"}]', '[{"uid":"x"}]']) {
      const url = await serve((_, response) => response.end(body));
      const grafana = createGrafana(clientAt(url));
      expect(troubleOf(await grafana.listDataSources()).kind, body).to.equal('malformed');
      if (body !== '{}') expect(troubleOf(await grafana.getBoard('x')).kind, body).to.equal('malformed');
      expect(troubleOf(await grafana.getDataSource('x')).kind, body).to.equal('malformed');
    }
  });

  it('knows a missing board from an address where nothing of Grafana is', async () => {
    const url = await serve((_, response) => response.writeHead(404).end('{"message":"Dashboard not found"}'));
    const grafana = createGrafana(clientAt(url));
    expect(await grafana.getBoard('x')).to.deep.equal({ ok: true, value: undefined });
    expect(await grafana.getDataSource('x')).to.deep.equal({ ok: true, value: undefined });
    expect(await grafana.deleteDataSource('x')).to.deep.equal({ ok: true, value: undefined });
    expect(troubleOf(await grafana.listDataSources()).kind).to.equal('not-found');
    const other = await serve((_, response) => response.writeHead(404).end('404 page not found'));
    expect(troubleOf(await createGrafana(clientAt(other)).getBoard('x')).kind).to.equal('malformed');
  });

  it('stops reading an answer that has no end', async () => {
    let sent = 0;
    const url = await serve((_, response) => {
      const chunk = Buffer.alloc(1024 * 1024, 0x20);
      const more = (): void => {
        while (!response.destroyed && sent < 64 * chunk.length) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    const trouble = troubleOf(await clientAt(url)(GET));
    expect(trouble.kind).to.equal('malformed');
    expect(trouble.sentence).to.contain(`larger than ${ANSWER_BYTES_MAX} bytes`);
    expect(sent).to.be.below(3 * ANSWER_BYTES_MAX);
  });

  for (const [what, begin] of Object.entries({ 'that does not begin': '', 'that does not end': '[1,' })) {
    it(`gives up an answer ${what} after ten seconds`, async () => {
      const clock = new ManualClock();
      let arrived = (): void => undefined;
      const there = new Promise<void>((resolve) => (arrived = resolve));
      const url = await serve((_, response) => {
        if (begin !== '') response.write(begin);
        arrived();
      });
      const answer = clientAt(url, clock)(GET);
      await there;
      clock.advance(REQUEST_MS_MAX - 1);
      expect(await Promise.race([answer, new Promise((resolve) => setImmediate(() => resolve('waits')))])).to.equal(
        'waits',
      );
      clock.advance(1);
      expect(troubleOf(await answer)).to.deep.include({ kind: 'no-connection' });
      expect(troubleOf(await answer).sentence).to.contain('in time');
    });
  }

  it('gives up what is under way when the monitor ends', async () => {
    const end = new AbortController();
    const url = await serve(() => end.abort());
    const client = clientAt(url, new ManualClock(), end.signal);
    expect(troubleOf(await client(GET)).kind).to.equal('no-connection');
    expect(troubleOf(await client(GET)).kind).to.equal('no-connection');
    expect(seen).to.have.length(1);
  });

  it('says what to do when nothing listens, TLS fails, or the connection breaks', async () => {
    const url = await serve((request) => request.socket.destroy());
    expect(troubleOf(await clientAt(url)(GET)).sentence).to.contain('broke off');
    servers[0]!.closeAllConnections();
    await new Promise((resolve) => servers.shift()!.close(resolve));
    expect(troubleOf(await clientAt(url)(GET)).sentence).to.contain('start Grafana');
    const plain = await serve((_, response) => response.end('[]'));
    expect(troubleOf(await clientAt(plain.replace('http:', 'https:'))(GET)).sentence).to.contain('TLS');
  });

  it('quotes Grafana, without the key should it echo that', async () => {
    const url = await serve((request, response) => {
      response.writeHead(401, { 'retry-after': '3' });
      response.end(JSON.stringify({ message: `bad token ${request.headers.authorization ?? ''}`, status: SECRET }));
    });
    expect(troubleOf(await clientAt(url)(GET))).to.deep.include({
      kind: 'key-not-accepted',
      said: 'bad token Bearer [key]',
    });
  });

  it('hands on how long a 429 or 503 asks to wait', async () => {
    for (const status of [429, 503]) {
      const url = await serve((_, response) => response.writeHead(status, { 'retry-after': '12' }).end());
      expect(troubleOf(await clientAt(url)(GET)).tryAgain).to.deep.equal({ afterMs: 12_000 });
    }
  });
});
