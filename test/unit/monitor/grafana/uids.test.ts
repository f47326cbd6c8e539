// Uids: what Grafana takes, the same every time, and different for different things.
import { expect } from 'chai';
import fc from 'fast-check';
import { boardUid, clusterDataSourceUid, hostDataSourceUid } from '../../../../src/monitor/grafana/uids.ts';
import { holds } from '../../../support/holds.ts';

const VALID = /^[A-Za-z0-9_-]{1,40}$/;

describe('uids in Grafana', () => {
  it('are readable for ordinary names', () => {
    expect(boardUid('lanyard')).to.equal('lanyard-lanyard');
    expect(clusterDataSourceUid('lanyard')).to.equal('lanyard-lanyard-prometheus');
    expect(hostDataSourceUid('lanyard', '10.77.0.1')).to.equal('lanyard-lanyard-10-77-0-1');
  });

  it('stay what they were made as: a change would leave old boards behind', () => {
    expect(boardUid('rack.7')).to.equal('lanyard-rack-7_8423646794');
    expect(boardUid('x'.repeat(64))).to.equal('lanyard-xxxxxxxxxxxxxxxxxxxxx_20c2060d6f');
    expect(hostDataSourceUid('lanyard', 'fe80::1')).to.equal('lanyard-lanyard-fe80--1_90f0284b3c');
  });

  it('are taken by Grafana, and differ for any two clusters and hosts', () => {
    const cluster = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
      fc.string({ minLength: 1, maxLength: 64 }),
      fc.constantFrom('a', 'a.b', 'a-b', 'a_b', 'a-10', 'a-prometheus', 'x'.repeat(40), 'x'.repeat(41)),
      fc.constantFrom('a.b', 'rack.7', 'x'.repeat(64)).map((name) => boardUid(name).replace(/^lanyard-/, '')),
    );
    const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('prometheus', '10-77-0-1', '10.77.0.1'));
    const thing = fc.record({ cluster, host: fc.option(host, { nil: undefined }) });
    const uid = (t: { cluster: string; host: string | undefined }): string =>
      t.host === undefined ? clusterDataSourceUid(t.cluster) : hostDataSourceUid(t.cluster, t.host);
    holds(
      fc.property(thing, thing, (a, b) => {
        for (const made of [uid(a), uid(b), boardUid(a.cluster)]) expect(made).to.match(VALID);
        expect(uid(a) === uid(b)).to.equal(a.cluster === b.cluster && a.host === b.host);
        expect(boardUid(a.cluster) === boardUid(b.cluster)).to.equal(a.cluster === b.cluster);
      }),
      3000,
    );
  });
});
