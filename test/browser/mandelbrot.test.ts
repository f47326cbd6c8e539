// The page /mandelbrot over a real master and two slaves of one thread each: the picture is what a local render gives, whoever computed
// which tile, and whatever happens meanwhile.
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { closeBrowser, expectNoTrouble, openPage } from '../support/browser.ts';
import { startCluster, startSlave, stopAll, type Master, type Slave } from '../support/cluster.ts';
import {
  completePicture,
  figure,
  goTo,
  localHash,
  overlayColours,
  pictureOf,
  rateOnTheWayTo,
  viewOf,
} from '../support/mandelbrot-page.ts';
import { submitAll } from '../support/submit.ts';
import { getJson, request } from '../support/http.ts';
import { setHidden } from '../support/tabs.ts';
import { eventually } from '../support/wait.ts';

const VIEWPORT = { width: 640, height: 420 };
/** Its middle, beside the panel. */
const MIDDLE = { x: 320, y: 210 };
const LEFT = { x: 310, y: 210 };
/** Everything costs a little here, and tiles differ. */
const PLACE = { x: -0.7463, y: 0.1102 };
const SEAHORSES = '#-0.7463,0.1102,12';

/** The colours of the panel, as `#rrggbb`. */
const SWATCHES = `[...document.querySelectorAll('.swatch')].map((one) => '#' + getComputedStyle(one).borderTopColor
  .match(/\\d+/g).map((part) => Number(part).toString(16).padStart(2, '0')).join(''))`;

/** To a picture that is there, and on in no time: too soon to ask for more. What the page says after each. */
const MOVE_TWICE = `(async () => {
  const real = requestAnimationFrame;
  const nowMs = performance.now();
  window.requestAnimationFrame = (draw) => real(() => draw(nowMs));
  const said = [];
  for (const key of ['ArrowRight', 'ArrowUp']) {
    dispatchEvent(new KeyboardEvent('keydown', { key }));
    for (let n = 0; n < 2; n++) await new Promise(real);
    said.push(document.querySelector('.progress').dataset.complete);
  }
  window.requestAnimationFrame = real;
  return said;
})()`;

