// A real Chromium for browser tests, one for the whole suite. Call `closeBrowser` in an `after` hook. Every page is watched: what its
// console says is wrong, and what it asks of other hosts, fails the test that calls `expectNoTrouble`.
import axe from 'axe-core';
import { expect } from 'chai';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
/** For one action or one wait. */
const LIMIT_MS = 15_000;

let browser: Promise<Browser> | undefined;
const troubles = new WeakMap<Page, string[]>();

/** A page of its own context (no cookies or storage of others) at `url`; `prepare` is called before it is loaded. */
export async function openPage(
  url: string,
  options: BrowserContextOptions = {},
  prepare?: (page: Page) => Promise<unknown>,
): Promise<Page> {
  browser ??= chromium.launch({ executablePath: EXECUTABLE, args: ARGS });
  const context = await (await browser).newContext(options);
  context.setDefaultTimeout(LIMIT_MS);
  const page = await context.newPage();
  const found: string[] = [];
  troubles.set(page, found);
  page.on('console', (message) => {
    // A connection that failed is what some tests are about.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) found.push(message.text());
  });
  page.on('pageerror', (error) => found.push(error.message));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin && !request.url().startsWith('data:'))
      found.push(`asked ${request.url()}`);
  });
  await prepare?.(page);
  await page.goto(url);
  return page;
}

/** Nothing in the console, no script error, no Content-Security-Policy violation, no request to another host. */
export function expectNoTrouble(page: Page): void {
  expect(troubles.get(page) ?? []).to.deep.equal([]);
}

/** What axe-core finds of serious or critical impact on the page as it is now: rule, place, and what is wrong there. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run(document)');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
    );
}

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}
