// Checks what the doctor concludes from facts: a table of them, each a test.
import { expect } from 'chai';
import type { Facts } from '../../src/lab/doctor/facts.ts';
import { verdictOf } from '../../src/lab/doctor/verdict.ts';

type VerdictCase = readonly [title: string, facts: Facts, kind: string, sentence: RegExp, next?: RegExp];

/** One test for each: the kind, the sentence, and what there is to do. */
export function itKnows(cases: readonly VerdictCase[]): void {
  for (const [title, facts, kind, sentence, next] of cases) {
    it(`knows ${title}`, () => {
      const verdict = verdictOf(facts);
      expect(verdict.sentence).to.match(sentence);
      expect(verdict.kind).to.equal(kind);
      expect(verdict.canJoin).to.equal(/^A slave could join from here(?! only if)/.test(verdict.sentence));
      if (kind !== 'two-masters') expect(verdict.canJoin).to.equal(['healthy', 'address-only'].includes(kind));
      expect(verdict.next.join('\n')).to.match(next ?? /./);
    });
  }
}
