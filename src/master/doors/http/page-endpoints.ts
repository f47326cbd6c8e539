// The web pages: files as they were built. What they show comes from the other endpoints.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { endpoints } from './endpoint.ts';
import type { PageFile, PageFiles } from './page-files.ts';

/** Everything from this master and nothing inline; frames, plugins and other sites have no place here. */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

const SUMMARIES: Readonly<Record<string, string>> = {
  '/': 'The dashboard',
  '/mandelbrot': 'The Mandelbrot set, tile by tile over the cluster',
};

export function addPages(app: FastifyInstance, files: PageFiles): void {
  for (const [url, file] of files) {
    endpoints(app, url, {
      GET: {
        summary: SUMMARIES[url] ?? 'A part of the web pages',
        answers: { 200: { description: 'The file', content: { [file.contentType.split(';')[0] ?? '']: {} } } },
        handle: (request, reply) => sendFile(request, reply, file),
      },
    });
  }
}

/** Asked for again every time, answered with 304 when the client has it. */
export function sendFile({ headers }: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply {
  void reply.headers({ ...PAGE_HEADERS, 'cache-control': 'no-cache', etag: file.etag, vary: 'accept-encoding' });
  // A proxy on the way may have made it a weak one.
  const known = headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  if (known.includes(file.etag)) return reply.code(304).send();
  void reply.header('content-type', file.contentType);
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(headers['accept-encoding'] ?? '');
  if (!takesGzip) return reply.send(file.body);
  return reply.header('content-encoding', 'gzip').send(file.gzipped);
}
