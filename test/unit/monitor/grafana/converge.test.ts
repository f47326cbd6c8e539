// One pass over a stand-in for Grafana, through real HTTP: what it writes, what it leaves, and that a second pass writes nothing.
import { expect } from 'chai';
import type { Board, BoardSpec } from '../../../../src/monitor/boards/board-spec.ts';
import { converge } from '../../../../src/monitor/grafana/converge.ts';
import { slaves } from '../../../support/grafana/slaves.ts';
import type { GrafanaStandIn } from '../../../support/grafana/stand-in.ts';
import { needsShared } from '../../../support/grafana/reference.ts';
import {
  BOARD,
  expectInOrder,
  expectSound,
  grafanaAt,
  openStandIn,
  panelsOf,
  pass,
  PER_SLAVE,
  SHARED,
  titles,
} from '../../../support/grafana/site.ts';

const HOST_1 = 'lanyard-lanyard-10-77-0-1';
const HOST_2 = 'lanyard-lanyard-10-77-0-2';

describe('convergence with Grafana (needs ../shared)', () => {
  let grafana: GrafanaStandIn;
  before(needsShared);
  beforeEach(async () => {
    grafana = await openStandIn();
  });
  afterEach(async () => {
    await grafana.stop();
    expectSound(grafana);
  });

  it('makes one data source and one board in an empty Grafana, and nothing the second time', async () => {
    const { writes, troubles } = await pass(grafana, [2, 1]);
    expect(troubles).to.deep.equal([]);
    expect(writes).to.deep.equal(['made data source Lanyard lanyard', `made board ${BOARD}: a test`]);
    expect(grafana.store.dataSources.get(SHARED)).to.include({
      name: 'Lanyard lanyard',
      type: 'prometheus',
      access: 'proxy',
      url: 'http://localhost:9090',
      isDefault: false,
    });
    expect(titles(grafana).slice(3)).to.deep.equal([
      's1',
      'CPU of s1',
      'Requests of s1',
      's2',
      'CPU of s2',
      'Requests of s2',
    ]);
    await expectInOrder(grafana, [1, 2]);
    expect(
      grafana.requests.slice(-2).map(({ method, path }) => `${method} ${path}`),
      'a quiet pass',
    ).to.deep.equal(['GET /api/datasources', `GET /api/dashboards/uid/${BOARD}`]);
  });

  it('makes no data source for a host whose slaves have no metrics, and shows none of them', async () => {
    const shown = slaves(1, 2).map((slave) => (slave.name === 's2' ? { ...slave, metricsPort: 0 } : slave));
    const boards: BoardSpec[] = [];
    const boardOf = (spec: BoardSpec): Board => {
      boards.push(spec);
      return PER_SLAVE.boardOf(spec);
    };
    await converge(grafanaAt(grafana.url), { ...PER_SLAVE, boardOf }, shown, 'a test');
    expect([...grafana.store.dataSources.keys()].sort()).to.deep.equal([HOST_1, SHARED].sort());
    expect(boards[0]!.slaves).to.deep.equal([
      { name: 's1', dataSource: HOST_1 },
      { name: 's2', dataSource: undefined },
    ]);
  });

  it('adds the panels of a slave that joined and removes those of one that left, with the reason in the history', async () => {
    await pass(grafana, [1, 2]);
    await pass(grafana, [2, 3]);
    expect(titles(grafana).filter((title) => /^s\d/.test(title))).to.deep.equal(['s2', 's3']);
    expect(grafana.store.boards.get(BOARD)?.history).to.deep.equal(['lanyard: a test', 'lanyard: a test']);
    await expectInOrder(grafana, [2, 3]);
  });

  it('sorts slaves by name as people count, whatever order they joined in', async () => {
    await pass(grafana, [10, 9, 1]);
    expect(titles(grafana).filter((title) => /^s\d/.test(title))).to.deep.equal(['s1', 's9', 's10']);
    await expectInOrder(grafana, [9, 1, 10]);
  });

  it('makes one data source per host in per-slave mode, and removes those of hosts that left after the board forgot them', async () => {
    await pass(grafana, [1, 2], PER_SLAVE);
    expect([...grafana.store.dataSources.keys()].sort()).to.deep.equal([HOST_1, HOST_2, SHARED]);
    expect(grafana.store.dataSources.get(HOST_2)?.['url']).to.equal('http://10.77.0.2:9090');
    expect(panelsOf(grafana).find(({ title }) => title === 'CPU of s2')?.['datasource']).to.include({ uid: HOST_2 });
    const before = grafana.requests.length;
    const { writes } = await pass(grafana, [2], PER_SLAVE);
    expect(writes).to.deep.equal([`changed board ${BOARD}: a test`, 'removed data source Lanyard lanyard 10.77.0.1']);
    expect(grafana.writes(before).map(({ method }) => method)).to.deep.equal(['POST', 'DELETE']);
    await expectInOrder(grafana, [2], PER_SLAVE);
  });

  it('keeps the data source of a host while the board that shows it cannot be saved', async () => {
    await pass(grafana, [1, 2], PER_SLAVE);
    grafana.faults.add({
      fault: { do: 'answer', status: 400, message: 'bad request data' },
      only: (method, path) => method === 'POST' && path.startsWith('/api/dashboards'),
    });
    expect((await pass(grafana, [2], PER_SLAVE)).troubles.map(({ kind }) => kind)).to.deep.equal(['refused']);
    expect(grafana.store.dataSources.has(HOST_1)).to.equal(true);
    grafana.faults.clear();
    await pass(grafana, [2], PER_SLAVE);
    expect(grafana.store.dataSources.has(HOST_1)).to.equal(false);
  });

  it('removes the data sources of the other mode', async () => {
    await pass(grafana, [1, 2], PER_SLAVE);
    await pass(grafana, [1, 2]);
    expect([...grafana.store.dataSources.keys()]).to.deep.equal([SHARED]);
    await expectInOrder(grafana, [1, 2]);
  });

  it('never touches a data source without its marker, nor one of another cluster', async () => {
    await pass(grafana, [1], { ...PER_SLAVE, cluster: 'other' });
    grafana.store.addDataSource({ uid: 'mine', name: 'Mine', type: 'prometheus', access: 'proxy', url: 'http://x' });
    const others = [...grafana.store.dataSources.entries()];
    await pass(grafana, [1], PER_SLAVE);
    await pass(grafana, [2], PER_SLAVE);
    await pass(grafana, [], PER_SLAVE);
    for (const [uid, source] of others) expect(grafana.store.dataSources.get(uid)).to.equal(source);
  });

  it('uses a data source at its uid that it did not make, as it is, and says so', async () => {
    const source = { uid: SHARED, name: 'Provisioned', type: 'prometheus', access: 'proxy', url: 'http://elsewhere' };
    grafana.store.addDataSource(source);
    const { leftAlone, troubles, writes } = await pass(grafana, [1]);
    expect(troubles).to.deep.equal([]);
    expect(writes).to.deep.equal([`made board ${BOARD}: a test`]);
    expect(leftAlone.map(({ kind, at }) => [kind, at])).to.deep.equal([['not-ours', `data source ${SHARED}`]]);
    expect(grafana.store.dataSources.get(SHARED)).to.include(source);
    await expectInOrder(grafana, [1]);
  });

  it('leaves a provisioned data source as it is, even one that carries the marker', async () => {
    await pass(grafana, [1], PER_SLAVE);
    for (const uid of [SHARED, HOST_1]) {
      const kept = grafana.store.dataSources.get(uid)!;
      grafana.store.dataSources.set(uid, { ...kept, readOnly: true, url: 'http://changed' });
    }
    const before = grafana.requests.length;
    const { leftAlone, troubles } = await pass(grafana, [], PER_SLAVE);
    expect(troubles).to.deep.equal([]);
    expect(leftAlone.map(({ kind, at }) => [kind, at])).to.deep.equal([['read-only', `data source ${SHARED}`]]);
    expect(grafana.writes(before).map(({ path }) => path)).to.deep.equal(['/api/dashboards/db']);
  });

  it('takes another name when its own is taken, and keeps the name that a user gives', async () => {
    grafana.store.addDataSource({ uid: 'x', name: 'Lanyard lanyard', type: 'prometheus', access: 'proxy', url: 'x' });
    expect((await pass(grafana, [1])).troubles).to.deep.equal([]);
    expect(grafana.store.dataSources.get(SHARED)?.['name']).to.equal(`Lanyard lanyard (${SHARED})`);
    grafana.store.dataSources.get(SHARED)!['name'] = 'Renamed';
    await expectInOrder(grafana, [1]);
    await pass(grafana, [1], { ...PLAN_ELSEWHERE });
    expect(grafana.store.dataSources.get(SHARED)).to.include({ name: 'Renamed', url: 'http://new:9090' });
  });

  it('changes the address of its data source and keeps what a user set on it', async () => {
    await pass(grafana, [1]);
    const { version } = grafana.store.dataSources.get(SHARED)!;
    const made = grafana.store.dataSources.get(SHARED)!['jsonData'] as object;
    expect(made).to.include({ timeInterval: '5s' });
    const jsonData = { ...made, timeInterval: '30s', tlsSkipVerify: true };
    const byUser = { basicAuth: true, basicAuthUser: 'me', access: 'direct', isDefault: true, withCredentials: true };
    grafana.store.updateDataSource(SHARED, {
      ...{ name: 'Lanyard lanyard', type: 'prometheus', url: 'http://localhost:9090', jsonData, version },
      ...byUser,
      secureJsonData: { basicAuthPassword: 'secret' },
    });
    await expectInOrder(grafana, [1]);
    await pass(grafana, [1], PLAN_ELSEWHERE);
    const kept = grafana.store.dataSources.get(SHARED)!;
    expect(kept).to.include({ ...byUser, url: 'http://new:9090', version: 3 });
    expect(kept['jsonData']).to.include({ tlsSkipVerify: true, lanyardCluster: 'lanyard', timeInterval: '30s' });
    expect(kept['secureJsonFields']).to.deep.equal({ basicAuthPassword: true });
    await expectInOrder(grafana, [1], PLAN_ELSEWHERE);
  });

  it('keeps the folder that a user moved the board to', async () => {
    await pass(grafana, [1]);
    grafana.store.folders.set('ops', { uid: 'ops', title: 'Ops' });
    grafana.store.boards.get(BOARD)!.folderUid = 'ops';
    await pass(grafana, [1, 2]);
    expect(grafana.store.boards.get(BOARD)?.folderUid).to.equal('ops');
    await expectInOrder(grafana, [1, 2]);
  });

  it('leaves a board at its uid alone that lacks its tag, and says so', async () => {
    grafana.store.saveBoard({ dashboard: { uid: BOARD, title: 'Mine', tags: ['x'], ...EMPTY_BOARD } });
    const { leftAlone, writes } = await pass(grafana, [1]);
    expect(leftAlone.map(({ kind, at }) => [kind, at])).to.deep.equal([['not-ours', `board ${BOARD}`]]);
    expect(writes).to.deep.equal(['made data source Lanyard lanyard']);
    expect(grafana.store.boards.get(BOARD)?.dashboard['title']).to.equal('Mine');
  });

  it('leaves a provisioned board alone, whether Grafana says so when asked or when it refuses', async () => {
    await pass(grafana, [1]);
    grafana.store.boards.get(BOARD)!.provisioned = true;
    let before = grafana.requests.length;
    let result = await pass(grafana, [2]);
    expect(result.leftAlone.map(({ kind, at }) => [kind, at])).to.deep.equal([['read-only', `board ${BOARD}`]]);
    expect(grafana.writes(before)).to.deep.equal([]);
    grafana.store.boards.get(BOARD)!.provisioned = false;
    before = grafana.requests.length;
    const message = 'Cannot save provisioned dashboard';
    grafana.faults.add({ fault: { do: 'answer', status: 400, message }, only: (method) => method === 'POST' });
    result = await pass(grafana, [2]);
    expect(result.troubles).to.deep.equal([]);
    expect(result.leftAlone.map(({ kind, said }) => [kind, said])).to.deep.equal([['read-only', message]]);
    expect(grafana.writes(before)).to.have.length(1);
  });

  it('merges again when somebody saved the board in between, and keeps what they saved', async () => {
    await pass(grafana, [1]);
    let saves = 0;
    const saveBefore = (method: string): boolean => {
      if (method === 'POST' && saves++ < 2) {
        const { dashboard } = grafana.store.boards.get(BOARD)!;
        const mine = { id: saves, type: 'text', title: 'Mine', gridPos: { x: 0, y: 50 * saves, w: 24, h: 3 } };
        dashboard['panels'] = [...(dashboard['panels'] as object[]), mine];
        dashboard['version'] = Number(dashboard['version']) + 1;
      }
      return false;
    };
    grafana.faults.add({ fault: { do: 'reset' }, only: saveBefore });
    expect((await pass(grafana, [2])).troubles).to.deep.equal([]);
    expect(saves).to.equal(3);
    expect(titles(grafana).slice(-3)).to.deep.equal(['Requests of s2', 'Mine', 'Mine']);
    await expectInOrder(grafana, [2]);
  });

  it('asks no more in this pass once Grafana is gone', async () => {
    grafana.faults.add({ fault: { do: 'answer', status: 503 }, after: 1 });
    expect((await pass(grafana, [1, 2, 3], PER_SLAVE)).troubles).to.have.length(1);
    expect(grafana.requests).to.have.length(2);
  });

  it('gives up for this pass after four mismatches in a row', async () => {
    await pass(grafana, [1]);
    const before = grafana.requests.length;
    grafana.faults.add({
      fault: { do: 'answer', status: 412, label: 'version-mismatch' },
      only: (method) => method === 'POST',
    });
    expect((await pass(grafana, [2])).troubles.map(({ kind }) => kind)).to.deep.equal(['stale']);
    expect(grafana.writes(before)).to.have.length(4);
  });

  it('reads a data source again when somebody changed it in between, and keeps what they set', async () => {
    await pass(grafana, [1]);
    let puts = 0;
    const setBefore = (method: string): boolean => {
      const source = grafana.store.dataSources.get(SHARED)!;
      if (method === 'PUT' && puts++ < 2) {
        const changed = { basicAuth: true, basicAuthUser: `me${puts}`, version: Number(source['version']) + 1 };
        grafana.store.dataSources.set(SHARED, { ...source, ...changed });
      }
      return false;
    };
    grafana.faults.add({ fault: { do: 'reset' }, only: setBefore });
    expect((await pass(grafana, [1], PLAN_ELSEWHERE)).troubles).to.deep.equal([]);
    expect(puts).to.equal(3);
    const kept = { url: 'http://new:9090', basicAuth: true, basicAuthUser: 'me2' };
    expect(grafana.store.dataSources.get(SHARED)).to.include(kept);
    await expectInOrder(grafana, [1], PLAN_ELSEWHERE);
  });

  it('brings the board up to date with a key that may not see data sources', async () => {
    grafana.tokens.forEach((_, token) => grafana.tokens.set(token, 'Editor'));
    const { troubles, writes } = await pass(grafana, [1]);
    expect(troubles.map(({ kind, at }) => [kind, at])).to.deep.equal([['not-allowed', 'GET /api/datasources']]);
    expect(writes).to.deep.equal([`made board ${BOARD}: a test`]);
  });

  it('makes the board again in a Grafana under a sub-path after somebody deleted it', async () => {
    const behindProxy = await openStandIn('Admin', '/grafana');
    try {
      await pass(behindProxy, [1]);
      behindProxy.store.boards.clear();
      expect((await pass(behindProxy, [1])).writes).to.deep.equal([`made board ${BOARD}: a test`]);
      await expectInOrder(behindProxy, [1]);
    } finally {
      await behindProxy.stop();
    }
  });
});

const EMPTY_BOARD = { schemaVersion: 39, templating: { list: [] }, annotations: { list: [] }, panels: [] };
const PLAN_ELSEWHERE = { ...PER_SLAVE, slavePrometheusPort: undefined, prometheusUrl: 'http://new:9090' };
