// The memory of the forward door while much more goes through it than it may hold. In a process of its own: everything else that a
// test process does would be measured with it.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as http from 'node:http';
import { expect } from 'chai';
import { closeForwardDoors, pour, serve } from '../../../../support/forward-door.ts';

const MEBIBYTES = 300;
/** What may be on its way in buffers, and garbage that is not collected yet; without back-pressure it would be all of it. */
const GROWTH_MEBIBYTES_MAX = 100;

describe('the forward door stays small', function () {
  this.timeout(60_000);
  let child: ChildProcess;
  let url: string;
  let received = 0;
  before(async () => {
    const port = await serve((incoming, response) => {
      if (incoming.method === 'GET') {
        response.writeHead(200, { 'content-length': MEBIBYTES * 1024 * 1024 });
        pour(response, MEBIBYTES, () => response.end());
        return;
      }
      incoming.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received % (50 * 1024 * 1024) < chunk.length) {
          incoming.pause();
          setTimeout(() => incoming.resume(), 50);
        }
      });
      incoming.on('end', () => response.end());
    });
    const script = new URL('../../../../support/forward-door-process.ts', import.meta.url);
    child = fork(script, [String(port)], { execArgv: ['--import=tsx'] });
    const [doorPort] = (await once(child, 'message')) as [number];
    url = `http://127.0.0.1:${doorPort}/services/web/`;
  });
  after(async () => {
    child.disconnect();
    await once(child, 'exit');
    await closeForwardDoors();
  });

  async function peak(): Promise<number> {
    child.send('peak');
    const [bytes] = (await once(child, 'message')) as [number];
    return bytes / 1024 / 1024;
  }

  it(`while ${MEBIBYTES} MiB go through it to a slow reader, and while as much goes the other way`, async () => {
    await once(
      http.get(url, { agent: false }).on('response', (response) => response.destroy()),
      'close',
    );
    const before = await peak();
    let got = 0;
    const [response] = (await once(http.get(url, { agent: false }), 'response')) as [http.IncomingMessage];
    response.on('data', (chunk: Buffer) => {
      got += chunk.length;
      if (got % (50 * 1024 * 1024) >= chunk.length) return;
      response.pause();
      setTimeout(() => response.resume(), 50);
    });
    await once(response, 'end');
    expect(got).to.equal(MEBIBYTES * 1024 * 1024);
    expect((await peak()) - before, 'a response').to.be.below(GROWTH_MEBIBYTES_MAX);
    const upload = http.request(url, { method: 'PUT', agent: false });
    pour(upload, MEBIBYTES, () => upload.end());
    const [answer] = (await once(upload, 'response')) as [http.IncomingMessage];
    expect(answer.statusCode).to.equal(200);
    expect(received).to.equal(MEBIBYTES * 1024 * 1024);
    expect((await peak()) - before, 'a request').to.be.below(GROWTH_MEBIBYTES_MAX);
  });
});
