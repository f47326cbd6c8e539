// One GET of a program that may be there or not. Plain node, no packages.

/**
 * Asks and reads the whole answer, within a limit; rejects when nobody answers. Keeps this process alive until then: a request alone
 * does not, and Node ends without a word when there is nothing else to wait for.
 * @param {string} url
 * @param {number} limitMs
 * @returns {Promise<{ ok: boolean, status: number, text: string }>}
 */
export async function ask(url, limitMs) {
  const alive = setInterval(() => {}, limitMs);
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(limitMs) });
    return { ok: answer.ok, status: answer.status, text: await answer.text() };
  } finally {
    clearInterval(alive);
  }
}
