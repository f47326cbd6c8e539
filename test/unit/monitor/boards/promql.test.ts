import { expect } from 'chai';
import { ofCluster, ofSlave, quoted } from '../../../../src/monitor/boards/promql.ts';

describe('PromQL matchers', () => {
  it('quote what would end or change a text', () => {
    expect(quoted('a"b')).to.equal(String.raw`"a\"b"`);
    expect(quoted('a\\b')).to.equal(String.raw`"a\\b"`);
    expect(quoted('a\nb\nc')).to.equal(String.raw`"a\nb\nc"`);
    expect(quoted('\\"')).to.equal(String.raw`"\\\""`);
  });

  it('name the cluster, and the slave', () => {
    expect(ofCluster('lab')).to.equal('cluster="lab"');
    expect(ofSlave('lab', 'rack-1.node_2')).to.equal('cluster="lab",slave="rack-1.node_2"');
    expect(ofSlave('l"ab', 's"1')).to.equal(String.raw`cluster="l\"ab",slave="s\"1"`);
  });
});
