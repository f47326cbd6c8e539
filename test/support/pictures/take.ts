// `make pictures`: the pictures in docs/images/, taken in a real Chromium of real clusters. [folder] [dashboard|mandelbrot]
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { closeBrowser } from '../browser.ts';
import { ROOT } from '../node-process.ts';
import { pictureDashboard } from './dashboard.ts';
import { pictureMandelbrot } from './mandelbrot.ts';

const [folder = path.join(ROOT, 'docs/images'), only] = process.argv.slice(2);

await mkdir(folder, { recursive: true });
try {
  if (only !== 'dashboard') await pictureMandelbrot(folder);
  if (only !== 'mandelbrot') await pictureDashboard(folder);
} finally {
  await closeBrowser();
}
