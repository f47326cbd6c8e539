// Comparisons that are made a million times: chai is asked only when something is wrong.
import { expect } from 'chai';

/** The same as `expect(real, what).to.equal(account)`, without its cost when all is well. */
export function same<T>(real: T, account: T, ...what: readonly (string | number)[]): void {
  if (real !== account) expect(real, what.join(' ')).to.equal(account);
}

/** The same for lists of numbers or words. */
export function sameList<T extends string | number>(
  real: readonly T[],
  account: readonly T[],
  ...what: readonly (string | number)[]
): void {
  const differs = real.length !== account.length || real.some((each, at) => each !== account[at]);
  if (differs) expect(real, what.join(' ')).to.deep.equal(account);
}
