import { expect } from 'chai';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import { Autoscaler } from '../../../../src/master/autoscale/autoscaler.ts';
import { GROUP_LABEL, REPLICA_LABEL } from '../../../../src/master/autoscale/provider.ts';
import { requestWork } from '../../../../src/master/autoscale/work.ts';
import { findAlgorithm } from '../../../../src/master/balancing/registry.ts';
import { Pool } from '../../../../src/master/pool/pool.ts';
import { FakeProvider, logInto } from '../../../support/fake-replicas.ts';
import { profileOf } from '../../../support/pool-twin.ts';

describe('a replica that nobody keeps', () => {
  const newDesk = (groups: readonly string[]) => {
    const clock = new ManualClock();
    const pool = new Pool(findAlgorithm('round-robin')!);
    const provider = new FakeProvider();
    const warnings: string[] = [];
    const autoscaler = new Autoscaler({
      ...{ clock, pool, log: logInto(warnings) },
      groups: groups.map((group) => ({
        ...{ group, provider, slotsEach: 1, rules: { min: 0, max: 4, idleAfterMs: 1e6 } },
        work: requestWork(pool, `forward:${group}`, () => 0),
        newId: () => 'new',
        environmentOf: () => ({}),
        setDraining: () => undefined,
        timeOf: String,
        onChange: () => undefined,
      })),
    });
    const join = (id: string, group: string): void => {
      const labels = { [REPLICA_LABEL]: id, [GROUP_LABEL]: group };
      pool.join({ ...profileOf(id, Infinity), labels }, [{ name: `forward:${group}`, slots: 1 }], clock.nowMs());
    };
    autoscaler.open();
    const seconds = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) {
        clock.advance(1000);
        for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      }
    };
    return { autoscaler, pool, provider, warnings, join, seconds };
  };

  it('is told of, once, when its master has no --autoscale any more', async () => {
    const { autoscaler, pool, warnings, join, seconds } = newDesk([]);
    join('web-1', 'web');
    await seconds(5);
    expect(warnings).to.deep.equal([]);
    await seconds(20);
    const { address } = pool.member('web-1')!.profile;
    expect(autoscaler.view()).to.deep.equal({
      groups: [],
      strangers: [{ id: 'web-1', group: 'web', slave: 'web-1', detail: `joined from ${address}` }],
    });
    expect(warnings).to.have.lengthOf(1);
    pool.transition(pool.member('web-1')!, 'left');
    await seconds(1);
    expect(autoscaler.view().strangers).to.deep.equal([]);
  });

  it("is one that its group's provider does not list, or that is listed for a group that is not kept", async () => {
    const { autoscaler, provider, warnings, join, seconds } = newDesk(['web']);
    provider.run('web-ours');
    provider.run('api-1', 'api');
    for (const id of ['web-ours', 'web-theirs']) join(id, 'web');
    await seconds(20);
    expect(autoscaler.view().strangers.map(({ id, slave }) => `${id}/${slave}`)).to.deep.equal([
      'api-1/null',
      'web-theirs/web-theirs',
    ]);
    expect(warnings).to.have.lengthOf(2);
    provider.replicas.delete('api-1');
    await seconds(130);
    expect(autoscaler.view().strangers.map(({ id }) => id)).to.deep.equal(['web-theirs']);
  });
});
