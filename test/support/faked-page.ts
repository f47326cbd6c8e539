// The dashboard with snapshots that come from the test: states that a real cluster shows for a moment only, or hardly ever.
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { About, Snapshot } from '../../src/common/feed/feed.ts';
import { openPage } from './browser.ts';
import { snapshotOf } from './feed-samples.ts';
import { getJson } from './http.ts';

export interface FakedPage extends Page {
  /** A snapshot with these changes; answers how long the page was busy with it, in milliseconds. */
  readonly tell: (change: Partial<Snapshot>) => Promise<number>;
}

/** A page whose snapshots come from the test, all else from the master; `prepare` is called before it is loaded. */
export async function openFaked(
  url: string,
  options: BrowserContextOptions = {},
  prepare?: (page: Page) => Promise<unknown>,
): Promise<FakedPage> {
  const page = await openPage(url, options, async (one) => {
    await one.addInitScript(FAKE_EVENTS);
    await prepare?.(one);
  });
  const { masterId } = await getJson<About>(`${url}/about`);
  const tell = (change: Partial<Snapshot>): Promise<number> =>
    page.evaluate(`tellSnapshot(${JSON.stringify(JSON.stringify(snapshotOf({ masterId, ...change })))})`);
  return Object.assign(page, { tell });
}

/** An EventSource that says what the test tells it to. */
const FAKE_EVENTS = `
  const sources = [];
  window.EventSource = class extends EventTarget {
    static CLOSED = 2;
    readyState = 1;
    constructor() { super(); sources.push(this); setTimeout(() => this.dispatchEvent(new Event('open'))); }
    close() { this.readyState = 2; }
  };
  window.tellSnapshot = async (data) => {
    // The page listens only after it was drawn for the first time, which is later than its load.
    for (let i = 0; sources.length === 0 && i < 1000; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    const startMs = performance.now();
    for (const source of sources) source.dispatchEvent(new MessageEvent('snapshot', { data }));
    await new Promise((resolve) => setTimeout(resolve));
    document.body.getBoundingClientRect();
    return performance.now() - startMs;
  };
`;
