// Images from the project's own Dockerfiles, built by the daemon on top of an image that it has: no registry is asked.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Dockerd } from './docker.ts';
import { ROOT } from './node-process.ts';

export interface BuildOptions {
  /** The name of the image. */
  readonly image: string;
  /** What it is built on: its argument BASE. */
  readonly base: string;
  readonly target?: string;
}

/**
 * Builds `dockerfile`, relative to the project, whose folder is its context: of that the file slave.mjs, and the programs beside the
 * Dockerfile, unless .dockerignore keeps them out. Rejects with what Docker says.
 */
export async function buildImage({ docker }: Dockerd, dockerfile: string, options: BuildOptions): Promise<void> {
  const { image, base, target } = options;
  const folder = path.dirname(dockerfile);
  const programs = readdirSync(path.join(ROOT, folder)).filter((file) => file.endsWith('.mjs'));
  const src = ['dist/slave.mjs', dockerfile, ...programs.map((file) => path.posix.join(folder, file))];
  const how = { t: image, dockerfile, buildargs: { BASE: base }, ...(target === undefined ? {} : { target }) };
  let output = '';
  for await (const piece of await docker.buildImage({ context: ROOT, src }, how)) output += piece.toString();
  if (output.includes('"error"') || !output.includes('Successfully tagged'))
    throw new Error(`${dockerfile}: ${output}`);
}
