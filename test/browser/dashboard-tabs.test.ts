// Many tabs of one browser: a browser opens six connections to a host, all tabs together, and those behind must leave them to the one in
// front. A headless browser shows every tab, so the test says which are hidden.
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { closeBrowser, expectNoTrouble, openPage } from '../support/browser.ts';
import { startCluster, stopAll, type Master } from '../support/cluster.ts';
import { request as send } from '../support/http.ts';
import { setHidden } from '../support/tabs.ts';
import { eventually } from '../support/wait.ts';

const TABS = 8;

describe('The dashboard in many tabs of one browser', () => {
  let master: Master;

  before(async () => {
    ({ master } = await startCluster({ slaves: [[]] }));
  });

  after(async () => {
    await closeBrowser();
    await stopAll();
  });

  const live = (page: Page): Promise<void> => page.getByText('Live', { exact: true }).waitFor();

  async function runIn(page: Page): Promise<void> {
    await page.getByLabel('n', { exact: true }).fill('90');
    await page.getByRole('button', { name: 'Run fib' }).click();
    await page.getByRole('article', { name: 'fib(n: 90)' }).getByText('2880067194370816120').waitFor();
  }

  async function switchTo(name: string): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    await send(`${master.url}/algorithm`, { method: 'PUT', headers, body: JSON.stringify({ name }) });
  }

  it('works in the one that is shown, and a tab that is shown again knows what has happened meanwhile', async () => {
    const first = await openPage(master.url);
    await first.evaluate(WATCH_LOST);
    const tabs = [first];
    for (;;) {
      await live(tabs.at(-1) ?? first);
      if (tabs.length === TABS) break;
      await setHidden(tabs.at(-1) ?? first, true);
      const tab = await first.context().newPage();
      tabs.push(tab);
      await tab.goto(master.url);
    }
    const last = tabs.at(-1) ?? first;
    await runIn(last);
    await switchTo('least-load');
    await switchTo('round-robin');
    await last.locator('#log').getByText('Algorithm is now round-robin').waitFor();
    expect(await first.locator('#log').getByText('Algorithm is now').count()).to.equal(0);

    await setHidden(last, true);
    const asked = Promise.all(['/about', '/history'].map((path) => first.waitForRequest(`**${path}`)));
    await setHidden(first, false);
    await asked;
    await first.locator('#log').getByText('Algorithm is now least-load').waitFor();
    await first.locator('#log').getByText('Algorithm is now round-robin').waitFor();
    await live(first);
    await runIn(first);
    expect(await first.evaluate('wasLost')).to.equal(false);
    expectNoTrouble(first);
  });

  it('follows the tasks that are shown and no others: each holds a connection', async () => {
    const page = await openPage(master.url);
    await page.getByLabel('Task type').selectOption('reverse');
    await page.getByLabel('workMs').fill('600000');
    for (const text of ['a', 'b', 'c', 'd', 'e']) {
      await page.getByLabel('text', { exact: true }).fill(text);
      await page.getByRole('button', { name: 'Run reverse' }).click();
      await page.getByRole('article', { name: new RegExp(`text: "?${text}\\b`) }).waitFor();
    }
    const asked: string[] = [];
    page.on('request', (request) => {
      const path = /\/tasks\/[^?]+(?=\?wait)/.exec(request.url())?.[0];
      if (path !== undefined) asked.push(path);
    });
    // Whoever is asked about twice more has had time to be asked about once.
    await eventually('some are asked about again', () => asked.length >= 12, 15_000);
    expect(new Set(asked).size).to.equal(4);
    expectNoTrouble(page);
  });
});

const WATCH_LOST = `window.wasLost = false;
  new MutationObserver(() => (window.wasLost ||= document.querySelector('#lost, main.is-stale') !== null))
    .observe(document.body, { subtree: true, childList: true, attributes: true });`;
