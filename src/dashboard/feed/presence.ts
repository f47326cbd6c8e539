// Whether the page is there to be seen. Browsers allow six connections to a host, all tabs together: a page that nobody sees keeps none.

interface Place extends EventTarget {
  readonly hidden: boolean;
}

/** Calls back now and with every change, until the function that it returns is called. The document and the window are parameters. */
export function watchShown(page: Place, window: EventTarget, onChange: (isShown: boolean) => void): () => void {
  let hasLeft = false;
  let isShown = !page.hidden;
  const stop = new AbortController();
  const { signal } = stop;
  const look = (): void => {
    const isNow = !hasLeft && !page.hidden;
    if (isNow === isShown) return;
    isShown = isNow;
    onChange(isShown);
  };
  const go = (isLeaving: boolean): void => {
    hasLeft = isLeaving;
    look();
  };
  page.addEventListener('visibilitychange', look, { signal });
  window.addEventListener('pagehide', () => go(true), { signal });
  // A page that was left may be taken out of the browser's memory again, as it was.
  window.addEventListener('pageshow', () => go(false), { signal });
  onChange(isShown);
  return () => stop.abort();
}
