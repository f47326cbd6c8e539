// Slaves as targets of Prometheus: what a slave says of itself never becomes more than a label of its own.
import { expect } from 'chai';
import { hostsOf, targetGroups, type ScrapedSlave } from '../../../../src/common/prometheus/targets.ts';

const slave = (name: string, rest: Partial<ScrapedSlave> = {}): ScrapedSlave => ({
  ...{ name, address: '10.0.0.1', metricsPort: 9100, labels: {} },
  ...rest,
});

describe('targets for Prometheus', () => {
  it('are one group per slave, with its address and port, its name and its cluster', () => {
    const slaves = [slave('a'), slave('b', { address: '10.0.0.2', metricsPort: 9101 })];
    expect(targetGroups('hall', slaves)).to.deep.equal([
      { targets: ['10.0.0.1:9100'], labels: { cluster: 'hall', slave: 'a' } },
      { targets: ['10.0.0.2:9101'], labels: { cluster: 'hall', slave: 'b' } },
    ]);
    expect(targetGroups('hall', [])).to.deep.equal([]);
  });

  it('leave out a slave without metrics', () => {
    expect(targetGroups('hall', [slave('a', { metricsPort: 0 })])).to.deep.equal([]);
  });

  it('are those at the hosts that were asked for', () => {
    const slaves = [slave('a'), slave('b', { address: '10.0.0.2' }), slave('c', { address: '10.0.0.3' })];
    const names = (hosts: readonly string[]): (string | undefined)[] =>
      targetGroups('hall', slaves, new Set(hosts)).map(({ labels }) => labels['slave']);
    expect(names(['10.0.0.3', '10.0.0.1'])).to.deep.equal(['a', 'c']);
    expect(names(['10.0.0.30'])).to.deep.equal([]);
    expect(names([]), 'no host is not all hosts').to.deep.equal([]);
  });

  it('carry labels of slaves under names that Prometheus takes', () => {
    const labels = { rack: '7', 'row.a-b': 'ä', '': 'empty', '9': 'nine', 'gr\u00f6\u00dfe "x"': '\n' };
    const [group] = targetGroups('hall', [slave('a', { labels })]);
    for (const name of Object.keys(group!.labels)) expect(name).to.match(/^[a-zA-Z_][a-zA-Z0-9_]*$/);
    expect(group!.labels).to.deep.equal({
      ...{ cluster: 'hall', slave: 'a', label_rack: '7', label_row_a_b: 'ä', label_: 'empty', label_9: 'nine' },
      label_gr__e__x_: '\n',
    });
  });

  it('cannot be forged: not the address that is scraped, nor job, cluster or name', () => {
    const forged = ['__address__', '__metrics_path__', '__scheme__', 'job', 'instance', 'cluster', 'slave', 'le'];
    const labels = Object.fromEntries(forged.map((key) => [key, 'evil:80']));
    const [group] = targetGroups('hall', [slave('a', { labels })]);
    expect(group!.targets).to.deep.equal(['10.0.0.1:9100']);
    const { cluster, slave: name, ...own } = group!.labels;
    expect([cluster, name]).to.deep.equal(['hall', 'a']);
    expect(Object.keys(own)).to.deep.equal(forged.map((key) => `label_${key}`));
  });

  it('read hosts from an URL: addresses, or the first that is none', () => {
    expect(hostsOf([])).to.deep.equal({ hosts: undefined });
    expect(hostsOf(['10.0.0.1', '10.0.0.2'])).to.deep.equal({ hosts: new Set(['10.0.0.1', '10.0.0.2']) });
    for (const wrong of ['', 's1', '10.0.0', '10.0.0.1:9100', ' 10.0.0.1'])
      expect(hostsOf(['10.0.0.1', wrong])).to.deep.equal({ wrong });
  });
});
