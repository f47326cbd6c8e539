// The page /mandelbrot for everyone: by keyboard alone, in the colours that were chosen, on a phone, heard instead of seen, and with names
// that are meant to do harm.
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { closeBrowser, expectNoTrouble, openPage, seriousFindings } from '../support/browser.ts';
import { startCluster, stopAll, type Master } from '../support/cluster.ts';
import { completePicture, goTo, viewOf } from '../support/mandelbrot-page.ts';
import { eventually } from '../support/wait.ts';

const VIEWPORT = { width: 640, height: 420 };
const SEAHORSES = '#-0.7463,0.1102,12';
const EVIL = `<img src=x onerror="document.title='broken'">`;
/** More than the list has room for. */
const MANY = Array.from({ length: 30 }, (_, n) => ({ name: `s${n.toString()}` }));

const SCROLLED = `document.querySelector('.slaves').scrollTop`;

/** To another view, with no frame drawn since: what the page says of it. */
const MOVE_UNDRAWN = `(async () => {
  const real = requestAnimationFrame;
  const due = [];
  window.requestAnimationFrame = (draw) => due.push(draw);
  // A frame that was asked for before comes still.
  for (let n = 0; n < 2; n++) await new Promise(real);
  const { dataset } = document.querySelector('.progress');
  location.hash = '-0.7463,0.1102,11';
  while (!dataset.view.endsWith(',11')) await new Promise((then) => setTimeout(then, 10));
  const said = dataset.complete;
  window.requestAnimationFrame = real;
  for (const draw of due) real(draw);
  return said;
})()`;

describe('the Mandelbrot page for everyone', () => {
  let master: Master;
  let page: Page;

  before(async () => {
    ({ master } = await startCluster());
  });

  after(async () => {
    await closeBrowser();
    await stopAll();
  });

  beforeEach(async () => {
    page = await openPage(`${master.url}/mandelbrot${SEAHORSES}`, { viewport: VIEWPORT });
  });

  afterEach(async () => {
    expectNoTrouble(page);
    await page.context().close();
  });

  it('shows the name of a slave as text', async () => {
    await page.route('**/slaves', (route) => route.fulfill({ json: [{ name: EVIL }] }));
    await page.reload();
    await page.getByText(EVIL).waitFor();
    expect(await page.locator('img').count()).to.equal(0);
    expect(await page.title()).to.contain('Mandelbrot');
  });

  it('can be worked by keyboard alone, and says where it must stop', async () => {
    await goTo(page, { x: -0.743643887037151, y: 0.13182590420533, level: 45 });
    const zoomIn = page.getByRole('button', { name: 'Zoom in' });
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(`document.activeElement.getAttribute('aria-label')`)).to.equal('Zoom in');
    await page.keyboard.press('Enter');
    await page.getByText('double precision').waitFor();
    expect(await zoomIn.getAttribute('aria-disabled')).to.equal('true');
    await page.keyboard.press('+');
    await viewOf(page, ({ level }) => level === 46);
  });

  it('leaves the keys that scroll to the list of slaves while that has the focus', async () => {
    await page.route('**/slaves', (route) => route.fulfill({ json: MANY }));
    await page.reload();
    const before = await completePicture(page);
    await page.getByText('s29', { exact: true }).waitFor({ state: 'attached' });
    await page.getByRole('region', { name: 'Slaves' }).focus();
    await page.keyboard.press('ArrowDown');
    await eventually('the list is scrolled', async () => (await page.evaluate<number>(SCROLLED)) > 0);
    await page.keyboard.press('Home');
    await eventually('the list is at its top', async () => (await page.evaluate<number>(SCROLLED)) === 0);
    await page.keyboard.press('+');
    const { x, y } = await viewOf(page, ({ level }) => level === before.level + 1);
    expect({ x, y }, 'the picture did not move').to.deep.equal({ x: before.x, y: before.y });
  });

  it('does not say that a view is complete of which no frame was drawn', async () => {
    await completePicture(page);
    expect(await page.evaluate(MOVE_UNDRAWN)).to.equal('false');
    expect((await completePicture(page)).level).to.equal(11);
  });

  it('has the colours that were chosen on the dashboard', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    const text = (): Promise<string> => page.evaluate(`getComputedStyle(document.querySelector('.panel')).color`);
    expect(await text()).to.equal('rgb(230, 235, 241)');
    await page.goto(master.url);
    await page.getByRole('button', { name: 'Change to light colours' }).click();
    await page.goto(`${master.url}/mandelbrot${SEAHORSES}`);
    await page.locator('.panel').waitFor();
    expect(await text()).to.equal('rgb(23, 32, 44)');
  });

  for (const [scheme, viewport, isOpen] of [
    ['dark', VIEWPORT, true],
    ['light', { width: 390, height: 740 }, false],
  ] as const) {
    it(`has no serious finding of axe in ${scheme} at ${viewport.width.toString()} pixels`, async () => {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize(viewport);
      await page.reload();
      await completePicture(page);
      await page.locator(`.panel[data-open="${isOpen.toString()}"]`).waitFor();
      expect(await seriousFindings(page)).to.deep.equal([]);
      await page.getByRole('button', { name: isOpen ? 'Less' : 'More' }).click();
      await page.locator(`.panel[data-open="${(!isOpen).toString()}"]`).waitFor();
      expect(await seriousFindings(page)).to.deep.equal([]);
    });
  }
});
