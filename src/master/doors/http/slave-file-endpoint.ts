// The slave as one file, for machines that have Node and nothing else, and the licences of what is in it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { endpoints } from './endpoint.ts';
import { sendFile } from './page-endpoints.ts';
import { pageFile, type PageFiles } from './page-files.ts';

const FILES = {
  '/slave.mjs': {
    summary: 'The slave as one file',
    description: 'Fetch it on a further machine that has Node.js, and run it: node slave.mjs',
    contentType: 'text/javascript; charset=utf-8',
  },
  '/THIRD-PARTY.txt': {
    summary: 'Licences of the packages inside slave.mjs and the web pages',
    description: 'Name, version and licence of each',
    contentType: 'text/plain; charset=utf-8',
  },
} as const;

/** Reads what the build made, by path. Throws when it is not there. */
export function readSlaveFiles(folder: string): PageFiles {
  const read = (url: string): Buffer => readFileSync(path.join(folder, url));
  return new Map(Object.entries(FILES).map(([url, { contentType }]) => [url, pageFile(read(url), contentType)]));
}

export function addSlaveFiles(app: FastifyInstance, files: PageFiles): void {
  for (const [url, { summary, description, contentType }] of Object.entries(FILES)) {
    const file = files.get(url);
    if (file === undefined) continue;
    endpoints(app, url, {
      GET: {
        summary,
        description,
        answers: { 200: { description: 'The file', content: { [contentType.split(';')[0] ?? '']: {} } } },
        handle: (request, reply) => sendFile(request, reply, file),
      },
    });
  }
}
