// The dashboard at the widths that people have: nothing lies over anything else, nothing is cut, nothing has to be scrolled sideways.
import { expect } from 'chai';
import type { BrowserContextOptions } from 'playwright-core';
import { closeBrowser, expectNoTrouble } from '../support/browser.ts';
import { startMaster, stopAll, type Master } from '../support/cluster.ts';
import { openFaked, type FakedPage } from '../support/faked-page.ts';
import { usual } from '../support/usual-snapshot.ts';

const phone = (width: number): BrowserContextOptions => ({
  viewport: { width, height: 740 },
  hasTouch: true,
  isMobile: true,
});

/** Of every row: cells that lie over each other, and what is wider than its place; in words. */
const COLLISIONS = `[...document.querySelectorAll('tr')].filter((row) => row.getClientRects().length > 0).flatMap((row) => {
  const cells = [...row.cells].map((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return { cell, text: cell.textContent, box: cell.getBoundingClientRect(), inner: range.getBoundingClientRect() };
  });
  const wide = [row, ...row.querySelectorAll('*')]
    .filter((one) => one.clientWidth > 0 && !one.matches('.unseen') && one.scrollWidth > one.clientWidth)
    .map((one) => one.tagName + ' ' + one.textContent + ': ' + one.scrollWidth + ' > ' + one.clientWidth);
  const outside = cells
    .filter(({ cell, inner, box }) => cell.querySelector('.unseen') === null && inner.width > 1 && (inner.right > box.right + 1 || inner.left < box.left - 1))
    .map(({ text }) => text + ' is wider than its cell');
  const over = cells.flatMap((a, i) => cells.slice(i + 1)
    .filter((b) => Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left) > 1
      && Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top) > 1)
    .map((b) => a.text + ' lies over ' + b.text));
  return [...wide, ...outside, ...over];
})`;

/** What of these is cut, or does not exist. */
const cut = (selector: string): string => `(() => {
  const found = [...document.querySelectorAll(${JSON.stringify(selector)})];
  return found.length === 0 ? ['none'] : found.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent);
})()`;

/** All of them at the same moment: what comes meanwhile may move them. */
const TOPS_OF_CHARTS = `[...document.querySelectorAll('.chart')].map((one) => one.getBoundingClientRect().top)`;

describe('The dashboard at every width', () => {
  let master: Master;

  before(async () => {
    master = await startMaster();
  });

  after(async () => {
    await closeBrowser();
    await stopAll();
  });

  const open = async (options: BrowserContextOptions): Promise<FakedPage> => {
    const page = await openFaked(master.url, options);
    await page.tell(usual());
    await page.locator('#tasks table').waitFor();
    return page;
  };

  /** Beside each other or below each other, without a hole. */
  const expectCharts = async (page: FakedPage): Promise<void> => {
    const tops = await page.evaluate<number[]>(TOPS_OF_CHARTS);
    expect([1, tops.length]).to.include(new Set(tops).size);
  };

  const close = async (page: FakedPage, width: number): Promise<void> => {
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(width);
    await expectCharts(page);
    expectNoTrouble(page);
    await page.context().close();
  };

  for (const width of [1440, 1366, 1280, 1181, 1024, 768]) {
    it(`has tables whose columns have room at ${width.toString()} pixels`, async () => {
      const page = await open({ viewport: { width, height: 800 } });
      expect(await page.locator('#tasks thead').isVisible()).to.be.true;
      expect(await page.evaluate(COLLISIONS)).to.deep.equal([]);
      expect(await page.evaluate(cut('.command code'))).to.deep.equal([]);
      await close(page, width);
    });
  }

  for (const width of [600, 390, 360]) {
    it(`has cards at ${width.toString()} pixels, with whole names, and sorts them`, async () => {
      const page = await open(phone(width));
      expect(await page.locator('#slaves thead').isVisible()).to.be.false;
      expect(await page.evaluate(COLLISIONS)).to.deep.equal([]);
      expect(await page.evaluate(cut('.c-name .name, .c-name small, .c-slave .name, .command code'))).to.deep.equal([]);
      const name = page.locator('[data-slave="nuc-meeting-room"] .name');
      expect((await name.boundingBox())?.height, 'a usual name takes one line').to.be.below(30);
      const id = await page.locator('.task .id').first().boundingBox();
      expect(id?.height, 'an id is not broken').to.be.below(24);
      const error = await page.locator('.words .wrong').first().boundingBox();
      expect(error?.width, 'an error has the whole card').to.be.above(width - 80);
      const first = page.locator('[data-slave]').first();
      await page.getByLabel('Sort slaves by').selectOption('cpu');
      await first.getByText('workstation').waitFor();
      await page.getByLabel('Sort slaves by').selectOption('name');
      await first.getByText('nuc-meeting-room').waitFor();
      await close(page, width);
    });
  }

  it('links the tasks that the master still knows, and no others', async () => {
    const page = await open({});
    const links = page.locator('#tasks a');
    expect(await links.count()).to.equal(6);
    expect(await page.locator('[data-task="5e0c-1238"] a').count(), 'answered and forgotten').to.equal(0);
    expect(await page.locator('[data-task="5e0c-1238"]').getByText('5e0c-1238').count()).to.equal(1);
    await close(page, 1280);
  });

  it('paints what failed as wrong, and not what somebody cancelled', async () => {
    const page = await open({});
    const words = page.getByText('cancelled by a client at 192.168.178.20');
    expect(await words.getAttribute('class')).to.equal('');
    expect(await page.getByText('reverse: cannot read property').getAttribute('class')).to.equal('wrong');
    await close(page, 1280);
  });

  it('says by keyboard what the columns mean', async () => {
    const page = await open({});
    await page.getByText('What the columns mean').focus();
    await page.keyboard.press('Enter');
    await page.getByText('runnable threads per core, one-minute average; 1 is fully busy').waitFor();
    await close(page, 1280);
  });

  it('marks all fields that are missing at once', async () => {
    const page = await open({});
    await page.getByLabel('Task type').selectOption('mandelbrot');
    expect(await page.getByLabel('size', { exact: true }).inputValue()).to.equal('64');
    for (const name of ['y', 'size']) await page.getByLabel(name, { exact: true }).fill('');
    await page.getByRole('button', { name: 'Run mandelbrot' }).click();
    await page.getByText('parameter y is missing: mandelbrot expects a number from -128 to 128').waitFor();
    await page.getByText('parameter size is missing: mandelbrot expects an integer from 8 to 512').waitFor();
    expect(await page.locator('[aria-invalid="true"]').count()).to.equal(2);
    expect(await page.evaluate('document.activeElement.id')).to.equal('run-parameter-y');
    await close(page, 1280);
  });
});
