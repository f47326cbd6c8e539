// A monitor that dies, or whose Grafana does, at any point of a pass: the next pass ends where an undisturbed one would have, and the
// one after that writes nothing. Two monitors at once end equal.
import { expect } from 'chai';
import { converge, type ConvergePlan } from '../../../../src/monitor/grafana/converge.ts';
import type { FaultRule } from '../../../support/grafana/faults.ts';
import { needsShared } from '../../../support/grafana/reference.ts';
import {
  BOARD,
  expectInOrder,
  expectSound,
  grafanaAt,
  openStandIn,
  pass,
  PER_SLAVE,
  PLAN,
} from '../../../support/grafana/site.ts';
import { slaves } from '../../../support/grafana/slaves.ts';
import type { GrafanaStandIn } from '../../../support/grafana/stand-in.ts';

/** What is in Grafana, without what counts saves. */
function contents({ store }: GrafanaStandIn): unknown {
  const sources = [...store.dataSources.values()].map(({ id: _id, version: _v, ...source }) => source);
  const boards = [...store.boards.values()].map(({ dashboard: { id: _id, version: _v, ...board }, folderUid }) => ({
    board,
    folderUid,
  }));
  return { sources: sources.sort((a, b) => String(a['uid']).localeCompare(String(b['uid']))), boards };
}

const MOVED: ConvergePlan = { ...PER_SLAVE, prometheusUrl: 'http://new:9090' };
const FAULTS: Record<string, FaultRule> = {
  'the connection breaks before': { fault: { do: 'reset' } },
  'the answer is lost after': { fault: { do: 'lose-answer' } },
  'Grafana fails at': { fault: { do: 'answer', status: 503 } },
  'Grafana fails from then on at': { fault: { do: 'answer', status: 500 } },
  'Grafana cannot do': { fault: { do: 'answer', status: 500 }, times: 1 },
  'the key may not do': { fault: { do: 'answer', status: 403 }, times: 1 },
};

describe('crashes of the monitor or of Grafana (needs ../shared)', () => {
  const open: GrafanaStandIn[] = [];
  const fresh = async (): Promise<GrafanaStandIn> => {
    const standIn = await openStandIn();
    open.push(standIn);
    return standIn;
  };
  /** A pass that makes, changes and removes data sources, and changes the board that a user put a panel into. */
  const earlier = async (standIn: GrafanaStandIn): Promise<void> => {
    await pass(standIn, [1, 2], PER_SLAVE);
    const { dashboard } = standIn.store.boards.get(BOARD)!;
    const mine = { id: 5, type: 'text', title: 'Mine', gridPos: { x: 0, y: 90, w: 24, h: 3 } };
    dashboard['panels'] = [...(dashboard['panels'] as object[]), mine];
  };
  before(needsShared);
  afterEach(async () => {
    for (const standIn of open.splice(0)) {
      await standIn.stop();
      expectSound(standIn);
    }
  });

  for (const [name, rule] of Object.entries(FAULTS)) {
    it(`do no harm when ${name} any one request of a pass`, async () => {
      const undisturbed = await fresh();
      await earlier(undisturbed);
      const before = undisturbed.requests.length;
      await pass(undisturbed, [2, 3, 4], MOVED);
      const count = undisturbed.requests.length - before;
      expect(count, 'requests of a pass').to.equal(8);
      for (let k = 0; k < count; k++) {
        const standIn = await fresh();
        await earlier(standIn);
        standIn.faults.add({ ...rule, after: k });
        const broken = await pass(standIn, [2, 3, 4], MOVED);
        expect(broken.troubles, `request ${k}`).not.to.deep.equal([]);
        standIn.faults.clear();
        const mended = await pass(standIn, [2, 3, 4], MOVED);
        expect(mended.troubles, `after request ${k}`).to.deep.equal([]);
        expect(contents(standIn), `after request ${k}`).to.deep.equal(contents(undisturbed));
        await expectInOrder(standIn, [2, 3, 4], MOVED);
      }
    });
  }

  it('do no harm when Grafana lost everything', async () => {
    const standIn = await fresh();
    await pass(standIn, [1], PER_SLAVE);
    const was = contents(standIn);
    standIn.store.dataSources.clear();
    standIn.store.boards.clear();
    expect((await pass(standIn, [1], PER_SLAVE)).troubles).to.deep.equal([]);
    expect(contents(standIn)).to.deep.equal(was);
  });

  for (const start of ['an empty Grafana', 'an older state']) {
    it(`two monitors at once end equal, from ${start}, and then neither writes`, async () => {
      for (let round = 0; round < 10; round++) {
        const standIn = await fresh();
        if (start === 'an older state') await earlier(standIn);
        const one = converge(grafanaAt(standIn.url), MOVED, slaves(2, 3, 4), 'one');
        const two = converge(grafanaAt(standIn.url), MOVED, slaves(4, 3, 2), 'two');
        for (const { troubles } of await Promise.all([one, two])) expect(troubles).to.deep.equal([]);
        expect([...standIn.store.dataSources.values()].map(({ name }) => name).sort()).to.deep.equal(
          ['', ' 10.77.0.2', ' 10.77.0.3', ' 10.77.0.4'].map((host) => `Lanyard lanyard${host}`),
        );
        await expectInOrder(standIn, [3, 2, 4], MOVED);
        await expectInOrder(standIn, [2, 3, 4], MOVED);
      }
    });
  }

  it('a monitor of another cluster beside it writes its own things only', async () => {
    const standIn = await fresh();
    await pass(standIn, [1], PER_SLAVE);
    await pass(standIn, [7], { ...PER_SLAVE, cluster: 'other' });
    await expectInOrder(standIn, [1], PER_SLAVE);
    await expectInOrder(standIn, [7], { ...PER_SLAVE, cluster: 'other' });
    await pass(standIn, [], { ...PLAN, cluster: 'other' });
    await expectInOrder(standIn, [1], PER_SLAVE);
  });
});
