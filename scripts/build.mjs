// Builds dist/ from src/ with tsc, copies what is not TypeScript, and links bin/master, bin/slave … at the root.
// Nothing is done when no input changed: dist/.stamp holds a hash of every input (contents, not times, so that a
// checkout or a copy decides nothing). A failed build leaves no stamp, so the next one starts afresh.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const ROOT = path.resolve(import.meta.dirname, '..');
const SRC = path.join(ROOT, 'src');
const DIST = path.join(ROOT, 'dist');
const STAMP = path.join(DIST, '.stamp');
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/build.mjs'];
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
  fs.rmSync(DIST, { recursive: true, force: true });
  const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  const run = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
  if (run.status !== 0) {
    console.error('The build failed: see the messages of tsc above.');
    process.exit(1);
  }
}

function copyAssets(files) {
  for (const file of files.filter((name) => !name.endsWith('.ts'))) {
    const target = path.join(DIST, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.copyFileSync(path.join(SRC, file), target);
  }
}

/** A worker thread starts with the first task that needs it: as one file it is there several times sooner. */
async function bundleWorkerThread() {
  const file = path.join(DIST, 'slave/executor/worker-thread.js');
  const options = { bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning' };
  await build({ ...options, entryPoints: [file], outfile: file, allowOverwrite: true, treeShaking: true });
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
if (!fs.existsSync(STAMP) || fs.readFileSync(STAMP, 'utf8') !== hash) {
  console.log('Building dist/');
  compile();
  copyAssets(files);
  await bundleWorkerThread();
  fs.writeFileSync(STAMP, hash);
}
LAUNCHERS.forEach(link);
