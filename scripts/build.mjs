// Builds dist/ from src/ with tsc, copies what is not TypeScript, bundles the web pages and the single file slave.mjs, and links
// bin/master, bin/slave … at the root.
// Nothing is done when no input changed: dist/.stamp holds a hash of every input (contents, not times, so that a
// checkout or a copy decides nothing). All is made in a folder beside it, which takes the place of dist/ when it is whole: nodes that
// run from here find what they need until then, a failed build changes nothing, and several builds at once do no harm.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { buildFolder, removeBuildFolder, removeStaleBuildFolders, takePlaceOf } from './build-folder.mjs';
import { buildPages } from './build-pages.mjs';
import { bundleSlave } from './bundle-slave.mjs';
import { thirdPartyText } from './third-party.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const SRC = path.join(ROOT, 'src');
const DIST = path.join(ROOT, 'dist');
const STAMP = '.stamp';
const SETTINGS = [
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'package-lock.json',
  'proto/lanyard.proto',
  'scripts/build.mjs',
  'scripts/build-folder.mjs',
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

async function compile(next) {
  const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', next];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  running = child;
  const [code] = await once(child, 'close');
  running = undefined;
  if (code === 0 && !isInterrupted) return;
  if (!isInterrupted) console.error('The build failed: see the messages of tsc above.');
  process.exit(1);
}

function copyAssets(files, next) {
  for (const file of files.filter((name) => !name.endsWith('.ts') && !name.startsWith('dashboard'))) {
    const target = path.join(next, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.copyFileSync(path.join(SRC, file), target);
  }
}

/** A worker thread starts with the first task that needs it: as one file it is there several times sooner. */
async function bundleWorkerThread(next) {
  const file = path.join(next, 'slave/executor/worker-thread.js');
  // Its comments name files relative to this folder: the name of the folder is another one every time.
  const options = { absWorkingDir: next, preserveSymlinks: true, bundle: true, platform: 'node', format: 'esm' };
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
  try {
    fs.symlinkSync(target, place);
  } catch (error) {
    // Another build was quicker.
    if (error.code !== 'EEXIST' || fs.readlinkSync(place) !== target) throw error;
  }
}

/** Until dist/ is that of these inputs. */
async function buildAll(files, hash) {
  console.log('Building dist/');
  const next = buildFolder(ROOT);
  process.on('exit', () => removeBuildFolder(next));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
  fs.mkdirSync(next, { recursive: true });
  await compile(next);
  copyAssets(files, next);
  await bundleWorkerThread(next);
  const bundled = await Promise.all([bundleSlave(ROOT, next), buildPages(ROOT, next)]);
  fs.writeFileSync(path.join(next, 'THIRD-PARTY.txt'), thirdPartyText(ROOT, bundled.flat()));
  fs.writeFileSync(path.join(next, STAMP), hash);
  // Another build of the same inputs may have ended first.
  if (!isBuilt(hash)) takePlaceOf(next, DIST);
}

/** tsc must have ended before the folder into which it writes is removed. */
function interrupt() {
  isInterrupted = true;
  if (running === undefined) process.exit(1);
  running.kill();
}

function isBuilt(hash) {
  const stamp = path.join(DIST, STAMP);
  return fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === hash;
}

/** The compiler, while it runs. */
let running;
let isInterrupted = false;

removeStaleBuildFolders(ROOT);
const files = sources();
const hash = hashOf(files);
if (!isBuilt(hash)) await buildAll(files, hash);
LAUNCHERS.forEach(link);
