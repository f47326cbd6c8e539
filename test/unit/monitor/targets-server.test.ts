// GET /prometheus/targets of a monitor.
import { expect } from 'chai';
import type { SmallServer } from '../../../src/common/http/small-server.ts';
import type { SlaveInfo } from '../../../src/common/protocol/slave-info.ts';
import { openTargetsServer } from '../../../src/monitor/targets-server.ts';
import { request, type Answer } from '../../support/http.ts';
import { slaveInfo } from '../../support/slave-info.ts';

describe('the targets of a monitor', () => {
  let slaves: readonly SlaveInfo[] | undefined;
  let server: SmallServer;

  beforeEach(async () => {
    slaves = undefined;
    server = await openTargetsServer({ host: '127.0.0.1', port: 0, cluster: 'hall', slaves: () => slaves });
  });
  afterEach(() => server.close());

  const ask = (query = '', method = 'GET'): Promise<Answer> =>
    request(`http://127.0.0.1:${server.port}/prometheus/targets${query}`, { method });
  const names = async (query = ''): Promise<string[]> =>
    (JSON.parse((await ask(query)).body) as { labels: { slave: string } }[]).map(({ labels }) => labels.slave);

  it('are refused until a master has told its slaves, so that Prometheus keeps what it has', async () => {
    const { status, body } = await ask();
    expect([status, body]).to.deep.equal([
      503,
      'no master has told this monitor its slaves yet; is ./master running in this network?\n',
    ]);
  });

  it('are empty when there are no slaves', async () => {
    slaves = [];
    const { status, headers, body } = await ask();
    expect([status, headers['content-type'], body]).to.deep.equal([200, 'application/json', '[]']);
  });

  it('are what the master would answer', async () => {
    slaves = [slaveInfo('a', { labels: { rack: '7' } }), slaveInfo('b', { metricsPort: 0 })];
    expect(JSON.parse((await ask()).body)).to.deep.equal([
      { targets: ['10.0.0.1:9100'], labels: { cluster: 'hall', slave: 'a', label_rack: '7' } },
    ]);
  });

  it('are always those known now', async () => {
    slaves = [slaveInfo('a')];
    expect(await names()).to.deep.equal(['a']);
    slaves = [slaveInfo('b')];
    expect(await names()).to.deep.equal(['b']);
  });

  it('are those at the hosts that are asked for', async () => {
    slaves = ['a', 'b', 'c'].map((id, i) => slaveInfo(id, { address: `10.0.0.${i + 1}` }));
    expect(await names('?host=10.0.0.2')).to.deep.equal(['b']);
    expect(await names('?host=10.0.0.3&host=10.0.0.1')).to.deep.equal(['a', 'c']);
  });

  it('are not those of a host that is no address: the parameter is named', async () => {
    slaves = [];
    for (const [query, what] of [
      ['?host=s1', /^host must be the IP address of a slave.* got s1\n$/],
      ['?host=', /^host must be .* got nothing\n$/],
      ['?hosts=10.0.0.1', /^unknown name hosts in the URL: expected host\n$/],
    ] as const) {
      const { status, body } = await ask(query);
      expect(status).to.equal(400);
      expect(body).to.match(what);
    }
  });

  it('can be read only, and are all there is', async () => {
    slaves = [slaveInfo('a')];
    expect(await ask('', 'HEAD')).to.include({ status: 200, body: '' });
    expect(await ask('', 'DELETE')).to.include({ status: 405 });
    const { status, body } = await request(`http://127.0.0.1:${server.port}/metrics`);
    expect([status, body]).to.deep.equal([404, 'nothing here; this serves targets: GET /prometheus/targets\n']);
  });
});
