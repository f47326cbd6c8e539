// A picture of the page /mandelbrot, computed by a real master and four slaves on loopback.
import path from 'node:path';
import { openPage } from '../browser.ts';
import { startCluster, stopAll } from '../cluster.ts';
import { sleep } from '../wait.ts';

const NAMES = ['kitchen-pc', 'laptop', 'server-rack', 'old-desktop'];
/** Seahorse valley. */
const VIEW = '#-0.7463,0.1102,16';
const LIMIT_MS = 60_000;
/** Tiles that have just come shine for a moment. */
const SHINE_MS = 700;

/** Writes mandelbrot.jpg: so many colours would make a large PNG. */
export async function pictureMandelbrot(folder: string): Promise<void> {
  try {
    const { master } = await startCluster({ master: ['least-load'], slaves: NAMES.map((name) => ['--name', name]) });
    const viewport = { width: 1040, height: 620 };
    const page = await openPage(`${master.url}/mandelbrot${VIEW}`, { viewport, colorScheme: 'dark' });
    await page.locator('.progress[data-complete="true"]').waitFor({ timeout: LIMIT_MS });
    await sleep(SHINE_MS);
    await page.screenshot({ path: path.join(folder, 'mandelbrot.jpg'), type: 'jpeg', quality: 85 });
  } finally {
    await stopAll();
  }
}
