// The page /mandelbrot while somebody is missing: without a slave, and without the master.
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import type { About } from '../../src/common/feed/feed.ts';
import type { TaskMessage } from '../../src/common/protocol/messages.ts';
import { closeBrowser, expectNoTrouble, openPage } from '../support/browser.ts';
import { startMaster, startSlave, stopAll } from '../support/cluster.ts';
import { closeFakeSlaves, FakeSlave } from '../support/fake-slave.ts';
import { getJson } from '../support/http.ts';
import { parsed, sendJson } from '../support/http-door.ts';
import { completePicture, localHash, pictureOf, viewOf } from '../support/mandelbrot-page.ts';
import { freeTcpPort } from '../support/ports.ts';
import { eventually } from '../support/wait.ts';

const VIEWPORT = { width: 640, height: 360 };
const QUEUE_FULL = /queue .*full|full.* queue/i;
/** When the page sent its waves, by its own clock. */
const WAVES_BEGUN = `performance.getEntriesByType('resource')
  .filter(({ name }) => new URL(name).pathname === '/tasks').map(({ startTime }) => startTime)`;
const OUTSIDE = 'http://lanyard.test';
const COMMANDS = [
  { network: 'eth0', address: '192.0.2.7', loopback: false, command: 'for the network' },
  { network: 'lo', address: '127.0.0.1', loopback: true, command: 'for the master alone' },
];

describe('the Mandelbrot page with somebody missing', () => {
  after(async () => {
    closeFakeSlaves();
    await closeBrowser();
    await stopAll();
  });

  it('says how to add a slave, begins by itself when one joins, and outlives the master', async () => {
    const args = ['--http-port', (await freeTcpPort()).toString()];
    const master = await startMaster({ args });
    const page = await openPage(`${master.url}/mandelbrot#-0.5,0,7`, { viewport: VIEWPORT });
    await page.getByRole('heading', { name: 'No slave yet' }).waitFor();
    expect(await page.locator('.notice code').first().textContent()).to.match(/slave/);
    expect(await page.locator('.progress[data-complete="true"]').count()).to.equal(0);

    await startSlave(master.discoveryPort, { args: ['--name', 's1', '--concurrency', '1'] });
    await completePicture(page);
    await page.getByRole('heading', { name: 'No slave yet' }).waitFor({ state: 'detached' });
    await page.getByRole('rowheader', { name: 's1' }).waitFor();

    await master.end();
    await page.getByRole('heading', { name: 'The master does not answer' }).waitFor();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await viewOf(page, ({ level }) => level === 8);
    await startMaster({ args, discoveryPort: master.discoveryPort });
    await page.getByRole('heading', { name: 'The master does not answer' }).waitFor({ state: 'detached' });
    const view = await completePicture(page);
    const { size, hash } = await pictureOf(page);
    expect(hash).to.equal(localHash(view, size));
    expectNoTrouble(page);
  });

  it('shows the commands that help who reads them', async () => {
    const { url } = await startMaster();
    const about = await getJson<About>(`${url}/about`);
    const prepare = async (page: Page): Promise<void> => {
      // From another machine the master has another name; it answers to its own.
      await page.route(`${OUTSIDE}/**`, async (route) => {
        const { pathname } = new URL(route.request().url());
        if (route.request().method() !== 'GET') return route.abort();
        return route.fulfill({ response: await route.fetch({ url: url + pathname, headers: {} }) });
      });
      await page.route('**/about', (route) => route.fulfill({ json: { ...about, join: COMMANDS } }));
    };
    for (const [base, count] of [
      [url, 2],
      [OUTSIDE, 1],
    ] as const) {
      const page = await openPage(`${base}/mandelbrot`, { viewport: VIEWPORT }, prepare);
      await page.getByRole('heading', { name: 'No slave yet' }).waitFor();
      const shown = COMMANDS.slice(0, count).map(({ command }) => command);
      expect(await page.locator('.notice code').allTextContents()).to.deep.equal(shown);
      expect(await page.getByText('own machine only').count()).to.equal(count - 1);
      expectNoTrouble(page);
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await page.context().close();
    }
  });

  it('outlives answers that are none, and goes on when they are right again', async () => {
    const { url } = await startMaster();
    const page = await openPage(`${url}/mandelbrot`, { viewport: VIEWPORT }, async (one) => {
      await one.route('**/slaves', (route) => route.fulfill({ json: [null] }));
      await one.route('**/about', (route) => route.fulfill({ json: { join: 'x' } }));
    });
    await page.getByRole('heading', { name: 'The master does not answer' }).waitFor();
    await page.unroute('**/slaves');
    await page.getByRole('heading', { name: 'No slave yet' }).waitFor();
    expect(await page.locator('.notice code').allTextContents()).to.deep.equal(['./slave']);
    expectNoTrouble(page);
  });

  it('shows in words that the queue is full, and comes back', async () => {
    const master = await startMaster({ args: ['--queue-limit', '4'] });
    await startSlave(master.discoveryPort, { args: ['--name', 's1', '--concurrency', '1'] });
    await master.members(1);
    // Its only thread is taken until the test gives it back.
    const held = await sendJson(`${master.url}/tasks`, { type: 'reverse', params: { text: 'x', workMs: 60_000 } });
    const page = await openPage(`${master.url}/mandelbrot#-0.5,0,7`, { viewport: VIEWPORT });
    await page.getByText(QUEUE_FULL).waitFor();
    expect(await page.locator('.notice p').textContent()).to.match(/[^.]\. The page tries again by itself\.$/);
    await master.get(parsed(held)['href'] as string, { method: 'DELETE' });
    await completePicture(page);
    await page.getByText(QUEUE_FULL).waitFor({ state: 'detached' });
    expectNoTrouble(page);
  });

  it('names a slave whose tiles have the wrong length, and asks it again later and later', async () => {
    const { discoveryPort, url } = await startMaster();
    const onTask = (task: TaskMessage, slave: FakeSlave): void => slave.finish(task, new Uint8Array(100));
    await FakeSlave.join({ discoveryPort, onTask });
    const page = await openPage(`${url}/mandelbrot#-0.5,0,7`, { viewport: VIEWPORT });
    await page.getByText('Slave fake sends tiles of the wrong length').waitFor();
    const [first = 0, , third = 0] = await eventually('it asks a third time', async () => {
      const begun = await page.evaluate<number[]>(WAVES_BEGUN);
      return begun.length >= 3 && begun;
    });
    expect(third - first, 'half a second, then a whole one').to.be.at.least(1500);
    expect(await page.getByText('Slave fake sends tiles of the wrong length').count()).to.equal(1);
    expectNoTrouble(page);
  });
});
