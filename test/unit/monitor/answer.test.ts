// An answer of the master, page by page.
import { expect } from 'chai';
import { SLAVES_PER_MESSAGE_MAX, Tag, type SlavesMessage } from '../../../src/common/protocol/messages.ts';
import { Answer, SLAVES_MAX } from '../../../src/monitor/answer.ts';
import { slaveInfo } from '../../support/slave-info.ts';

const page = (sequence: number, isLast: boolean, ...ids: string[]): SlavesMessage => [
  ...([Tag.Slaves, sequence, isLast] as const),
  ids.map((id) => slaveInfo(id)),
];

describe('an answer', () => {
  let answer: Answer;
  beforeEach(() => (answer = new Answer()));

  /** What came of each page, in a word: the slaves of a whole answer, or the kind. */
  const taken = (askedLast: number, ...pages: SlavesMessage[]): string[] =>
    pages.map((next) => {
      const progress = answer.take(next, askedLast);
      return progress.kind === 'complete' ? progress.slaves.map(({ name }) => name).join() : progress.kind;
    });

  it('is whole with its last page', () => {
    expect(taken(1, page(1, false, 'a', 'b'), page(1, false, 'c'), page(1, true, 'd'))).to.deep.equal([
      'more',
      'more',
      'a,b,c,d',
    ]);
  });

  it('may be empty, and the next one begins anew', () => {
    expect(taken(2, page(1, true), page(2, false, 'a'), page(2, true))).to.deep.equal(['', 'more', 'a']);
  });

  it('is forgotten when another begins before its end', () => {
    expect(taken(2, page(1, false, 'a'), page(2, true, 'b'))).to.deep.equal(['more', 'b']);
  });

  it('is wrong when nobody asked for it, when it came already, and when it is an old one', () => {
    expect(taken(1, page(2, true, 'a'))).to.deep.equal(['wrong']);
    expect(taken(1, page(0, true, 'a'))).to.deep.equal(['wrong']);
    expect(taken(2, page(2, true, 'a'), page(2, true, 'a'), page(1, true, 'a'))).to.deep.equal(['a', 'wrong', 'wrong']);
    answer = new Answer();
    expect(taken(2, page(2, false, 'a'), page(1, false, 'a'))).to.deep.equal(['more', 'wrong']);
  });

  it('is wrong when it does not end', () => {
    const many = Array.from({ length: SLAVES_PER_MESSAGE_MAX }, () => 'a');
    const pages = SLAVES_MAX / SLAVES_PER_MESSAGE_MAX;
    const next = page(1, false, ...many);
    for (let i = 0; i < pages; i++) expect(answer.take(next, 1).kind).to.equal('more');
    expect(answer.take(page(1, true, 'a'), 1)).to.deep.equal({ kind: 'wrong', problem: 'more than 100000 slaves' });
  });
});
