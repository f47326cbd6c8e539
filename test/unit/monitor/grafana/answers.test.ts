// Each answer that Grafana may give, met by the whole monitor side: what is logged, what to do, and that all is well afterwards.
import { expect } from 'chai';
import { inspect } from 'node:util';
import { systemClock } from '../../../../src/common/time/clock.ts';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import { converge } from '../../../../src/monitor/grafana/converge.ts';
import { GrafanaKeeper } from '../../../../src/monitor/grafana/keeper.ts';
import { collectedLog, type Line } from '../../../support/grafana/collected-log.ts';
import type { FaultRule } from '../../../support/grafana/faults.ts';
import { needsShared } from '../../../support/grafana/reference.ts';
import { expectInOrder, expectSound, grafanaAt, KEY, openStandIn, PLAN } from '../../../support/grafana/site.ts';
import { slaves } from '../../../support/grafana/slaves.ts';
import type { GrafanaStandIn } from '../../../support/grafana/stand-in.ts';

interface Case {
  readonly rule: FaultRule;
  readonly kind: string;
  readonly todo: RegExp;
  /** The board is written all the same. */
  readonly board?: true;
}

const reads = (path: string) => (method: string, url: string) => method === 'GET' && url.startsWith(path);
const writes = (path: string) => (method: string, url: string) => method !== 'GET' && url.startsWith(path);
const answer = (status: number, message: string, label?: string) =>
  ({ do: 'answer', status, message, ...(label !== undefined && { label }) }) as const;
const SOURCES = '/api/datasources';
const BOARDS = '/api/dashboards';

