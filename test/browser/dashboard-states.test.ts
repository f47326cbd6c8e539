// What the page says in states that a real cluster shows hardly ever: snapshots and answers come from the test.
import { expect } from 'chai';
import type { Snapshot, TaskRow } from '../../src/common/feed/feed.ts';
import { closeBrowser, expectNoTrouble } from '../support/browser.ts';
import { startMaster, stopAll, type Master } from '../support/cluster.ts';
import { openFaked } from '../support/faked-page.ts';
import { slaveRow } from '../support/feed-samples.ts';
import { eventually } from '../support/wait.ts';

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

  it('knows the task types of a slave that took the place of another, and asks no slower for having once asked in vain', async () => {
    let isRefused = true;
    let types: object[] = [{ name: 'old', description: '', schema: {} }];
    const page = await openFaked(master.url, {}, async (one) => {
      await one.addInitScript(NOTE_WAITS);
      await one.route('**/task-types', (route) => route.fulfill(isRefused ? { status: 503 } : { json: types }));
    });
    const joined = (n: number): Partial<Snapshot> => {
      const name = `pc${n.toString()}`;
      const entry = { what: 'slave', name, address: '', from: 'joining', to: 'ready', reason: 'joined' } as const;
      return { slaves: [slaveRow({ id: name, name })], log: [{ ...entry, n, at: n }] };
    };
    await page.tell(joined(1));
    await eventually('it asks in vain', () => page.evaluate<boolean>('waits.includes(3000)'));
    isRefused = false;
    await page.getByRole('button', { name: 'Run old' }).waitFor();
    types = [{ name: 'brought', description: '', schema: {} }];
    await page.evaluate('waits.length = 0');
    await page.tell(joined(2));
    await page.getByRole('button', { name: 'Run brought' }).waitFor();
    expect(await page.evaluate('waits'))
      .to.include(300)
      .and.not.include(3000);
    expectNoTrouble(page);
  });

  it('shows the algorithm that was chosen last, also when the time of the one before it is over', async () => {
    const page = await openFaked(master.url, {}, async (one) => {
      await one.addInitScript(HOLD_LATER);
      await one.route('**/algorithm', (route) => route.fulfill({ json: {} }));
    });
    await page.tell({ algorithm: 'round-robin' });
    const shown = page.getByLabel('Algorithm');
    for (const [before, name] of ['first-available', 'least-load', 'first-available'].entries()) {
      await shown.selectOption(name);
      await eventually('it is taken', () => page.evaluate<boolean>(`held.length > ${before.toString()}`));
    }
    await page.evaluate('held[0](), held[1](), new Promise(requestAnimationFrame)');
    expect(await shown.inputValue()).to.equal('first-available');
    await page.evaluate('held[2](), new Promise(requestAnimationFrame)');
    expect(await shown.inputValue(), 'what the snapshot says').to.equal('round-robin');
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

/** What is to happen a second and a half later happens when the test calls it. */
const HOLD_LATER = `
  window.held = [];
  const wait = window.setTimeout.bind(window);
  window.setTimeout = (then, ms, ...rest) => (ms === 1500 ? held.push(then) : wait(then, ms, ...rest));
`;

/** How long the page waits for things, in milliseconds: whether it does in time is not for a busy machine to say. */
const NOTE_WAITS = `
  window.waits = [];
  const wait = window.setTimeout.bind(window);
  window.setTimeout = (then, ms, ...rest) => {
    waits.push(ms);
    return wait(then, ms, ...rest);
  };
`;
