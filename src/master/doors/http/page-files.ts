// The files of the web pages, read once and kept in memory, plain and compressed.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
}

/** By path, such as `/` and `/assets/dashboard.js`. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** Pages that people open, by path. */
const PAGES: Readonly<Record<string, string>> = { '/': 'dashboard.html', '/mandelbrot': 'mandelbrot.html' };

/** Reads what `scripts/build-pages.mjs` made. Throws when it is not there. */
export function readPageFiles(folder: string): PageFiles {
  const assets = readdirSync(path.join(folder, 'assets')).map((name) => [`/assets/${name}`, `assets/${name}`] as const);
  return new Map([...Object.entries(PAGES), ...assets].map(([url, file]) => [url, readFile(path.join(folder, file))]));
}

function readFile(file: string): PageFile {
  return pageFile(readFileSync(file), CONTENT_TYPES[path.extname(file)] ?? 'application/octet-stream');
}

/** Compressed when first asked for so: large files would delay the start. */
export function pageFile(body: Buffer, contentType: string): PageFile {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  let gzipped: Buffer | undefined;
  return {
    contentType,
    body,
    etag,
    get gzipped() {
      return (gzipped ??= gzipSync(body));
    },
  };
}
