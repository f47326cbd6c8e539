// Which data sources are wanted, and what is done to those that are there.
import { expect } from 'chai';
import {
  MARKER,
  stepFor,
  stepsFor,
  updateCommand,
  wantedDataSources,
  type DataSourcePlan,
} from '../../../../src/monitor/grafana/data-sources.ts';
import type { StoredDataSource } from '../../../../src/monitor/grafana/grafana.ts';
import { changesBetween } from '../../../../src/monitor/grafana/slave-changes.ts';
import { slaves } from '../../../support/grafana/slaves.ts';

const PLAN: DataSourcePlan = { cluster: 'c', prometheusUrl: 'http://p:9090' };
const [shared] = wantedDataSources(PLAN, []);
const stored: StoredDataSource = { ...shared!, type: 'prometheus', access: 'proxy', readOnly: false };

describe('data sources', () => {
  it('are one for the cluster, and in per-slave mode one per host, in an order of their own', () => {
    expect(wantedDataSources(PLAN, ['10.0.0.1'])).to.have.length(1);
    const hosts = ['10.0.0.2', '10.0.0.1', '10.0.0.2', 'fe80::1'];
    expect(wantedDataSources({ ...PLAN, slavePrometheusPort: 9091 }, hosts).map(({ url }) => url)).to.deep.equal([
      'http://p:9090',
      'http://10.0.0.1:9091',
      'http://10.0.0.2:9091',
      'http://[fe80::1]:9091',
    ]);
  });

  it('are changed when what is ours differs, and for nothing else', () => {
    const same: Partial<StoredDataSource>[] = [
      { name: 'Renamed' },
      { isDefault: true, access: 'direct', basicAuth: true, user: 'me' },
      { jsonData: { ...shared!.jsonData, tlsSkipVerify: true } },
    ];
    for (const each of same)
      expect(stepFor('c', shared!, { ...stored, ...each }), JSON.stringify(each)).to.equal(undefined);
    const other: Partial<StoredDataSource>[] = [
      { url: 'http://other' },
      { type: 'loki' },
      { jsonData: { ...shared!.jsonData, httpMethod: 'GET' } },
      { jsonData: { [MARKER]: 'c' } },
    ];
    for (const each of other) {
      expect(stepFor('c', shared!, { ...stored, ...each })?.do, JSON.stringify(each)).to.equal('update');
      const command = updateCommand(shared!, { ...stored, ...each });
      expect(stepFor('c', shared!, command)).to.equal(undefined);
    }
  });

  it('are left alone without our marker, with another cluster’s, and when they are read-only', () => {
    const { jsonData: _jsonData, ...bare } = stored;
    const leave = (source: StoredDataSource): unknown => stepFor('c', shared!, { ...source, url: 'http://other' });
    expect(leave(bare)).to.include({ do: 'leave', why: 'not-ours' });
    expect(leave({ ...stored, jsonData: { [MARKER]: 'd' } })).to.include({ do: 'leave', why: 'not-ours' });
    expect(leave({ ...stored, readOnly: true })).to.include({ do: 'leave', why: 'read-only' });
    const strangers = [
      { ...bare, uid: 'x' },
      { ...stored, uid: 'y', jsonData: { [MARKER]: 'd' } },
      { ...stored, uid: 'z', readOnly: true },
    ];
    expect(stepsFor('c', [], strangers)).to.deep.equal([]);
    expect(stepsFor('c', [], [stored])).to.deep.equal([{ do: 'delete', uid: shared!.uid, name: shared!.name }]);
  });
});

describe('changes of the cluster in words', () => {
  it('name a few slaves and count the rest', () => {
    expect(changesBetween(slaves(1, 2), slaves(2, 1))).to.equal(undefined);
    expect(changesBetween([], slaves(1))).to.equal('s1 joined');
    expect(changesBetween(slaves(1, 2, 3, 4, 5, 6, 7), [])).to.equal('s1, s2, s3, s4, s5 and 2 more left');
    expect(changesBetween(slaves(1), [{ name: 's1', address: '::1', metricsPort: 1 }, ...slaves(2)])).to.equal(
      's2 joined, s1 moved',
    );
    const silent = slaves(1).map((slave) => ({ ...slave, metricsPort: 0 }));
    expect(changesBetween(slaves(1), silent)).to.equal('s1 has no metrics now');
    expect(changesBetween(silent, slaves(1))).to.equal('s1 has metrics now');
    expect(changesBetween(slaves(1), [{ ...slaves(1)[0]!, metricsPort: 7 }])).to.equal(undefined);
  });
});
