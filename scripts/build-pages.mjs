// Bundles the web pages of src/dashboard/ into dist/dashboard/: one script and one style sheet a page, nothing from elsewhere.
import * as fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const PAGES = [
  { name: 'dashboard', html: 'index.html', entry: 'main.tsx' },
  { name: 'mandelbrot', html: 'mandelbrot/index.html', entry: 'mandelbrot/main.tsx' },
];

/**
 * Writes `dashboard/<page>.html` and `assets/<page>.js`, `.css`.
 * @param {string} root folder of the project
 * @param {string} dist where it is written
 * @returns {Promise<string[]>} the files that went into them, relative to `root`
 */
export async function buildPages(root, dist) {
  const source = path.join(root, 'src/dashboard');
  const target = path.join(dist, 'dashboard');
  fs.mkdirSync(path.join(target, 'assets'), { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    preserveSymlinks: true,
    metafile: true,
    entryPoints: Object.fromEntries(PAGES.map(({ name, entry }) => [name, path.join(source, entry)])),
    outdir: path.join(target, 'assets'),
    tsconfig: path.join(source, 'tsconfig.json'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'eof',
    logLevel: 'warning',
  });
  for (const { name, html } of PAGES) {
    fs.copyFileSync(path.join(source, html), path.join(target, `${name}.html`));
  }
  return Object.keys(metafile.inputs);
}
