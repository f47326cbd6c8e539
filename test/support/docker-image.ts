// Images without a registry: a root file system of this machine's own node with the libraries that it needs, a shell and the slave as one
// file, packed by tar and imported by the daemon.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Dockerd } from './docker.ts';
import { ROOT } from './node-process.ts';
import { SEARCH_PATH } from '../runner/requirements.ts';

/** Files of an image: where they stand in it, and where they are here. */
export type ImageFiles = Readonly<Record<string, string>>;

/** The image that tests use: sh, sleep, node and /lanyard/slave.mjs. */
export const IMAGE = 'lanyard-test:1';

/** Imports the image IMAGE; `files` come beside. The build must have been done: it holds dist/slave.mjs. */
export async function importImage(dockerd: Dockerd, files: ImageFiles = {}): Promise<void> {
  const all = {
    ...nodeFiles(),
    '/bin/sh': whereIs('busybox'),
    '/bin/sleep': whereIs('busybox'),
    '/lanyard/slave.mjs': path.join(ROOT, 'dist/slave.mjs'),
    ...files,
  };
  await importFiles(dockerd, IMAGE, all);
}

/** Imports an image of these files alone. */
export async function importFiles({ docker }: Dockerd, image: string, files: ImageFiles): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-image-'));
  try {
    for (const [place, file] of Object.entries({ '/etc/passwd': passwd(folder), ...files })) {
      const target = path.join(folder, 'root', place);
      mkdirSync(path.dirname(target), { recursive: true });
      symlinkSync(realpathSync(file), target);
    }
    mkdirSync(path.join(folder, 'root/tmp'), { recursive: true });
    // --dereference: what the links lead to is read here and nowhere copied.
    const tar = spawn('tar', ['--directory', path.join(folder, 'root'), '--dereference', '--create', '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [repo = '', tag = 'latest'] = image.split(':');
    await ended(await docker.importImage(tar.stdout, { repo, tag }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** node, its libraries and the loader, each where it is here. */
function nodeFiles(): ImageFiles {
  const { stdout } = spawnSync('ldd', [process.execPath], { encoding: 'utf8' });
  const libraries = Array.from(stdout.matchAll(/(?:^|\s)(\/\S+)/g), ([, file = '']) => [file, file] as const);
  return { '/usr/bin/node': process.execPath, ...(Object.fromEntries(libraries) as ImageFiles) };
}

function passwd(folder: string): string {
  const file = path.join(folder, 'passwd');
  writeFileSync(file, 'root:x:0:0:root:/:/bin/sh\n');
  return file;
}

function whereIs(program: string): string {
  const folder = SEARCH_PATH.split(path.delimiter).find((place) => existsSync(path.join(place, program)));
  return path.join(folder ?? '', program);
}

/** The daemon has said all: JSON lines, of which the last names the image, or says what failed. */
async function ended(answer: NodeJS.ReadableStream): Promise<void> {
  let text = '';
  for await (const piece of answer) text += piece.toString();
  if (!text.includes('sha256:')) throw new Error(`Docker did not import the image: ${text}`);
}
