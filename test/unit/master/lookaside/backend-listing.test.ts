// GET /backends at the desk: a page at a time, in the order of registration, whatever comes and goes between two pages.
import { expect } from 'chai';
import type { BackendFilter } from '../../../../src/master/doors/door.ts';
import { listBackends, type Listed } from '../../../../src/master/lookaside/backend-listing.ts';
import { LookAside } from '../../../support/look-aside-desk.ts';

describe('list of registered backends', () => {
  let lookAside: LookAside;
  beforeEach(() => (lookAside = new LookAside()));

  const list = (filter: Partial<BackendFilter>): ReturnType<typeof listBackends> =>
    listBackends(lookAside.desk.backends, { service: undefined, limit: 1000, cursor: undefined, ...filter });
  function page(filter: Partial<BackendFilter> = {}): Listed {
    const found = list(filter);
    if ('code' in found) throw new Error(found.message);
    return found;
  }
  const idsIn = ({ backends }: Listed): string[] => backends.map(({ id }) => id);

  it('goes on where the page before ended', () => {
    lookAside.registerAll(0, 0, 0, 0, 0);
    const first = page({ limit: 2 });
    const second = page({ limit: 2, cursor: first.next });
    const third = page({ limit: 2, cursor: second.next });
    expect([first, second, third].map(idsIn)).to.deep.equal([['b0', 'b1'], ['b2', 'b3'], ['b4']]);
    expect(third.next).to.equal(undefined);
    expect(page({ limit: 5 }).next, 'of a page that has all').to.equal(undefined);
  });

  it('has those of one service only, if it is asked for one', () => {
    for (let i = 0; i < 6; i++) lookAside.register({ id: `b${i}`, service: i % 2 === 0 ? 'words' : 'sums' });
    const first = page({ service: 'sums', limit: 2 });
    expect([idsIn(first), idsIn(page({ service: 'sums', limit: 2, cursor: first.next }))]).to.deep.equal([
      ['b1', 'b3'],
      ['b5'],
    ]);
    expect(page({ service: 'nobody' })).to.deep.equal({ backends: [], next: undefined });
  });

  it('skips none when others leave, and shows those that came since', () => {
    lookAside.registerAll(0, 0, 0, 0);
    const { next } = page({ limit: 2 });
    for (const id of ['b0', 'b2']) lookAside.register({ id, service: 'sums' });
    lookAside.register({ id: 'late' });
    expect(idsIn(page({ cursor: next }))).to.deep.equal(['b3', 'b0', 'b2', 'late']);
  });

  it('refuses a cursor that it did not give', () => {
    lookAside.registerAll(0, 0);
    for (const cursor of ['', '-1', 'zz', 'ZZ', '1.5', 'zzzzzzzzzzz', 'x'.repeat(5000), 'a\u202e']) {
      const answer = list({ cursor });
      expect('code' in answer && answer.code, cursor).to.equal('BAD_PARAMETER');
      expect((answer as { message: string }).message).to.match(
        /^cursor must be the next of an earlier page, got [^\u202e]{0,60}$/,
      );
    }
  });
});
