// The slaves that a monitor knows, against a model that is nothing but a map.
import { expect } from 'chai';
import fc from 'fast-check';
import type { SlaveInfo } from '../../src/common/protocol/slave-info.ts';
import { SlaveSet } from '../../src/monitor/slave-set.ts';
import { slaveInfo } from '../support/slave-info.ts';

type Step =
  | { readonly do: 'joined'; readonly slave: SlaveInfo }
  | { readonly do: 'left'; readonly id: string }
  | { readonly do: 'addAll' | 'replaceAll'; readonly slaves: readonly SlaveInfo[] };

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const slave = fc
  .record({ id, name: fc.constantFrom('s1', 's2', 's3', 's10'), metricsPort: fc.integer({ min: 0, max: 1 }) })
  .map(({ id: instanceId, ...rest }) => slaveInfo(instanceId, rest));
/** As a master has them: no two of one instance or name. */
const slaves = fc
  .uniqueArray(slave, { selector: ({ instanceId }) => instanceId })
  .map((all) => all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('joined' as const), slave }),
  fc.record({ do: fc.constant('left' as const), id }),
  fc.record({ do: fc.constantFrom('addAll' as const, 'replaceAll' as const), slaves }),
);

class Model {
  slaves = new Map<string, SlaveInfo>();

  take(next: Step): void {
    if (next.do === 'left') this.slaves.delete(next.id);
    else if (next.do === 'joined') this.#join(next.slave);
    else if (next.do === 'replaceAll') this.slaves = new Map(next.slaves.map((one) => [one.instanceId, one]));
    else for (const one of next.slaves) this.#join(one);
  }

  #join(joining: SlaveInfo): void {
    for (const [known, { name }] of this.slaves) if (name === joining.name) this.slaves.delete(known);
    this.slaves.set(joining.instanceId, joining);
  }

  get list(): SlaveInfo[] {
    return [...this.slaves.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }
}

function take(set: SlaveSet, next: Step): boolean {
  if (next.do === 'left') return set.left(next.id);
  return next.do === 'joined' ? set.joined(next.slave) : set[next.do](next.slaves);
}

describe('a set of slaves', () => {
  it('is what a map would be after any steps, and tells of every change', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const [set, model] = [new SlaveSet(), new Model()];
        for (const next of steps) {
          const before = model.list;
          model.take(next);
          const changed = take(set, next);
          expect(set.list).to.deep.equal(model.list);
          expect(set.size).to.equal(model.slaves.size);
          if (!changed) expect(model.list, 'nothing is said to have changed').to.deep.equal(before);
          else if (next.do === 'joined' || next.do === 'left') expect(model.list).not.to.deep.equal(before);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