const CASES: Record<string, Case> = {
  'a 400 for a data source': {
    rule: { fault: answer(400, 'bad request data'), only: writes(SOURCES) },
    kind: 'refused',
    todo: /its words say why/,
    board: true,
  },
  'a 400 for the board': {
    rule: { fault: answer(400, 'bad request data'), only: writes(BOARDS) },
    kind: 'refused',
    todo: /its words say why/,
  },
  'a 401': { rule: { fault: answer(401, 'Invalid API key') }, kind: 'key-not-accepted', todo: /Service accounts/ },
  'a 403 for a data source': {
    rule: { fault: answer(403, 'Permissions needed: datasources:create'), only: writes(SOURCES) },
    kind: 'not-allowed',
    todo: /role Admin/,
    board: true,
  },
  'a 403 for the board': {
    rule: { fault: answer(403, 'Access denied to save dashboard'), only: writes(BOARDS) },
    kind: 'not-allowed',
    todo: /Editor is enough/,
  },
  'a 404 for the list': {
    rule: { fault: answer(404, 'Not found'), only: reads(SOURCES) },
    kind: 'not-found',
    todo: /sub-path/,
    board: true,
  },
  'a 404 when saving': {
    rule: { fault: answer(404, 'folder not found'), only: writes(BOARDS) },
    kind: 'not-found',
    todo: /sub-path/,
  },
  'a 409': {
    rule: { fault: answer(409, 'data source with the same name already exists'), only: writes(SOURCES) },
    kind: 'taken',
    todo: /rename/,
    board: true,
  },
  'a 412': {
    rule: {
      fault: answer(412, 'The dashboard has been changed by someone else', 'version-mismatch'),
      only: writes(BOARDS),
    },
    kind: 'stale',
    todo: /read again/,
  },
  'a 412 about a name': {
    rule: { fault: answer(412, 'A dashboard with the same name already exists', 'name-exists'), only: writes(BOARDS) },
    kind: 'taken',
    todo: /rename/,
  },
  'a 422': {
    rule: { fault: answer(422, 'unprocessable'), only: writes(BOARDS) },
    kind: 'refused',
    todo: /its words say why/,
  },
  'a 429': {
    rule: { fault: { ...answer(429, 'Too many requests'), retryAfter: '17' } },
    kind: 'too-many-requests',
    todo: /fewer requests/,
  },
  'a 500 for a data source': {
    rule: { fault: answer(500, 'database is locked'), only: writes(SOURCES) },
    kind: 'grafana-failed',
    todo: /own log/,
    board: true,
  },
  'a 503': { rule: { fault: answer(503, 'starting') }, kind: 'grafana-failed', todo: /Grafana's own log/ },
  'a 502 of a proxy': {
    rule: { fault: { do: 'raw', status: 502, type: 'text/html', body: '<h1>Bad Gateway</h1>' } },
    kind: 'grafana-failed',
    todo: /proxy/,
  },
  'a reset connection': { rule: { fault: { do: 'reset' } }, kind: 'no-connection', todo: /broke off/ },
  'an answer that is lost': { rule: { fault: { do: 'lose-answer' } }, kind: 'no-connection', todo: /broke off/ },
  'a login page': {
    rule: { fault: { do: 'raw', status: 200, type: 'text/html; charset=UTF-8', body: '<html>' } },
    kind: 'malformed',
    todo: /login page/,
  },
  'half an answer': {
    rule: { fault: { do: 'raw', status: 200, type: 'application/json', body: '[{"uid":' } },
    kind: 'malformed',
    todo: /not JSON/,
  },
  'a redirect': {
    rule: { fault: { do: 'redirect', to: 'https://sso.example/' } },
    kind: 'moved',
    todo: /sso\.example.*final address/,
  },
};

describe('answers of Grafana (needs ../shared)', () => {
  let grafana: GrafanaStandIn;
  before(needsShared);
  beforeEach(async () => {
    grafana = await openStandIn();
  });
  afterEach(async () => {
    await grafana.stop();
    expectSound(grafana);
  });

  /** A keeper whose time is turned by hand while its requests are real. */
  function keeperAt(standIn: GrafanaStandIn) {
    const clock = new ManualClock();
    const { log, lines } = collectedLog();
    let ended = 0;
    const keeper = new GrafanaKeeper({
      clock,
      random: () => 0,
      log,
      redact: (text) => text,
      pass: async (shown, reason) => {
        const result = await converge(grafanaAt(standIn.url, systemClock), PLAN, shown, reason);
        ended++;
        return result;
      },
    });
    /** Turns time on until `count` more passes have ended. */
    const passes = async (count: number): Promise<void> => {
      const until = ended + count;
      while (ended < until) {
        clock.advance(100);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { keeper, lines, passes };
  }

  const warnings = (lines: readonly Line[]): Line[] => lines.filter(({ level }) => level === 'warn');

  for (const [name, { rule, kind, todo, board }] of Object.entries(CASES)) {
    it(`${name} is logged once with what to do, and a pass puts all in order afterwards`, async () => {
      const { keeper, lines, passes } = keeperAt(grafana);
      grafana.faults.add(rule);
      keeper.want(slaves(1));
      await passes(2);
      expect(warnings(lines)).to.have.length(1);
      expect(lines.find(({ level }) => level === 'warn')).to.include({
        msg: 'Grafana cannot be brought up to date',
        kind,
      });
      expect(warnings(lines)[0]!['todo']).to.match(todo);
      if (rule.fault.do === 'answer') {
        expect(warnings(lines)[0]).to.include({ status: rule.fault.status, said: rule.fault.message });
      }
      if (rule.fault.do !== 'lose-answer') expect(grafana.store.boards.size).to.equal(board === true ? 1 : 0);
      grafana.faults.clear();
      await passes(1);
      expect(lines.at(-1)).to.include({ level: 'info', msg: 'Grafana is in order' });
      await keeper.close();
      await expectInOrder(grafana, [1]);
      expect(inspect([lines, keeper], { depth: 20, showHidden: true })).not.to.contain(KEY);
    });
  }

  it('a Grafana that is stopped and started again is brought up to date as soon as it is back', async () => {
    const { keeper, lines, passes } = keeperAt(grafana);
    keeper.want(slaves(1));
    await passes(1);
    await grafana.stop();
    keeper.want(slaves(1, 2));
    await passes(3);
    keeper.want(slaves(2, 3));
    await grafana.start();
    await passes(1);
    expect(lines.map(({ msg }) => msg)).to.deep.equal([
      'wrote to Grafana',
      'wrote to Grafana',
      'Grafana cannot be brought up to date',
      'wrote to Grafana',
      'Grafana is in order',
    ]);
    await keeper.close();
    await expectInOrder(grafana, [2, 3]);
    expect([...grafana.store.boards.values()][0]?.history.at(-1)).to.equal('lanyard: s2, s3 joined, s1 left');
  });

  it('a wrong key and a role that is too weak are told apart', async () => {
    grafana.tokens.clear();
    const wrong = await converge(grafanaAt(grafana.url), PLAN, [], 'x');
    expect(wrong.troubles.map(({ kind, said }) => [kind, said])).to.deep.equal([
      ['key-not-accepted', 'Invalid API key'],
    ]);
    grafana.tokens.set(KEY, 'Viewer');
    const weak = await converge(grafanaAt(grafana.url), PLAN, [], 'x');
    expect(weak.troubles.map(({ kind }) => kind)).to.deep.equal(['not-allowed', 'not-allowed']);
    expect(weak.troubles[1]?.said).to.contain('Permissions needed: dashboards:create');
  });

  it('the stand-in takes no field that Grafana does not know', async () => {
    const send = (body: object): Promise<Response> =>
      fetch(`${grafana.url}/api/datasources`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}` },
        body: JSON.stringify(body),
      });
    const good = { name: 'x', type: 'prometheus', access: 'proxy' };
    for (const bad of [{ ...good, colour: 'red' }, { ...good, access: 'x' }, { name: 'x' }, { ...good, uid: 'a.b' }]) {
      const response = await send(bad);
      expect([response.status, await response.json()]).to.deep.equal([400, { message: 'bad request data' }]);
    }
    expect((await send(good)).status).to.equal(200);
    expect((await fetch(`${grafana.url}/api/datasources`)).status, 'without a key').to.equal(401);
  });
});
