// The page /mandelbrot while somebody is missing: without a slave, and without the master.
import { expect } from 'chai';
import type { TaskMessage } from '../../src/common/protocol/messages.ts';
import { closeBrowser, expectNoTrouble, openPage } from '../support/browser.ts';
import { startMaster, startSlave, stopAll } from '../support/cluster.ts';
import { closeFakeSlaves, FakeSlave } from '../support/fake-slave.ts';
import { parsed, sendJson } from '../support/http-door.ts';
import { completePicture, localHash, pictureOf, viewOf } from '../support/mandelbrot-page.ts';
import { freeTcpPort } from '../support/ports.ts';
import { eventually } from '../support/wait.ts';

const VIEWPORT = { width: 640, height: 360 };
const QUEUE_FULL = /queue .*full|full.* queue/i;

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

  it('shows in words that the queue is full, and comes back', async () => {
    const master = await startMaster({ args: ['--queue-limit', '4'] });
    await startSlave(master.discoveryPort, { args: ['--name', 's1', '--concurrency', '1'] });
    await master.members(1);
    // Its only thread is taken until the test gives it back.
    const held = await sendJson(`${master.url}/tasks`, { type: 'reverse', params: { text: 'x', workMs: 60_000 } });
    const page = await openPage(`${master.url}/mandelbrot#-0.5,0,7`, { viewport: VIEWPORT });
    await page.getByText(QUEUE_FULL).waitFor();
    await master.get(parsed(held)['href'] as string, { method: 'DELETE' });
    await completePicture(page);
    await page.getByText(QUEUE_FULL).waitFor({ state: 'detached' });
    expectNoTrouble(page);
  });

  it('names a slave whose tiles have the wrong length, and asks it again later and later', async () => {
    const { discoveryPort, url } = await startMaster();
    const onTask = (task: TaskMessage, slave: FakeSlave): void => slave.finish(task, new Uint8Array(100));
    await FakeSlave.join({ discoveryPort, onTask });
    const posts: number[] = [];
    const page = await openPage(`${url}/mandelbrot#-0.5,0,7`, { viewport: VIEWPORT }, (one) =>
      Promise.resolve(one.on('request', (asked) => asked.method() === 'POST' && posts.push(performance.now()))),
    );
    await page.getByText('Slave fake sends tiles of the wrong length').waitFor();
    await eventually('it asks a third time', () => posts.length >= 3);
    const [first = 0, , third = 0] = posts;
    expect(third - first, 'half a second, then a whole one').to.be.above(1300);
    expect(await page.getByText('Slave fake sends tiles of the wrong length').count()).to.equal(1);
    expectNoTrouble(page);
  });
});
