// OrderedIndex against a plain array sorted by key: the same first, the same firstAfter, after any sequence of changes.
import { expect } from 'chai';
import fc from 'fast-check';
import { NONE, OrderedIndex } from '../../src/master/balancing/ordered-index.ts';
import { seededRandom, type Random } from '../../src/common/random/random.ts';
import { holds } from '../support/holds.ts';
import { same, sameList } from '../support/same.ts';

interface Entry {
  readonly slot: number;
  readonly key: readonly [number, number, number];
  readonly room: number;
}

/** The obvious way to do it. */
class SortedArray {
  entries: Entry[] = [];

  set(entry: Entry): void {
    this.remove(entry.slot);
    this.entries.push(entry);
    this.entries.sort((a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1] || a.key[2] - b.key[2]);
  }

  remove(slot: number): void {
    this.entries = this.entries.filter((entry) => entry.slot !== slot);
  }

  first(weight: number): number {
    return this.entries.find(({ room }) => room >= weight)?.slot ?? NONE;
  }

  fitting(weight: number, primaryMax: number, count: number): number[] {
    const found = this.entries.filter(({ key, room }) => key[0] <= primaryMax && room >= weight);
    return found.slice(0, count).map(({ slot }) => slot);
  }

  firstAfter(primary: number, weight: number): number {
    return this.entries.find(({ key, room }) => key[0] > primary && room >= weight)?.slot ?? NONE;
  }
}

type Step =
  | { readonly do: 'set'; readonly slot: number; readonly primary: number; readonly secondary: number; room: number }
  | { readonly do: 'room'; readonly slot: number; readonly room: number }
  | { readonly do: 'remove'; readonly slot: number };

/** Both at once. The tertiary key is the slot, backwards, which tells any two apart. */
class Both {
  readonly index = new OrderedIndex();
  readonly model = new SortedArray();

  apply(step: Step): void {
    const { slot } = step;
    const old = this.model.entries.find((entry) => entry.slot === slot);
    if (step.do === 'remove') {
      this.index.remove(slot);
      this.model.remove(slot);
      return;
    }
    // A new room under the old key is a path of its own in the index.
    const key = step.do === 'set' ? ([step.primary, step.secondary, -slot] as const) : old?.key;
    if (key === undefined) return;
    this.index.set(slot, ...key, step.room);
    this.model.set({ slot, key, room: step.room });
  }

  compare(primary: number, weight: number): void {
    same(this.index.size, this.model.entries.length, 'size');
    same(this.index.first(weight), this.model.first(weight), 'first', weight);
    same(this.index.firstAfter(primary, weight), this.model.firstAfter(primary, weight), 'firstAfter', primary, weight);
  }

  compareFitting(weight: number, primaryMax: number, count: number): void {
    const account = this.model.fitting(weight, primaryMax, count);
    sameList(this.index.fitting(weight, primaryMax, count), account, 'fitting', weight, primaryMax, count);
  }

  compareAll(primaryMax: number, weightMax: number): void {
    const slots = this.model.entries.map(({ slot }) => slot);
    sameList([...this.index.slots()], slots, 'slots');
    for (let weight = 0; weight <= weightMax; weight++) {
      for (const count of [0, 1, 3, 99]) this.compareFitting(weight, (weight + count) % 4, count);
      for (let primary = -1; primary <= primaryMax; primary++) this.compare(primary, weight);
    }
  }
}

describe('ordered index', () => {
  it('answers as a sorted array does, for few slots with equal keys and every question', () => {
    const slot = fc.nat(11);
    const part = fc.nat(3);
    const room = fc.integer({ min: -1, max: 4 });
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ do: fc.constant('set' as const), slot, primary: part, secondary: part, room }),
      fc.record({ do: fc.constant('room' as const), slot, room }),
      fc.record({ do: fc.constant('remove' as const), slot }),
    );
    holds(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const both = new Both();
        for (const each of steps) {
          both.apply(each);
          const isIn = both.model.entries.some((entry) => entry.slot === each.slot);
          same(both.index.has(each.slot), isIn, 'has', each.slot);
          both.compareAll(4, 4);
        }
      }),
      300,
    );
  });

  it('answers as a sorted array does, over 4000 steps with up to 2000 slots', () => {
    holds(
      fc.property(fc.integer(), fc.constantFrom(50, 500, 2000), (seed, slots) => {
        const random = seededRandom(seed);
        const both = new Both();
        for (let n = 0; n < 4000; n++) {
          both.apply(randomStep(random, slots));
          both.compare(below(random, 1000), 5 + below(random, 95));
        }
      }),
      12,
    );
  });

  it('has nothing left after everything was removed, and can be filled again', () => {
    holds(
      fc.property(fc.uniqueArray(fc.nat(300), { size: 'max', maxLength: 200 }), fc.integer(), (slots, seed) => {
        const both = new Both();
        const random = seededRandom(seed);
        for (let round = 0; round < 2; round++) {
          for (const slot of slots) {
            both.apply({ do: 'set', slot, primary: below(random, 9), secondary: 0, room: below(random, 9) });
            both.compare(below(random, 9), below(random, 9));
          }
          for (const slot of [...slots].sort((a, b) => ((a * 7919) % 307) - ((b * 7919) % 307))) {
            both.apply({ do: 'remove', slot });
            both.compare(below(random, 9), below(random, 9));
          }
          expect([both.index.size, both.index.first(-Infinity)]).to.deep.equal([0, NONE]);
        }
      }),
      50,
    );
  });
});

/** Rooms are such that weights are mostly refused: then the search has to go far. */
function randomStep(random: Random, slots: number): Step {
  const slot = below(random, slots);
  const kind = random();
  const room = random() < 0.95 ? below(random, 20) : below(random, 100);
  if (kind < 0.25) return { do: 'remove', slot };
  if (kind < 0.45) return { do: 'room', slot, room };
  return { do: 'set', slot, primary: below(random, 1000), secondary: below(random, 3), room };
}

function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}
