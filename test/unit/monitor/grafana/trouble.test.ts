// The table of what can go wrong: each has a kind, a sentence that says what to do, and a time to try again.
import { expect } from 'chai';
import {
  quoted,
  retryAfterMs,
  SAID_CHARS_MAX,
  troubleFrom,
  type Happened,
  type TroubleKind,
  type TryAgain,
} from '../../../../src/monitor/grafana/trouble.ts';

interface Case {
  readonly happened: Happened;
  readonly kind: TroubleKind;
  readonly tryAgain: TryAgain;
  readonly hopeless: boolean;
  /** What the sentence must name. */
  readonly todo: RegExp;
}

const soon = { tryAgain: 'backoff', hopeless: true } as const;
const CASES: Record<string, Case> = {
  'a 401': {
    happened: { status: 401, message: 'Invalid API key' },
    kind: 'key-not-accepted',
    tryAgain: 'slowly',
    hopeless: true,
    todo: /Service accounts.*role Admin.*token/s,
  },
  'a 403': {
    happened: { status: 403, message: "You'll need additional permissions" },
    kind: 'not-allowed',
    tryAgain: 'slowly',
    hopeless: false,
    todo: /role Admin.*Editor is enough for the board/,
  },
  'a 403 about a provisioned data source': {
    happened: { status: 403, message: 'Cannot update read-only data source' },
    kind: 'read-only',
    tryAgain: 'slowly',
    hopeless: false,
    todo: /provisioned from a file.*change the file/,
  },
  'a 400 about a provisioned board': {
    happened: { status: 400, message: 'Cannot save provisioned dashboard' },
    kind: 'read-only',
    tryAgain: 'slowly',
    hopeless: false,
    todo: /provisioned/,
  },
  'a 404': {
    happened: { status: 404, message: 'Dashboard not found' },
    kind: 'not-found',
    tryAgain: 'backoff',
    hopeless: false,
    todo: /makes it again.*sub-path/,
  },
  'a 409 about a name': {
    happened: { status: 409, message: 'data source with the same name already exists' },
    kind: 'taken',
    tryAgain: 'slowly',
    hopeless: false,
    todo: /rename or remove/,
  },
  'a 409 about a uid': {
    happened: { status: 409, message: 'data source with the same uid already exists' },
    kind: 'taken',
    tryAgain: 'slowly',
    hopeless: false,
    todo: /--cluster/,
  },
  'a 409 about a version': {
    happened: { status: 409, message: 'Datasource has already been updated by someone else. Please reload' },
    kind: 'stale',
    tryAgain: 'backoff',
    hopeless: false,
    todo: /read again/,
  },
  'a 412 version-mismatch': {
    happened: { status: 412, label: 'version-mismatch', message: 'The dashboard has been changed by someone else' },
    kind: 'stale',
    tryAgain: 'backoff',
    hopeless: false,
    todo: /read again/,
  },
  'a 412 without a word': {
    happened: { status: 412 },
    kind: 'stale',
    tryAgain: 'backoff',
    hopeless: false,
    todo: /read again/,
  },
  'a 412 name-exists': {
    happened: { status: 412, label: 'name-exists' },
    kind: 'taken',
    tryAgain: 'slowly',
    hopeless: false,
    todo: /rename/,
  },
  'a 412 name-exists by its message alone': {
    happened: { status: 412, message: 'A dashboard with the same name in the folder already exists' },
    kind: 'taken',
    tryAgain: 'slowly',
    hopeless: false,
    todo: /rename/,
  },
  'a 412 plugin-dashboard': {
    happened: { status: 412, label: 'plugin-dashboard', message: 'belongs to plugin x' },
    kind: 'plugin-board',
    tryAgain: 'slowly',
    hopeless: false,
    todo: /--cluster/,
  },
  'a 422': {
    happened: { status: 422, message: 'unprocessable' },
    kind: 'refused',
    tryAgain: 'slowly',
    hopeless: false,
    todo: /report/,
  },
  'a 400': {
    happened: { status: 400, message: 'bad request data' },
    kind: 'refused',
    tryAgain: 'slowly',
    hopeless: false,
    todo: /report/,
  },
  'a 429': { happened: { status: 429 }, kind: 'too-many-requests', ...soon, todo: /fewer requests/ },
  'a 429 with a time': {
    happened: { status: 429, retryAfterMs: 7000 },
    kind: 'too-many-requests',
    tryAgain: { afterMs: 7000 },
    hopeless: true,
    todo: /waits/,
  },
  'a 500': {
    happened: { status: 500, message: 'database is locked' },
    kind: 'grafana-failed',
    tryAgain: 'backoff',
    hopeless: false,
    todo: /Grafana's own log/,
  },
  'a 502': { happened: { status: 502 }, kind: 'grafana-failed', ...soon, todo: /proxy/ },
  'a 503 with a time': {
    happened: { status: 503, retryAfterMs: 9000 },
    kind: 'grafana-failed',
    tryAgain: { afterMs: 9000 },
    hopeless: true,
    todo: /Grafana's own log/,
  },
  'a redirect': {
    happened: { status: 302, location: 'https://g.example/login' },
    kind: 'moved',
    tryAgain: 'slowly',
    hopeless: true,
    todo: /to https:\/\/g\.example\/login.*final address as --grafana-url/,
  },
  'a redirect to nowhere': {
    happened: { status: 301 },
    kind: 'moved',
    tryAgain: 'slowly',
    hopeless: true,
    todo: /somewhere else/,
  },
  'an answer that is no JSON': {
    happened: { malformed: 'the answer is a web page', status: 200 },
    kind: 'malformed',
    ...soon,
    todo: /web page.*Grafana's own address/,
  },
  'nothing that listens': {
    happened: { noConnection: 'ECONNREFUSED' },
    kind: 'no-connection',
    ...soon,
    todo: /start Grafana/,
  },
  'an unknown host': {
    happened: { noConnection: 'ENOTFOUND' },
    kind: 'no-connection',
    ...soon,
    todo: /correct the name/,
  },
  'no route': { happened: { noConnection: 'EHOSTUNREACH' }, kind: 'no-connection', ...soon, todo: /network/ },
  'no answer in time': { happened: { noConnection: 'TIMEOUT' }, kind: 'no-connection', ...soon, todo: /in time/ },
  'a slow connection': {
    happened: { noConnection: 'UND_ERR_CONNECT_TIMEOUT' },
    kind: 'no-connection',
    ...soon,
    todo: /firewall/,
  },
  'a certificate of its own': {
    happened: { noConnection: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    kind: 'no-connection',
    ...soon,
    todo: /NODE_EXTRA_CA_CERTS/,
  },
  'https where http is spoken': {
    happened: { noConnection: 'ERR_SSL_WRONG_VERSION_NUMBER' },
    kind: 'no-connection',
    ...soon,
    todo: /http:\/\//,
  },
  'a broken connection': {
    happened: { noConnection: 'ECONNRESET' },
    kind: 'no-connection',
    ...soon,
    todo: /http or https, port/,
  },
};

describe('troubles with Grafana', () => {
  for (const [name, { happened, kind, tryAgain, hopeless, todo }] of Object.entries(CASES)) {
    it(`know what to do about ${name}`, () => {
      const trouble = troubleFrom('GET /api/x', happened);
      expect(trouble).to.deep.include({ at: 'GET /api/x', kind, tryAgain, hopeless });
      expect(trouble.sentence).to.match(todo);
      if ('status' in happened) expect(trouble.status).to.equal(happened.status);
      if ('message' in happened) expect(trouble.said).to.equal(happened.message);
    });
  }

  it('quote a stranger in 200 characters without what would draw on a terminal', () => {
    expect(quoted('a\u001b[31m\nb\u202ec')).to.equal('a [31m b c');
    expect(quoted('x'.repeat(200))).to.have.length(200);
    expect(quoted('x'.repeat(201)))
      .to.have.length(SAID_CHARS_MAX)
      .and.match(/x…$/);
  });

  it('read Retry-After in seconds and as a date, within a second and five minutes', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    const cases: [string | null, number | undefined][] = [
      ['7', 7000],
      ['0', 1000],
      ['-5', 1000],
      ['100000', 300_000],
      ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
      ['Thu, 01 Jan 2015 00:00:30 GMT', 1000],
      ['soon', undefined],
      ['', undefined],
      [null, undefined],
    ];
    for (const [header, ms] of cases) expect(retryAfterMs(header, now), String(header)).to.equal(ms);
  });
});
