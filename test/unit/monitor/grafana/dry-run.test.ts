// --dry-run shows what would be sent, and sends nothing that changes anything.
import { expect } from 'chai';
import { converge, type ConvergePlan } from '../../../../src/monitor/grafana/converge.ts';
import { dryRun } from '../../../../src/monitor/grafana/dry-run.ts';
import { createGrafana } from '../../../../src/monitor/grafana/grafana-api.ts';
import type { PassResult } from '../../../../src/monitor/grafana/pass-notes.ts';
import type { Transport } from '../../../../src/monitor/grafana/transport.ts';
import { troubleFrom } from '../../../../src/monitor/grafana/trouble.ts';
import { fakeBoard } from '../../../support/grafana/fake-board.ts';
import { slaves } from '../../../support/grafana/slaves.ts';

const PLAN: ConvergePlan = {
  cluster: 'lanyard',
  prometheusUrl: 'http://p:9090',
  slavePrometheusPort: 9090,
  boardOf: fakeBoard,
};

function desk(reads: Transport | undefined) {
  const shown: string[] = [];
  const said: string[] = [];
  const send = dryRun({
    reads,
    address: 'http://g/grafana',
    show: (text) => shown.push(text),
    say: (sentence) => said.push(sentence),
  });
  const pass = (...numbers: number[]): Promise<PassResult> =>
    converge(createGrafana(send), PLAN, slaves(...numbers), 'why');
  return { shown, said, pass };
}

const firstLines = (shown: readonly string[]): string[] => shown.map((text) => text.split('\n')[0]!);

describe('dry run', () => {
  it('shows, without a key, what an empty Grafana would be sent: method, address and body', async () => {
    const { shown, said, pass } = desk(undefined);
    expect((await pass(1)).troubles).to.deep.equal([]);
    expect(firstLines(shown)).to.deep.equal([
      'POST http://g/grafana/api/datasources',
      'POST http://g/grafana/api/datasources',
      'POST http://g/grafana/api/dashboards/db',
    ]);
    expect(JSON.parse(shown[1]!.slice(shown[1]!.indexOf('\n')))).to.deep.equal({
      uid: 'lanyard-lanyard-10-77-0-1',
      name: 'Lanyard lanyard 10.77.0.1',
      url: 'http://10.77.0.1:9090',
      type: 'prometheus',
      access: 'proxy',
      jsonData: { httpMethod: 'POST', timeInterval: '5s', lanyardCluster: 'lanyard' },
    });
    expect(shown[2]).to.contain('"message": "lanyard: why"').and.to.contain('\n  "overwrite": false');
    expect(said).to.deep.equal(['no key: shown is what an empty Grafana would be sent']);
  });

  it('shows a request once, and again when its body changed', async () => {
    const { shown, said, pass } = desk(undefined);
    await pass(1);
    await pass(1);
    expect(shown).to.have.length(3);
    await pass(1, 2);
    expect(firstLines(shown.slice(3))).to.deep.equal([
      'POST http://g/grafana/api/datasources',
      'POST http://g/grafana/api/dashboards/db',
    ]);
    expect(said).to.have.length(1);
  });

  it('takes a Grafana that does not answer for an empty one, and says why', async () => {
    const { shown, said, pass } = desk(async ({ method, path }) => ({
      ok: false,
      trouble: troubleFrom(`${method} ${path}`, { noConnection: 'ECONNREFUSED', words: 'connect ECONNREFUSED' }),
    }));
    await pass(1);
    expect(shown).to.have.length(3);
    expect(said).to.have.length(1);
    expect(said[0]).to.match(/cannot be asked \(nothing listens.*connect ECONNREFUSED\): shown is what an empty one/);
  });

  it('reads a Grafana that answers, sends it no write, and shows only what differs', async () => {
    const asked: string[] = [];
    const stored = new Map<string, unknown>([['/api/datasources', []]]);
    const { shown, said, pass } = desk(async ({ method, path }) => {
      asked.push(method);
      const value = stored.get(path);
      if (value !== undefined) return { ok: true, value };
      return { ok: false, trouble: troubleFrom(`GET ${path}`, { status: 404, message: 'not found' }) };
    });
    await pass();
    const made = shown.map((text) => JSON.parse(text.slice(text.indexOf('\n'))) as Record<string, unknown>);
    stored.set('/api/datasources', [made[0], { ...made[0], uid: 'old', name: 'Old' }]);
    stored.set('/api/dashboards/uid/lanyard-lanyard', { dashboard: made[1]!['dashboard'], meta: { folderUid: 'ops' } });
    shown.length = 0;
    await pass();
    expect(shown).to.deep.equal(['DELETE http://g/grafana/api/datasources/uid/old\n']);
    expect(new Set(asked)).to.deep.equal(new Set(['GET']));
    expect(said).to.deep.equal([]);
  });
});
