// GET /slave.mjs: the slave as one file, for whoever asks.
import { gunzipSync } from 'node:zlib';
import { get } from 'node:http';
import { expect } from 'chai';
import { closeDoors, openDoor } from '../../../../support/http-door.ts';
import { request } from '../../../../support/http.ts';

describe('GET /slave.mjs', () => {
  let url: string;
  before(async () => (url = `${(await openDoor()).url}/slave.mjs`));
  after(closeDoors);

  it('is a script, which a client that has it is not sent again', async () => {
    const first = await request(url);
    expect(first).to.include({ status: 200, body: '// the slave\n' });
    expect(first.headers['content-type']).to.equal('text/javascript; charset=utf-8');
    const etag = first.headers.etag ?? '';
    expect(etag).to.match(/^".+"$/);
    expect(await request(url, { headers: { 'if-none-match': etag } })).to.include({ status: 304, body: '' });
    expect(await request(url, { method: 'HEAD' })).to.include({ status: 200, body: '' });
  });

  it('is given under any name of the machine, unlike all else', async () => {
    const headers = { host: 'pc1.fritz.box:4242' };
    expect(await request(url, { headers })).to.include({ status: 200 });
    expect(await request(url.replace('/slave.mjs', '/slaves'), { headers })).to.include({ status: 403 });
  });

  it('is compressed for a client that takes that', async () => {
    const { headers, body } = await bytes(url, { 'accept-encoding': 'gzip' });
    expect(headers['content-encoding']).to.equal('gzip');
    expect(gunzipSync(body).toString()).to.equal('// the slave\n');
  });
});

function bytes(url: string, headers: Record<string, string>): Promise<{ headers: NodeJS.Dict<unknown>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    }).on('error', reject);
  });
}
