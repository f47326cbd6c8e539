// Builds dist/ from src/ with tsc, copies what is not TypeScript, bundles the web pages and the single file slave.mjs, and links
// bin/master, bin/slave … at the root.
// Nothing is done when no input changed: dist/.stamp holds a hash of every input (contents, not times, so that a
// checkout or a copy decides nothing). All is made in dist.next/, which takes the place of dist/ when it is whole: nodes that run from
// here find what they need until then, and a failed build changes nothing.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { buildPages } from './build-pages.mjs';
import { bundleSlave } from './bundle-slave.mjs';
import { thirdPartyText } from './third-party.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const SRC = path.join(ROOT, 'src');
const DIST = path.join(ROOT, 'dist');
const NEXT = path.join(ROOT, 'dist.next');
const STAMP = '.stamp';
const SETTINGS = [
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'package-lock.json',
  'scripts/build.mjs',
  'scripts/build-pages.mjs',
  'scripts/bundle-slave.mjs',
  'scripts/slave-entry.mjs',
  'scripts/third-party.mjs',
];
const LAUNCHERS = ['master', 'slave', 'monitor', 'lab'];

/** Every file below src/, relative to it, sorted. */
function sources() {
  return fs
    .readdirSync(SRC, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(SRC, path.join(entry.parentPath, entry.name)))
    .sort();
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of [...SETTINGS.map((name) => path.join(ROOT, name)), ...files.map((name) => path.join(SRC, name))]) {
    hash
      .update(`${path.relative(ROOT, file)}\0`)
      .update(fs.readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

function compile() {
  fs.rmSync(NEXT, { recursive: true, force: true });
  const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', NEXT];
  const run = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  if (run.status !== 0) {
    console.error('The build failed: see the messages of tsc above.');
    process.exit(1);
  }
}

function copyAssets(files) {
  for (const file of files.filter((name) => !name.endsWith('.ts') && !name.startsWith('dashboard'))) {
    const target = path.join(NEXT, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.copyFileSync(path.join(SRC, file), target);
  }
}

/** A worker thread starts with the first task that needs it: as one file it is there several times sooner. */
async function bundleWorkerThread() {
  const file = path.join(NEXT, 'slave/executor/worker-thread.js');
  const options = { absWorkingDir: ROOT, preserveSymlinks: true, bundle: true, platform: 'node', format: 'esm' };
  const place = { entryPoints: [file], outfile: file, allowOverwrite: true };
  await build({ ...options, ...place, target: 'node20', treeShaking: true, logLevel: 'warning' });
}

/** `./master` → `bin/master`, and so on for every launcher that exists. */
function link(name) {
  const target = path.join('bin', name);
  const place = path.join(ROOT, name);
  if (!fs.existsSync(path.join(ROOT, target))) return;
  const there = fs.lstatSync(place, { throwIfNoEntry: false });
  if (there?.isSymbolicLink() && fs.readlinkSync(place) === target) return;
  if (there && !there.isSymbolicLink()) {
    console.error(`./${name} exists and is not a link to ${target}: move it away, then build again.`);
    process.exit(1);
  }
  fs.rmSync(place, { force: true });
  fs.symlinkSync(target, place);
}

const files = sources();
const hash = hashOf(files);
const stamp = path.join(DIST, STAMP);
if (!fs.existsSync(stamp) || fs.readFileSync(stamp, 'utf8') !== hash) {
  console.log('Building dist/');
  compile();
  copyAssets(files);
  await bundleWorkerThread();
  const bundled = await Promise.all([bundleSlave(ROOT, NEXT), buildPages(ROOT, NEXT)]);
  fs.writeFileSync(path.join(NEXT, 'THIRD-PARTY.txt'), thirdPartyText(ROOT, bundled.flat()));
  fs.writeFileSync(path.join(NEXT, STAMP), hash);
  fs.rmSync(DIST, { recursive: true, force: true });
  fs.renameSync(NEXT, DIST);
}
LAUNCHERS.forEach(link);
