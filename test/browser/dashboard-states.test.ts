// What the page says in states that a real cluster shows hardly ever: snapshots and answers come from the test.
import { expect } from 'chai';
import type { TaskRow } from '../../src/common/feed/feed.ts';
import { closeBrowser, expectNoTrouble } from '../support/browser.ts';
import { startMaster, stopAll, type Master } from '../support/cluster.ts';
import { openFaked } from '../support/faked-page.ts';

const WAITS: TaskRow = {
  ...{ id: '', type: 'fib', state: 'queued', slave: null, attempts: 0, queuedAt: 0, startedAt: null, endedAt: null },
  ...{ runMs: null, progress: 0, message: '', error: null, kept: true },
};

describe('The dashboard in a state that is rare', () => {
  let master: Master;

  before(async () => {
    master = await startMaster();
  });

  after(async () => {
    await closeBrowser();
    await stopAll();
  });

  it('says how many tasks wait beside those that it lists', async () => {
    const page = await openFaked(master.url);
    const queued = Array.from({ length: 10 }, (_, i) => ({ ...WAITS, id: `t${i.toString()}` }));
    await page.tell({ queued: 15, tasks: { running: [], queued, ended: [] } });
    await page.getByText('12 more wait.').waitFor();
    expect(await page.locator('[data-task]').count()).to.equal(3);
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByText('5 more wait.', { exact: true }).waitFor();
    await page.tell({ queued: 11, tasks: { running: [], queued, ended: [] } });
    await page.getByText('1 more waits.', { exact: true }).waitFor();
    expectNoTrouble(page);
  });

  const troubles = [
    {
      name: 'does not understand what the master says of itself',
      answer: { json: { cluster: 'lanyard' } },
      sentence: 'does not understand (about.masterId is not a text).',
    },
    {
      name: 'is not told what the master is',
      answer: { status: 403, contentType: 'application/problem+json', body: '{"detail":"not from here"}' },
      sentence: 'Not from here. Asking again.',
    },
  ];
  for (const { name, answer, sentence } of troubles) {
    it(`says that it ${name}, however many snapshots come, until it is`, async () => {
      const page = await openFaked(master.url, {}, (one) => one.route('**/about', (route) => route.fulfill(answer)));
      await page.tell({});
      await page.getByText(sentence).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      await page.tell({ at: 2000 });
      expect(await page.getByText(sentence).count()).to.equal(1);
      await page.unrouteAll();
      await page.locator('.figures').waitFor();
      expect(await page.getByText(sentence).count()).to.equal(0);
      expectNoTrouble(page);
    });
  }
});