describe('the Mandelbrot page', () => {
  let master: Master;
  let slaves: readonly Slave[];
  let page: Page;
  let burns: { readonly id: string }[] = [];

  before(async () => {
    ({ master, slaves } = await startCluster());
  });

  after(async () => {
    await closeBrowser();
    await stopAll();
  });

  beforeEach(async () => {
    page = await openPage(`${master.url}/mandelbrot${SEAHORSES}`, { viewport: VIEWPORT });
  });

  afterEach(async () => {
    await release();
    expectNoTrouble(page);
    await page.context().close();
  });

  /** Complete, and pixel by pixel what is computed here for the view in the address. */
  async function expectRight(): Promise<void> {
    const view = await completePicture(page);
    const { size, hash } = await pictureOf(page);
    expect(size).to.deep.equal(page.viewportSize());
    expect(hash).to.equal(localHash(view, size));
  }

  /** On a busy machine one slave may do a small picture alone: then on to the next one, until a picture is of both. */
  async function expectBothInPicture(): Promise<void> {
    await completePicture(page);
    for (let level = 13; (await overlayColours(page)).length < 2 && level < 18; level++) {
      await goTo(page, { ...PLACE, level });
      await completePicture(page);
    }
    expect((await overlayColours(page)).length).to.be.at.least(2);
  }

  /** Both slaves busy for ever: tiles wait at the master until `release`. */
  async function occupy(): Promise<void> {
    burns = await submitAll(master, Array(6).fill({ type: 'burn', params: { ms: 3_000_000 } }));
    await eventually('both slaves burn', async () => {
      const views = await master.slaves();
      return views.every(({ running }) => running > 0);
    });
  }

  async function release(): Promise<void> {
    await Promise.all(burns.map(({ id }) => request(`${master.url}/tasks/${id}`, { method: 'DELETE' })));
    burns = [];
  }

  async function tasks(state: string, type: string): Promise<{ readonly priority: string }[]> {
    const path = `/tasks?state=${state}&type=${type}`;
    return (await getJson<{ tasks: { priority: string }[] }>(master.url + path)).tasks;
  }

  const cancelled = async (): Promise<number> =>
    (await master.metrics()).sum('lanyard_tasks_ended_total', { state: 'cancelled' });

  it('shows what a local render gives, each tile edged in the colour of its slave', async () => {
    await expectBothInPicture();
    await expectRight();
    const swatches = await page.evaluate<string[]>(SWATCHES);
    expect(new Set(swatches).size).to.equal(2);
    expect((await overlayColours(page)).slice(0, 2)).to.have.members(swatches);
    const tiles = await page.locator('tbody td:nth-child(3)').allTextContents();
    const total = await figure(page, 'total');
    expect(tiles.map(Number).reduce((a, b) => a + b)).to.equal(total);
    for (const count of tiles) expect(Number(count)).to.be.above(0);
    expect(await rateOnTheWayTo(page, { ...PLACE, level: 11 })).to.be.above(0);
    await page.getByLabel('Edges in the slaves').uncheck();
    await eventually('no edges', async () => (await overlayColours(page)).length === 0);
  });

  it('cancels the tiles that are not needed any more when it is dragged, and the final picture is right', async () => {
    await completePicture(page);
    const before = await cancelled();
    await occupy();
    const drag = async (right: number, down: number): Promise<void> => {
      await page.mouse.move(LEFT.x, LEFT.y);
      await page.mouse.down();
      await page.mouse.move(LEFT.x + right, LEFT.y + down, { steps: 4 });
      await page.mouse.up();
    };
    await drag(-300, 0);
    const out = await eventually('tiles are out', async () => {
      const found = await tasks('queued', 'mandelbrot');
      return found.length > 0 && found;
    });
    expect(new Set(out.map(({ priority }) => priority)), 'whoever waits for an answer goes first').to.have.keys('low');
    // The picture follows the mouse, so the window goes to the right.
    expect((await viewOf(page, ({ x }) => x > -0.7)).x).to.be.closeTo(-0.7463 + 300 * 2 ** -12, 2 ** -12);
    await drag(300, 190);
    await drag(250, 180);
    const ended = await eventually('tiles were cancelled', async () => {
      const now = await cancelled();
      return now > before && now - before;
    });
    const shown = await eventually('the page says so', async () => {
      const count = await figure(page, 'cancelled');
      return count > 0 && count;
    });
    expect(ended, 'a wave that was given up while the master had not read it has no tasks').to.be.within(1, shown);
    await release();
    await expectRight();
  });

  it('asks for nothing while it is hidden, and goes on when it is shown again', async () => {
    await completePicture(page);
    await setHidden(page, true);
    let posts = 0;
    page.on('request', (asked) => (posts += asked.method() === 'POST' ? 1 : 0));
    await page.evaluate(`location.hash = '-0.7463,0.1102,11'`);
    await page.locator('.progress[data-complete="false"]').waitFor();
    await page.getByLabel('Edges in the slaves').uncheck();
    expect(posts).to.equal(0);
    await page.getByLabel('Edges in the slaves').check();
    await setHidden(page, false);
    await expectRight();
    expect(posts).to.be.above(0);
  });

  it('draws at once what it has, and asks for none of it again', async () => {
    await completePicture(page);
    const first = await figure(page, 'total');
    await page.keyboard.press('ArrowRight');
    await viewOf(page, ({ x }) => x > -0.7463 + 0.01);
    await completePicture(page);
    const second = await figure(page, 'total');
    expect(second - first).to.be.within(1, first / 2);
    await occupy();
    await page.keyboard.press('ArrowLeft');
    await viewOf(page, ({ x }) => x < -0.7463 + 0.01);
    await completePicture(page);
    expect(await figure(page, 'total')).to.equal(second);
    // A view that was not asked for yet is not complete, and people are not told so.
    expect(await page.evaluate(MOVE_TWICE)).to.deep.equal(['true', 'false']);
    await release();
    await expectRight();
  });

  it('zooms by wheel, double click and keys, keeps to the address, and is right', async () => {
    await completePicture(page);
    const from = await viewOf(page);
    await page.mouse.move(MIDDLE.x - 200, MIDDLE.y - 150);
    await page.mouse.wheel(0, -120);
    const closer = await viewOf(page, ({ level }) => level === 13);
    // The point under the mouse stays: 200 pixels left of the middle and 150 above it.
    expect(closer.x).to.be.closeTo(from.x - 200 * 2 ** -13, 2 ** -13);
    expect(closer.y).to.be.closeTo(from.y + 150 * 2 ** -13, 2 ** -13);
    await page.mouse.dblclick(LEFT.x, LEFT.y);
    await viewOf(page, ({ level }) => level === 14);
    await page.keyboard.press('-');
    await page.keyboard.press('-');
    await page.keyboard.press('-');
    const wider = await viewOf(page, ({ level }) => level === 11);
    await expectRight();
    await page.reload();
    expect(await completePicture(page)).to.deep.equal(wider);
    await page.keyboard.press('Home');
    await viewOf(page, ({ level }) => level < 10);
    await expectRight();
    await goTo(page, { x: -1.75, y: 0, level: 9 });
    await expectRight();
  });

  it('goes where an address says that is given just before the page writes its own', async () => {
    await completePicture(page);
    // The browser tells of a change of the address later, and the timer that writes the view into it may come first.
    await page.evaluate(`location.hash = '-1.75,0,9'; history.replaceState(null, '', '${SEAHORSES}')`);
    await viewOf(page, ({ level }) => level === 9);
    await expectRight();
  });

  it('completes the picture when a slave dies in the middle of it', async () => {
    // The page goes on to name a slave that left if it gave a tile.
    await expectBothInPicture();
    const [, victim] = slaves;
    victim?.kill('SIGSTOP');
    await goTo(page, { ...PLACE, level: 11 });
    await eventually('the stopped slave holds the last tiles', async () => {
      const views = await master.slaves();
      const queued = await tasks('queued', 'mandelbrot');
      return views.some(({ name, leases }) => name === 's2' && leases > 0) && queued.length === 0;
    });
    expect(await page.locator('.progress[data-complete="false"]').count()).to.equal(1);
    victim?.kill('SIGKILL');
    const third = startSlave(master.discoveryPort, { args: ['--name', 's3', '--concurrency', '1'] });
    await expectRight();
    await third;
    await page.locator('tr[data-here="false"]').getByText('s2').waitFor();
    await page.locator('tr[data-here="true"]').getByText('s3').waitFor();
  });
});
