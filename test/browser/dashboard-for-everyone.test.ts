// The dashboard for everyone: by keyboard, on a phone, in the dark, heard instead of seen, and with names that are meant to do harm.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { TaskMessage } from '../../src/common/protocol/messages.ts';
import type { SlaveRow } from '../../src/common/feed/feed.ts';
import { closeBrowser, expectNoTrouble, openPage, seriousFindings } from '../support/browser.ts';
import { startCluster, startMaster, stopAll, type Master } from '../support/cluster.ts';
import { closeFakeSlaves, FakeSlave } from '../support/fake-slave.ts';
import { openFaked } from '../support/faked-page.ts';
import { sampleAt, slaveRow } from '../support/feed-samples.ts';
import { ROOT } from '../support/node-process.ts';

const MARKUP = '<img src=x onerror="document.title=\'hit\'">';
const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const THEMES = ['light', 'dark'] as const;

describe('The dashboard for everyone', () => {
  let master: Master;
  let alone: Master;

  before(async () => {
    ({ master } = await startCluster({ slaves: [['--name', 'pc-with-a-rather-long-name-in-the-corner'], []] }));
    alone = await startMaster();
  });

  after(async () => {
    closeFakeSlaves();
    await closeBrowser();
    await stopAll();
  });

  const open = async (url: string, options: BrowserContextOptions = {}): Promise<Page> => {
    const page = await openPage(url, options);
    await page.locator('.figures').waitFor();
    return page;
  };

  for (const colorScheme of THEMES) {
    it(`has nothing that axe-core finds serious, in ${colorScheme} colours, with and without slaves`, async () => {
      for (const { url } of [master, alone]) {
        const page = await open(url, { colorScheme });
        await page.getByRole('button', { name: 'Run fib' }).click();
        await page.locator('article').waitFor();
        expect(await seriousFindings(page)).to.deep.equal([]);
        expectNoTrouble(page);
        await page.context().close();
      }
    });
  }

  it('is dark when the system is, changes by its switch, and remembers that', async () => {
    const page = await open(master.url, { colorScheme: 'dark' });
    const ground = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(await ground()).to.equal('rgb(13, 17, 23)');
    await page.getByRole('button', { name: 'Change to light colours' }).click();
    await page.locator('html[data-theme="light"]').waitFor();
    expect(await ground()).to.equal('rgb(243, 245, 248)');
    await page.reload();
    await page.getByRole('button', { name: 'Change to dark colours' }).click();
    await page.locator('html:not([data-theme])').waitFor();
    expect(await ground()).to.equal('rgb(13, 17, 23)');
    await page.context().close();
  });

  it('works without storage', async () => {
    const page = await openPage(master.url, { colorScheme: 'light' }, (one) =>
      one.addInitScript("Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } })"),
    );
    await page.getByRole('button', { name: 'Change to dark colours' }).click();
    await page.locator('html[data-theme="dark"]').waitFor();
    await page.context().close();
  });

  it('fits a phone: nothing to scroll sideways, and a task can be run', async () => {
    for (const { url } of [master, alone]) {
      const page = await open(url, PHONE);
      await page.getByRole('button', { name: 'Run fib' }).tap();
      await page.locator('article').waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(360);
      await page.context().close();
    }
    const page = await open(master.url, PHONE);
    const card = page.locator('[data-slave="s2"]');
    await card.getByRole('button', { name: 'Drain s2' }).tap();
    await card.getByText('draining').waitFor();
    await card.getByRole('button', { name: 'Resume s2' }).tap();
    await card.getByText('ready').waitFor();
    await page.context().close();
  });

  it('is used by keyboard alone', async () => {
    const page = await open(master.url);
    const focused = (): Promise<string> =>
      page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()");
    const tabTo = async (isThere: (name: string) => boolean): Promise<void> => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press('Tab');
        const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
        expect(outline, `focus on ${await focused()} is seen`).to.equal('solid');
        if (isThere(await focused())) return;
      }
      throw new Error('not reached with 60 tabs');
    };
    await page.keyboard.press('Tab');
    expect(await focused()).to.equal('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).to.equal('content');
    await tabTo((name) => name.startsWith('Drain s2'));
    await tabTo((name) => name.startsWith('burn'));
    await page.keyboard.type('fib');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('33');
    await page.keyboard.press('Enter');
    await page.getByRole('article', { name: 'fib(n: 33)' }).getByText('3524578').waitFor();
    await page.context().close();
  });

  it('tells a new user the one line that adds a slave, and copies it without the clipboard of a secure page', async () => {
    const page = await openPage(alone.url, {}, (one) =>
      one.addInitScript("Object.defineProperty(navigator, 'clipboard', { value: undefined })"),
    );
    await page.getByRole('heading', { name: 'No slave yet' }).waitFor();
    const code = page.locator('.first .command code').first();
    expect(await code.innerText()).to.match(/^curl -sO http:\/\/127\.0\.0\.1:\d+\/slave\.mjs && node slave\.mjs/);
    await page.locator('.first').getByRole('button', { name: 'Copy the command' }).first().click();
    await page
      .getByText(/^(Copied|Press Ctrl\+C)$/)
      .first()
      .waitFor();
    expect(await page.evaluate('getSelection().toString()')).to.equal(await code.innerText());
    await page.context().close();
  });

  it('shows results and errors as text, whatever is in them', async () => {
    const { discoveryPort } = alone;
    let failed = 1;
    // Tasks that still wait from other tests come first: only these are counted.
    const outcomeOf = (type: string): number => (type === 'reverse' ? (failed = 1 - failed) : 1);
    const onTask = (task: TaskMessage, slave: FakeSlave): void => slave.finish(task, MARKUP, outcomeOf(task[3]));
    await FakeSlave.join({ discoveryPort, onTask });
    const page = await open(alone.url);
    await page.getByLabel('Task type').selectOption('reverse');
    for (const state of ['done', 'failed']) {
      await page.getByRole('button', { name: 'Run reverse' }).click();
      await page.locator(`article[data-state="${state}"]`).getByText(MARKUP).waitFor();
    }
    await page.locator('#tasks').getByText(`reverse: ${MARKUP}`).waitFor();
    await expectHarmless(page);
    closeFakeSlaves();
  });

  it('shows names, addresses, reasons and messages as text, even if a master let them be markup', async () => {
    const page = await openFaked(alone.url);
    const slave = slaveRow({ name: MARKUP, address: MARKUP, state: MARKUP });
    const row = { id: MARKUP, type: MARKUP, state: 'running', slave: MARKUP, attempts: 1, queuedAt: 0 } as const;
    const times = { startedAt: 0, endedAt: null, runMs: null, progress: 0.5 };
    const running = [{ ...row, ...times, message: MARKUP, error: null, kept: true }];
    const entry = {
      n: 1000,
      at: 0,
      what: 'slave',
      name: MARKUP,
      address: MARKUP,
      from: 'joining',
      to: MARKUP,
    } as const;
    const tasks = { running, queued: [], ended: [] };
    await page.tell({ slaves: [slave], algorithm: MARKUP, tasks, log: [{ ...entry, reason: MARKUP }] });
    await page.locator('#slaves').getByText(MARKUP).nth(2).waitFor();
    await page.locator('#tasks').getByText(MARKUP).nth(2).waitFor();
    await page.locator('#log').getByText(MARKUP).first().waitFor();
    await expectHarmless(page);
  });

  it('stays quick with a thousand slaves', async () => {
    const slaves = Array.from({ length: 1000 }, (_, i) => slaveRow({ id: i.toString(), name: `pc${i.toString()}` }));
    const page = await openFaked(alone.url);
    const { tell } = page;
    await tell({ slaves });
    await page.locator('[data-slave="pc49"]').waitFor();
    expect(await page.locator('[data-slave]').count()).to.equal(50);
    await page.getByRole('button', { name: 'Show all 1\u202f000 slaves' }).click();
    await page.locator('[data-slave="pc999"]').waitFor();
    const busier = (by: number): SlaveRow[] => slaves.map((slave, i) => ({ ...slave, cpu: ((i + by) % 10) / 10 }));
    const times: number[] = [];
    for (let by = 1; by <= 5; by++) {
      times.push(await tell({ slaves: busier(by), sample: sampleAt(by * 1000) }));
      await page.locator('[data-slave="pc0"] .c-cpu').getByText(`0.${by.toString()}0`, { exact: true }).waitFor();
    }
    // All 1000 rows change. What this finds is work that grows faster than the rows.
    expect(Math.min(...times)).to.be.below(1500);
    await page.getByLabel('Filter slaves').fill('pc77');
    await page.locator('[data-slave="pc777"]').waitFor();
    expect(await page.locator('[data-slave]').count()).to.equal(11);
    await page.context().close();
  });

  it('has an icon, and so has the other page: none is asked of the master', () => {
    const icons = ['dashboard.html', 'mandelbrot.html'].map((file) => {
      const html = readFileSync(path.join(ROOT, 'dist/dashboard', file), 'utf8');
      return /<link\s+rel="icon"\s+href="(data:[^"]+)"/.exec(html)?.[1];
    });
    expect(icons[0]).to.be.a('string');
    expect(icons[1]).to.equal(icons[0]);
  });

  it('is under 100 KB gzipped, all files together', () => {
    const files = ['dashboard.html', 'assets/dashboard.js', 'assets/dashboard.css'];
    const sizes = files.map((file) => gzipSync(readFileSync(path.join(ROOT, 'dist/dashboard', file))).length);
    expect(sizes.reduce((sum, size) => sum + size)).to.be.below(100_000);
  });
});

/** Nothing became an element, nothing ran. */
async function expectHarmless(page: Page): Promise<void> {
  expect(await page.locator('#page img').count()).to.equal(0);
  expect(await page.title()).to.equal('Lanyard');
  expectNoTrouble(page);
  await page.context().close();
}
