// Pictures of the dashboard, from a real cluster on loopback under some load, for as long as the charts need to have something to show.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { openPage } from '../browser.ts';
import { startMaster, startSlave, stopAll, type Master } from '../cluster.ts';
import { request } from '../http.ts';
import { sleep } from '../wait.ts';

/** Machines as they stand in an office: name, threads, and about how busy their CPUs are. */
const MACHINES = [
  ['pc-anna', 8, 0.42],
  ['pc-bogdan', 4, 0.21],
  ['render-01', 12, 0.87],
  ['nuc-meeting-room', 2, 0.12],
  ['laptop-chloe', 4, 0.55],
  ['old-server', 6, 0.64],
] as const;

const LOAD_MS = Number(process.env['SCREENSHOT_LOAD_MS'] ?? 180_000);
const TICK_MS = 250;
const WORKERS_CPU_CHANGE = 0.12;

/** Writes dashboard-light.png, -dark.png and -phone.png. Takes as long as `SCREENSHOT_LOAD_MS` says, three minutes unless given. */
export async function pictureDashboard(folder: string): Promise<void> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'lanyard-pictures-'));
  try {
    const master = await startMaster({ args: ['--cluster', 'office'] });
    for (const [name, threads, cpu] of MACHINES) {
      const file = path.join(scratch, name);
      await writeFile(file, cpu.toString());
      const args = [
        '--cluster',
        'office',
        '--name',
        name,
        '--concurrency',
        threads.toString(),
        '--cpu-source',
        `file:${file}`,
      ];
      await startSlave(master.discoveryPort, { args });
    }
    await master.members(MACHINES.length, 60_000);
    await underLoad(master, scratch, () => takeAll(master.url, folder));
  } finally {
    await stopAll();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Sends tasks in waves for `LOAD_MS`, then takes the pictures while it goes on. */
async function underLoad(master: Master, scratch: string, take: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  let isOver = false;
  const feed = async (): Promise<void> => {
    for (let tick = 0; !isOver; tick++) {
      await Promise.all([sleep(TICK_MS), send(master, tick)]);
      if (tick % 8 === 0) await Promise.all(MACHINES.map((machine) => wander(scratch, machine)));
    }
  };
  const feeding = feed();
  try {
    await sleep(LOAD_MS - (performance.now() - startMs));
    await take();
  } finally {
    isOver = true;
    await feeding;
  }
}

async function wander(scratch: string, [name, , cpu]: (typeof MACHINES)[number]): Promise<void> {
  const now = Math.max(0.03, cpu + (Math.random() - 0.5) * WORKERS_CPU_CHANGE);
  await writeFile(path.join(scratch, name), now.toFixed(3));
}

/** Mostly work that waits, since pictures are taken on small machines; a few tasks compute, fail or run out of time. */
async function send(master: Master, tick: number): Promise<void> {
  const wave = 1 + 0.6 * Math.sin(tick / 40) + 0.3 * Math.sin(tick / 11);
  const burst = tick % 160 > 150 ? 30 : 0;
  const tasks: object[] = [];
  for (let i = 0; i < 10 * wave + burst; i++) {
    tasks.push({ type: 'reverse', params: { text: 'lanyard', workMs: Math.round(150 + 900 * Math.random() ** 3) } });
  }
  if (tick % 3 === 0) tasks.push({ type: 'fib', params: { n: Math.round(Math.random() * 5000) }, priority: 'high' });
  if (tick % 10 === 0) tasks.push({ type: 'countprimes', params: { n: 9000 } });
  if (tick % 29 === 0) tasks.push({ type: 'reverse', params: { text: 'x', workMs: 9000 }, timeoutMs: 800 });
  if (tick % 40 === 0) tasks.push({ type: 'burn', params: { ms: 9000 }, priority: 'low' });
  const { body } = await request(`${master.url}/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(tasks),
  });
  if (tick % 37 !== 0) return;
  const { tasks: taken } = JSON.parse(body) as { tasks: { id: string }[] };
  await request(`${master.url}/tasks/${taken[0]?.id ?? ''}`, { method: 'DELETE' });
}

async function takeAll(url: string, folder: string): Promise<void> {
  const desktop = { width: 1440, height: 1000 };
  const light = await openPage(url, { viewport: desktop, colorScheme: 'light' });
  const dark = await openPage(url, { viewport: desktop, colorScheme: 'dark' });
  const phone = await openPage(url, { viewport: { width: 390, height: 844 }, colorScheme: 'light', isMobile: true });
  for (const page of [light, dark, phone]) await settle(page);
  await light.screenshot({ path: path.join(folder, 'dashboard-light.png') });
  await dark.screenshot({ path: path.join(folder, 'dashboard-dark.png') });
  await phone.screenshot({ path: path.join(folder, 'dashboard-phone.png') });
}

/** An answer is shown, and the pointer is nowhere. */
async function settle(page: Page): Promise<void> {
  await page.getByLabel('n', { exact: true }).fill('120');
  await page.getByRole('button', { name: 'Run fib' }).click();
  await page.locator('[data-state="done"]').first().waitFor();
  await page.evaluate('document.activeElement.blur(); scrollTo(0, 0)');
  await sleep(1200);
}
