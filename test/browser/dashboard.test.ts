// The dashboard at work: a real master, real slaves, a real browser.
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { closeBrowser, expectNoTrouble, openPage } from '../support/browser.ts';
import { startCluster, startMaster, startSlave, stopAll, type Cluster, type Master } from '../support/cluster.ts';
import { getJson, request } from '../support/http.ts';
import { freeTcpPort } from '../support/ports.ts';
import { eventually } from '../support/wait.ts';

describe('The dashboard', () => {
  let cluster: Cluster;
  let page: Page;

  before(async () => {
    cluster = await startCluster();
    page = await openPage(cluster.master.url);
    await slave('s2').waitFor();
  });

  after(async () => {
    await closeBrowser();
    await stopAll();
  });

  afterEach(() => expectNoTrouble(page));

  const slave = (name: string, on = page) => on.locator(`[data-slave="${name}"]`);
  const run = (call: string, on = page) => on.getByRole('article', { name: call });

  it('says which cluster it shows, and that it is live', async () => {
    await page.getByRole('heading', { name: 'Lanyard lanyard' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await page.locator('.plot canvas').count()).to.equal(3);
  });

  it('runs a task through the form and shows the answer, where it was made, and how long it took', async () => {
    await page.getByLabel('Task type').selectOption('fib');
    await page.getByLabel('n', { exact: true }).fill('90');
    await page.getByRole('button', { name: 'Run fib' }).click();
    const card = run('fib(n: 90)');
    await card.getByText('2880067194370816120').waitFor();
    expect(await card.innerText()).to.match(/by s[12]\s+1 attempt\s+waited .* m?s\s+ran .* m?s/);
    await page.locator('[data-task]').filter({ hasText: 'fib' }).first().getByText('done').waitFor();
  });

  it('folds a long answer', async () => {
    await page.getByLabel('n', { exact: true }).fill('5000');
    await page.getByRole('button', { name: 'Run fib' }).click();
    const card = run('fib(n: 5000)');
    await card.getByRole('button', { name: 'Show all 1\u202f045 characters' }).click();
    const text = (await card.locator('pre').innerText()).trim();
    expect(text).to.have.lengthOf(1045);
    await card.getByRole('button', { name: 'Fold' }).click();
    expect((await card.locator('pre').innerText()).length).to.be.lessThan(300);
  });

  it("explains wrong input at its field in the master's own words", async () => {
    const field = page.getByLabel('n', { exact: true });
    await field.fill('many');
    await page.getByRole('button', { name: 'Run fib' }).click();
    const sentence = 'parameter n must be an integer from 0 to 100000, got many';
    await page.getByText(sentence).waitFor();
    expect(await field.getAttribute('aria-invalid')).to.equal('true');
    expect(await page.evaluate('document.activeElement.id')).to.equal('run-parameter-n');
    const [id = ''] = ((await field.getAttribute('aria-describedby')) ?? '').split(' ');
    expect(await page.locator(`#${id}`).innerText()).to.equal(sentence);
    await field.fill('');
    await page.getByRole('button', { name: 'Run fib' }).click();
    await page.getByText('parameter n is missing: fib expects an integer from 0 to 100000').waitFor();
    await page.getByText('More: priority, time limit').click();
    await field.fill('1');
    await page.getByLabel('Time limit in seconds').fill('-1');
    await page.getByRole('button', { name: 'Run fib' }).click();
    await page
      .locator('#run-parameter-timeoutMs-wrong')
      .getByText('timeoutMs must be a number of milliseconds')
      .waitFor();
    await page.getByLabel('Time limit in seconds').fill('');
  });

  it('shows progress of a long task and cancels it', async () => {
    await page.getByLabel('Task type').selectOption('burn');
    await page.getByLabel('ms', { exact: true }).fill('3000000');
    await page.getByRole('button', { name: 'Run burn' }).click();
    const card = run('burn(ms: 3000000)');
    await card.getByText(/at s[12]/).waitFor();
    await page.locator('[data-task]').filter({ hasText: 'burn' }).getByText('running').waitFor();
    await card.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('[aria-label="burn(ms: 3000000)"][data-state="cancelled"]').waitFor();
  });

  it('cancels a task of somebody else from the list, and may be stopped to be read', async () => {
    const { master } = cluster;
    const body = JSON.stringify({ type: 'reverse', params: { text: 'x', workMs: 600_000 } });
    const headers = { 'content-type': 'application/json' };
    const answer = await request(`${master.url}/tasks`, { method: 'POST', headers, body });
    const { id } = JSON.parse(answer.body) as { id: string };
    const row = page.locator(`[data-task="${id}"]`);
    await row.getByText('running').waitFor();
    await page.getByRole('button', { name: 'Pause list' }).click();
    await row.getByRole('button', { name: `Cancel reverse ${id}` }).click();
    expect((await getJson<{ state: string }>(`${master.url}/tasks/${id}?wait=5s`)).state).to.equal('cancelled');
    // Once the figures count a task that ended after it, the page has heard of its end.
    const done = page.locator('.figures div').filter({ hasText: 'Done' });
    const before = await done.innerText();
    await page.getByLabel('Task type').selectOption('fib');
    await page.getByLabel('n', { exact: true }).fill('91');
    await page.getByRole('button', { name: 'Run fib' }).click();
    await run('fib(n: 91)').getByText('4660046610375530309').waitFor();
    await eventually('the figures count it', async () => (await done.innerText()) !== before);
    expect(await row.getByText('running').count()).to.equal(1);
    await page.getByRole('button', { name: 'Go on' }).click();
    await row.getByText('cancelled', { exact: true }).waitFor();
  });

  it('switches the algorithm', async () => {
    await page.getByLabel('Algorithm').selectOption('least-load');
    await page.getByText('Algorithm is now least-load, was round-robin').first().waitFor();
    expect((await getJson<{ name: string }>(`${cluster.master.url}/algorithm`)).name).to.equal('least-load');
  });

  it('drains a slave and gives it work again', async () => {
    await page.getByRole('button', { name: 'Drain s1' }).click();
    await slave('s1').getByText('draining').waitFor();
    expect((await cluster.master.slaves())[0]?.state).to.equal('draining');
    await page.getByRole('button', { name: 'Resume s1' }).click();
    await slave('s1').getByText('ready').waitFor();
  });

  it('shows a slave that joins, and one that dies', async () => {
    const third = await startSlave(cluster.master.discoveryPort, { args: ['--name', 'third'] });
    await slave('third').getByText('ready').waitFor();
    await page.locator('#log').getByText('third joined').waitFor();
    third.kill('SIGKILL');
    await slave('third').waitFor({ state: 'detached' });
    await page.locator('#log').getByText('third is gone').waitFor();
  });

  it('says why the cluster may not be changed from here, and lets own tasks be cancelled all the same', async () => {
    const whyNot = 'The cluster is changed from the master’s own machine only.';
    const about = await getJson<object>(`${cluster.master.url}/about`);
    const guest = await openPage(cluster.master.url, {}, (one) =>
      one.route('**/about', (route) => route.fulfill({ json: { ...about, mayChange: false, whyNot } })),
    );
    await guest.getByText(whyNot).waitFor();
    expect(await guest.getByLabel('Algorithm').isDisabled()).to.be.true;
    const drain = guest.getByRole('button', { name: 'Drain s1' });
    expect(await drain.isDisabled()).to.be.true;
    expect(await drain.getAttribute('aria-describedby')).to.equal('why-not');
    expect(await drain.getAttribute('title')).to.equal(whyNot);
    await guest.getByLabel('Task type').selectOption('burn');
    await guest.getByLabel('ms', { exact: true }).fill('3000000');
    await guest.getByRole('button', { name: 'Run burn' }).click();
    await guest
      .locator('[data-task]')
      .getByRole('button', { name: /^Cancel burn/ })
      .click();
    await guest.locator('article[data-state="cancelled"]').waitFor();
    await guest.context().close();
  });

  it("shows the master's sentence when it refuses a change", async () => {
    const detail = "the cluster is changed from the master's own machine only, unless it was started with --http-open";
    const body = JSON.stringify({ type: 'urn:lanyard:problem:forbidden', title: 'Forbidden', status: 403, detail });
    const refuse = { status: 403, contentType: 'application/problem+json', body };
    await page.route('**/algorithm', (route) => route.fulfill(refuse));
    await page.route('**/drain', (route) => route.fulfill(refuse));
    const { name } = await getJson<{ name: string }>(`${cluster.master.url}/algorithm`);
    await page.getByLabel('Algorithm').selectOption('first-available');
    await page.locator('.algorithm').getByText(detail).waitFor();
    expect(await page.getByLabel('Algorithm').inputValue()).to.equal(name);
    await page.getByRole('button', { name: 'Drain s1' }).click();
    await page.locator('#slaves').getByText(detail).waitFor();
    await page.unrouteAll();
  });
});

describe('The connection of the dashboard', () => {
  let master: Master;
  let args: string[];

  before(async () => {
    args = ['--http-port', (await freeTcpPort()).toString()];
    master = await startMaster({ args });
  });

  after(async () => {
    await closeBrowser();
    await stopAll();
  });

  it('is lost with the master and heals by itself with the next one, which the page tells apart', async () => {
    const page = await openPage(master.url);
    await page.getByText('Live', { exact: true }).waitFor();
    master.kill('SIGKILL');
    await page.getByText('No connection to the master for').waitFor();
    expect(await page.locator('main').getAttribute('class')).to.equal('is-stale');
    master = await startMaster({ args });
    await page.getByText('Another master answers here').waitFor();
    await page.getByText('No connection to the master for').waitFor({ state: 'detached' });
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByText('Another master answers here').waitFor({ state: 'detached' });
    expectNoTrouble(page);
  });

  it('survives a message that is no snapshot, says what was wrong with it, and goes on', async () => {
    const body = 'event: snapshot\ndata: {"at":1,"slaves":"none"}\n\n';
    let bad = 0;
    let read = (): void => undefined;
    // What is wrong is shown until the next snapshot comes: that waits for the test to have read it.
    const isRead = new Promise<void>((resolve) => (read = resolve));
    const page = await openPage(master.url, {}, (one) =>
      one.route('**/events*', async (route) => {
        if (bad++ === 0) return route.fulfill({ contentType: 'text/event-stream', body });
        await isRead;
        return route.continue();
      }),
    );
    await page.getByText('The master sent something that this page does not understand').waitFor();
    read();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('The master sent something').waitFor({ state: 'detached' });
    expectNoTrouble(page);
  });

  it('says why when the master refuses to be watched', async () => {
    const detail = '100 clients listen already; close one, or try again later';
    const answer = { status: 503, contentType: 'application/problem+json', body: JSON.stringify({ detail }) };
    const page = await openPage(master.url, {}, (one) => one.route('**/events*', (route) => route.fulfill(answer)));
    await page.getByText(detail).waitFor();
    await page.unrouteAll();
    await page.getByText('Live', { exact: true }).waitFor();
  });
});
