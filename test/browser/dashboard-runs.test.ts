// Tasks that are sent from the page, in the order of events that is hardest for it: what is asked about tasks is answered by the test.
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { closeBrowser, expectNoTrouble } from '../support/browser.ts';
import { startMaster, stopAll, type Master } from '../support/cluster.ts';
import { openFaked } from '../support/faked-page.ts';

describe('A task that is sent from the dashboard', () => {
  let master: Master;

  before(async () => {
    master = await startMaster();
  });

  after(async () => {
    await closeBrowser();
    await stopAll();
  });

  /** The form on a page whose questions about tasks wait for `answer`. */
  async function openForm(): Promise<Page> {
    const page = await openFaked(master.url, {}, (one) => one.addInitScript(HOLD_TASKS));
    await page.tell({});
    await page.getByLabel('Task type').selectOption('fib');
    return page;
  }

  async function send(page: Page, n: number): Promise<void> {
    await page.getByLabel('n', { exact: true }).fill(n.toString());
    await page.getByRole('button', { name: 'Run fib' }).click();
    await asked(page, 'POST /tasks');
  }

  const asked = (page: Page, what: string): Promise<unknown> => page.evaluate(`asked(${JSON.stringify(what)})`);
  const answer = (page: Page, what: string, value: object, status = 200): Promise<unknown> =>
    page.evaluate(`answer(${JSON.stringify(what)}, ${JSON.stringify(value)}, ${status.toString()})`);

  it('is followed to its end, even if it was taken in the very moment in which another one changed', async () => {
    const page = await openForm();
    await send(page, 1);
    await answer(page, 'POST /tasks', { id: 'first' });
    await asked(page, 'GET /tasks/first');
    await send(page, 2);
    // The second is taken while the page has drawn what it heard of the first, and its effects are still to come.
    await page.evaluate(`
      new MutationObserver((_, observer) => {
        observer.disconnect();
        answer('POST /tasks', { id: 'second' });
      }).observe(document.querySelector('article'), { subtree: true, childList: true, characterData: true });
      answer('GET /tasks/first', { state: 'running', slave: 's1' });
    `);
    await asked(page, 'GET /tasks/second');
    await answer(page, 'GET /tasks/second', { state: 'done', slave: 's1', attempts: 1, result: 'the answer' });
    await page.getByRole('article', { name: 'fib(n: 2)' }).getByText('the answer').waitFor();
    await asked(page, 'GET /tasks/first?wait=1s');
    await answer(page, 'GET /tasks/first?wait=1s', { state: 'done', slave: 's1', attempts: 1, result: 'the other' });
    await page.getByRole('article', { name: 'fib(n: 1)' }).getByText('the other').waitFor();
    expectNoTrouble(page);
  });

  it('is asked about again when the master does not say how it is, which the page says in whole sentences', async () => {
    const page = await openForm();
    await send(page, 1);
    await answer(page, 'POST /tasks', { id: 't1' });
    await asked(page, 'GET /tasks/t1');
    await answer(page, 'GET /tasks/t1', { detail: '10000 requests wait for tasks already' }, 503);
    await page.getByText('10000 requests wait for tasks already. Asking again.', { exact: true }).waitFor();
    await asked(page, 'GET /tasks/t1');
    expectNoTrouble(page);
  });

  it('is asked about no more when it is not shown any more', async () => {
    const page = await openForm();
    for (let n = 1; n <= 5; n++) {
      await send(page, n);
      await answer(page, 'POST /tasks', { id: `t${n.toString()}` });
      await asked(page, `GET /tasks/t${n.toString()}`);
    }
    expect(await page.locator('article').count()).to.equal(4);
    expect(await page.evaluate('[1, 2, 3, 4, 5].filter((n) => isLeft(`GET /tasks/t${n}`))')).to.deep.equal([1]);
    expectNoTrouble(page);
  });
});

/** Answers at once, without a task of the browser's in between: then the page takes it in before anything else happens. */
const HOLD_TASKS = `
  const held = new Map();
  const real = window.fetch.bind(window);
  window.fetch = (path, options) => {
    if (!path.startsWith('/tasks')) return real(path, options);
    return new Promise((resolve) => held.set(options.method + ' ' + path, { resolve, signal: options.signal }));
  };
  window.asked = async (what) => {
    while (!held.has(what)) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  window.isLeft = (what) => held.get(what).signal.aborted;
  window.answer = (what, value, status = 200) => {
    const { resolve } = held.get(what);
    held.delete(what);
    resolve({ ok: status === 200, status, text: () => Promise.resolve(JSON.stringify(value)) });
  };
`;
