// Makes the single file slave.mjs: the whole slave with its packages and the body of its worker threads, to be fetched by machines that
// have Node and nothing else. Its head is plain enough for any old Node to say that it is too old; the rest stands in a string, which
// Node parses only after that.
import * as fs from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';

const SHARED = {
  bundle: true,
  write: false,
  metafile: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20.19',
  keepNames: true,
  preserveSymlinks: true,
  legalComments: 'none',
  // In the string there is no file that a path could be relative to.
  logOverride: { 'empty-import-meta': 'error', 'require-resolve-not-external': 'error' },
};

/**
 * Of some packages only a part goes in: of msgpackr what is not native, of systeminformation what the slave calls, of grpc-js what a
 * server needs: clients, and proto-loader, are wanted only by services about itself that it does not serve.
 */
const PARTS = {
  'node_modules/@grpc/grpc-js/build/src/index.js': `
    export { Status as status } from './constants.js';
    export { Metadata } from './metadata.js';
    export { ServerCredentials } from './server-credentials.js';
    export { Server } from './server.js';`,
  'node_modules/@grpc/grpc-js/build/src/make-client.js': 'export {};',
  'node_modules/@grpc/proto-loader/build/src/index.js': 'export {};',
  'node_modules/msgpackr/node-index.js': "export * from './index.js';",
  'node_modules/systeminformation/lib/index.js':
    "export { currentLoad } from './cpu.js'; export { mem } from './memory.js';",
};
/** Native parts that systeminformation asks for, in a `try`, within functions that the slave does not call. */
const DISPENSABLE = ['osx-temperature-sensor', 'macos-temperature-sensor'];

/**
 * Writes `slave.mjs`.
 * @param {string} root folder of the project
 * @param {string} dist where it is written
 * @param {{ logLevel?: 'warning' | 'silent' }} [options] how much of what esbuild says is shown
 * @returns {Promise<string[]>} the files that went into it, relative to `root`
 */
export async function bundleSlave(root, dist, { logLevel = 'warning' } = {}) {
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const versionText = `export const PACKAGE_VERSION = ${JSON.stringify(version)};`;
  const inFile = { 'src/common/config/package-version.ts': versionText };
  const thread = await bundle(root, 'src/slave/executor/worker-thread.ts', inFile, logLevel);
  const script = JSON.stringify(`${thread.code}\n//# sourceURL=slave.mjs/worker-thread`);
  const worker = `export const WORKER_SCRIPT = { script: ${script}, eval: true };`;
  const proto = JSON.stringify(fs.readFileSync(path.join(root, 'proto/lanyard.proto'), 'utf8'));
  const replaced = {
    ...inFile,
    'src/slave/executor/worker-script.ts': worker,
    'src/common/grpc/proto-text.ts': `export const PROTO_TEXT = ${proto};`,
  };
  const slave = await bundle(root, 'scripts/slave-entry.mjs', replaced, logLevel);
  fs.writeFileSync(path.join(dist, 'slave.mjs'), wrap(slave.code, version));
  return [...thread.inputs, ...slave.inputs];
}

/** One entry as CommonJS, with the text of some modules replaced. */
async function bundle(root, entry, replaced, logLevel) {
  const { outputFiles, metafile } = await build({
    ...SHARED,
    logLevel,
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: 'slave.cjs',
    plugins: [{ name: 'replaced', setup: (building) => replace(building, root, { ...PARTS, ...replaced }) }],
  });
  const foreign = Object.values(metafile.outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ path: name, external }) => external && !isBuiltin(name) && !DISPENSABLE.includes(name))
    .map(({ path: name }) => name);
  if (foreign.length > 0) throw new Error(`slave.mjs would need what it does not hold: ${foreign.join(', ')}`);
  return { code: outputFiles[0].text, inputs: Object.keys(metafile.inputs) };
}

function replace(building, root, texts) {
  for (const [file, contents] of Object.entries(texts)) {
    const place = path.join(root, file);
    fs.accessSync(place);
    building.onLoad({ filter: new RegExp(`${path.basename(file).replaceAll('.', '[.]')}$`) }, (args) =>
      args.path === place ? { contents, loader: 'ts', resolveDir: path.dirname(place) } : undefined,
    );
  }
}

/** The file: a head that asks for the version of Node, then the code as a string, at the lines where it stands. */
function wrap(code, version) {
  const head = `#!/usr/bin/env node
// Lanyard ${version}: the slave as one file. node slave.mjs --help
// It holds other people's work too: their licences are in THIRD-PARTY.txt, beside this file in the package and at the master.
import { createRequire } from 'module';
import { fileURLToPath } from 'url';
import vm from 'vm';

var release = process.versions.node.split('.').map(Number);
if (release[0] < 20 || (release[0] === 20 && release[1] < 19)) {
  console.error('slave.mjs needs Node.js 20.19 or newer; this is ' + process.versions.node + '. See https://nodejs.org/en/download');
  process.exit(2);
}
`;
  const before = 'var code = `';
  const text = code.replaceAll(/[\\`]|\$\{/g, String.raw`\$&`);
  const lineOffset = head.split('\n').length - 1;
  return `${head}${before}${text}\`;
var file = fileURLToPath(import.meta.url);
var place = { filename: file, lineOffset: ${lineOffset}, columnOffset: ${before.length} };
var names = ['require', 'module', 'exports', '__filename', '__dirname'];
vm.compileFunction(code, names, place)(createRequire(import.meta.url), { exports: {} }, {}, file, '.');
`;
}
