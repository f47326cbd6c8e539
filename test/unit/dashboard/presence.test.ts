import { expect } from 'chai';
import { watchShown } from '../../../src/dashboard/feed/presence.ts';

class Tab extends EventTarget {
  hidden = false;

  change(hidden: boolean): void {
    this.hidden = hidden;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

describe('Whether the page is shown', () => {
  it('is told at once and with every change, once each', () => {
    const tab = new Tab();
    const told: boolean[] = [];
    const stop = watchShown(tab, new EventTarget(), (isShown) => told.push(isShown));
    expect(told).to.deep.equal([true]);
    for (const hidden of [true, true, false, true]) tab.change(hidden);
    expect(told).to.deep.equal([true, false, true, false]);
    stop();
    tab.change(false);
    expect(told).to.have.length(4);
  });

  it('is false in a tab that was opened behind another', () => {
    const tab = new Tab();
    tab.hidden = true;
    const told: boolean[] = [];
    watchShown(tab, new EventTarget(), (isShown) => told.push(isShown));
    expect(told).to.deep.equal([false]);
  });

  it('is false after the page was left, until it is taken out of memory again', () => {
    const [tab, window] = [new Tab(), new EventTarget()];
    const told: boolean[] = [];
    watchShown(tab, window, (isShown) => told.push(isShown));
    window.dispatchEvent(new Event('pageshow'));
    expect(told, 'every page that loads has a pageshow').to.deep.equal([true]);
    window.dispatchEvent(new Event('pagehide'));
    tab.change(true);
    tab.change(false);
    expect(told).to.deep.equal([true, false]);
    window.dispatchEvent(new Event('pageshow'));
    expect(told).to.deep.equal([true, false, true]);
  });
});
