// The web pages as files: what they are served with, when they are not sent again, and what they may do in a browser.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { fastify, type FastifyInstance } from 'fastify';
import type { ErrorCode } from '../../../../../src/common/errors.ts';
import { addPages } from '../../../../../src/master/doors/http/page-endpoints.ts';
import { pageFile, readPageFiles } from '../../../../../src/master/doors/http/page-files.ts';
import { STATUS_CODES } from '../../../../../src/common/status-codes.ts';

const FILES: Readonly<Record<string, string>> = {
  'dashboard.html': '<!doctype html><title>dashboard</title>',
  'mandelbrot.html': '<!doctype html><title>mandelbrot</title>',
  'assets/dashboard.js': `console.log(${JSON.stringify('x'.repeat(5000))})`,
  'assets/dashboard.css': 'body { color: black }',
  'assets/picture.bin': '\u0000',
};

describe('the web pages', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-pages-'));
  let app: FastifyInstance;

  before(() => {
    mkdirSync(path.join(folder, 'assets'));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(path.join(folder, name), text);
    app = fastify();
    app.setErrorHandler((error: Error & { code: ErrorCode }, _request, reply) =>
      reply.code(STATUS_CODES[error.code].http).send(error.message),
    );
    addPages(app, readPageFiles(folder));
  });
  after(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
  });

  type Method = 'GET' | 'HEAD' | 'POST' | 'DELETE';
  const ask = (url: string, headers: Record<string, string> = {}, method: Method = 'GET') =>
    app.inject({ method, url, headers });

  it('are there, each with its content type', async () => {
    for (const [url, file, type] of [
      ['/', 'dashboard.html', 'text/html; charset=utf-8'],
      ['/mandelbrot', 'mandelbrot.html', 'text/html; charset=utf-8'],
      ['/assets/dashboard.js', 'assets/dashboard.js', 'text/javascript; charset=utf-8'],
      ['/assets/dashboard.css', 'assets/dashboard.css', 'text/css; charset=utf-8'],
      ['/assets/picture.bin', 'assets/picture.bin', 'application/octet-stream'],
    ] as const) {
      const { statusCode, body, headers } = await ask(url);
      expect([url, statusCode, body, headers['content-type']]).to.deep.equal([url, 200, FILES[file], type]);
      expect(headers['content-length']).to.equal(FILES[file]!.length.toString());
    }
  });

  it('are no way to other files', async () => {
    for (const url of ['/dashboard.html', '/assets/', '/assets/../dashboard.html', '/assets/%2e%2e/dashboard.html'])
      expect((await ask(url)).statusCode, url).to.equal(404);
  });

  it('may load from this master only, run nothing inline and be in no frame', async () => {
    for (const headers of [{}, { 'accept-encoding': 'gzip' }]) {
      const { headers: given } = await ask('/', headers);
      const policy = given['content-security-policy'] as string;
      const directives = new Map(policy.split('; ').map((part) => [part.split(' ')[0], part.split(' ').slice(1)]));
      expect(directives.get('default-src')).to.deep.equal(["'none'"]);
      for (const kind of ['script-src', 'style-src', 'connect-src'])
        expect(directives.get(kind), kind).to.deep.equal(["'self'"]);
      for (const kind of ['frame-ancestors', 'base-uri', 'form-action'])
        expect(directives.get(kind), kind).to.deep.equal(["'none'"]);
      expect(policy).not.to.match(/unsafe|http|[*]/);
      expect(given).to.include({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    }
  });

  it('are compressed for those who take it, and for nobody else', async () => {
    const url = '/assets/dashboard.js';
    for (const accepted of [
      'gzip',
      'gzip, deflate, br',
      'br;q=1.0, gzip;q=0.8',
      'deflate,gzip;q=0.001',
      'gzip ; q=1',
    ]) {
      const { rawPayload, headers } = await ask(url, { 'accept-encoding': accepted });
      expect(headers, accepted).to.include({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
      expect(rawPayload.length).to.be.below(200);
      expect(gunzipSync(rawPayload).toString()).to.equal(FILES['assets/dashboard.js']);
    }
    for (const refused of ['', 'br', 'identity', 'gzip;q=0', 'gzip; q=0', 'gzip;q=0.000, br', 'br, gzip;q=0.0']) {
      const { body, headers } = await ask(url, { 'accept-encoding': refused });
      expect([headers['content-encoding'], body], refused).to.deep.equal([undefined, FILES['assets/dashboard.js']]);
      expect(headers['vary'], 'a cache must tell the two apart').to.equal('accept-encoding');
    }
  });

  it('are asked for every time and sent only when they are others', async () => {
    const first = await ask('/');
    const etag = first.headers['etag'] as string;
    expect([etag, first.headers['cache-control']]).to.satisfy(
      ([tag, caching]: [string, string]) => /^"[\w-]{22}"$/.test(tag) && caching === 'no-cache',
    );
    const again = await ask('/', { 'if-none-match': etag });
    expect([again.statusCode, again.body, again.headers['etag']]).to.deep.equal([304, '', etag]);
    expect((await ask('/', { 'if-none-match': `"another", W/${etag}` })).statusCode).to.equal(304);
    expect((await ask('/', { 'if-none-match': '"another"' })).statusCode).to.equal(200);
    expect((await ask('/mandelbrot')).headers['etag'], 'each has its own').not.to.equal(etag);
    const [one, two] = ['a', 'b'].map((text) => pageFile(Buffer.from(text), 'text/css'));
    expect(one!.etag).not.to.equal(two!.etag);
    expect(pageFile(Buffer.from('a'), 'text/css').etag, 'the same after a restart').to.equal(one!.etag);
  });

  it('answer HEAD without a body, and nothing but GET and HEAD', async () => {
    const { statusCode, body, headers } = await ask('/', {}, 'HEAD');
    const length = FILES['dashboard.html']!.length.toString();
    expect([statusCode, body, headers['content-length']]).to.deep.equal([200, '', length]);
    for (const method of ['POST', 'DELETE'] as const) {
      const wrong = await ask('/', {}, method);
      expect([wrong.statusCode, wrong.headers['allow']]).to.deep.equal([405, 'GET, HEAD']);
    }
  });

  it('must have been built', () => {
    expect(() => readPageFiles(path.join(folder, 'nowhere'))).to.throw(/ENOENT/);
  });
});
