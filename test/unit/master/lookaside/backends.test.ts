// Registered backends: who is taken in and what is refused, what becomes of those that fall silent, and what strangers cannot fill.
import { expect } from 'chai';
import type { Backend } from '../../../../src/master/doors/door.ts';
import { GRACE_MS, isFailure, LookAside, PEER, REPORT_MS } from '../../../support/look-aside-desk.ts';

describe('a backend', () => {
  let lookAside: LookAside;
  beforeEach(() => (lookAside = new LookAside()));
  const report = (id = 'b1', load = 0.5): string => {
    const answer = lookAside.desk.report(id, load);
    return isFailure(answer) ? answer.code : answer.message;
  };
  const stateOf = (id: string): string => lookAside.member(id).state.phase;

  it('that registers is told how often to report, and is chosen from then on', () => {
    const welcome = lookAside.register({ load: 0.25 });
    expect(welcome).to.deep.equal({
      message: 'b1 is registered for words at 10.0.0.1:9000',
      reportIntervalMs: REPORT_MS,
    });
    const chosen = lookAside.desk.choose('words');
    expect(chosen).to.deep.equal({ id: 'b1', address: '10.0.0.1', port: 9000, load: 1.25, service: 'words' });
    expect(lookAside.changes).to.deep.equal(['b1: new → ready, joined']);
  });

  it('without an address is at the one it called from, in IPv6 too', () => {
    lookAside.register({ address: '' });
    expect(lookAside.desk.choose('words')).to.include({ address: PEER, port: 9000 });
    lookAside.register({ address: 'fd00::7' });
    expect(lookAside.desk.choose('words')).to.include({ address: 'fd00::7', port: 9000 });
  });

  it('is as busy as it last said', () => {
    lookAside.registerAll(5, 6);
    expect(lookAside.ask(1)).to.deep.equal(['b0']);
    report('b0', 50);
    expect(lookAside.ask(3)).to.deep.equal(['b1', 'b1', 'b1']);
  });

  it('that misses three reports is suspect and not chosen, and ready again when it reports', () => {
    lookAside.register();
    lookAside.clock.advance(REPORT_MS);
    report();
    lookAside.clock.advance(3 * REPORT_MS - 1);
    expect(stateOf('b1')).to.equal('ready');
    lookAside.clock.advance(1);
    expect(stateOf('b1')).to.equal('suspect');
    expect(lookAside.ask(1)).to.deep.equal(['NO_BACKEND']);
    expect(report()).to.equal('');
    expect(lookAside.ask(1)).to.deep.equal(['b1']);
    lookAside.clock.advance(3 * REPORT_MS);
    expect(stateOf('b1')).to.equal('suspect');
  });

  it('that stays silent for the grace time too is gone, with its service, and has to register again', () => {
    lookAside.register();
    lookAside.ask(2);
    lookAside.clock.advance(3 * REPORT_MS + GRACE_MS);
    expect(lookAside.changes.slice(1)).to.deep.equal(['b1: ready → suspect, silent', 'b1: suspect → gone, grace-over']);
    expect([lookAside.desk.backends.size, lookAside.pool.size, lookAside.pool.hasGroup('service:words')]).to.deep.equal(
      [0, 0, false],
    );
    const answer = lookAside.desk.report('b1', 1);
    expect(isFailure(answer) && answer)
      .to.include({ code: 'NOT_FOUND' })
      .and.to.have.property('message')
      .that.matches(/"b1".*RegisterBackend/);
    lookAside.register();
    expect(lookAside.ask(1)).to.deep.equal(['b1']);
  });

  it('that is silent again soon after it came back is noticed as soon as the first time', () => {
    lookAside = new LookAside('least-load', { graceMs: 600_000 });
    lookAside.register();
    lookAside.clock.advance(3 * REPORT_MS);
    report();
    lookAside.clock.advance(3 * REPORT_MS);
    expect(stateOf('b1')).to.equal('suspect');
  });

  it('that registers again is brought up to date: nothing is told of it, its leases stay, no timer is added', () => {
    lookAside.register();
    lookAside.ask(2);
    let timers = 0;
    const after = lookAside.clock.after.bind(lookAside.clock);
    lookAside.clock.after = (...args) => {
      timers++;
      return after(...args);
    };
    for (let i = 0; i < 100; i++) lookAside.register({ load: i });
    expect(lookAside.changes).to.have.length(1);
    expect([timers, lookAside.desk.backends.size, lookAside.pool.size]).to.deep.equal([0, 1, 1]);
    expect(lookAside.member('b1')).to.include({ load: 101, leases: 2 });
    expect(lookAside.desk.counters.registrations).to.deep.equal({ new: 1, known: 100, refused: 0 });
  });

  it('may move to another address, and to another service', () => {
    lookAside.register();
    lookAside.register({ address: 'b1.example', port: 9001 });
    expect(lookAside.desk.choose('words')).to.include({ address: 'b1.example', port: 9001 });
    lookAside.register({ service: 'sums' });
    expect(lookAside.ask(1, 'words')).to.deep.equal(['NO_BACKEND']);
    expect(lookAside.ask(1, 'sums')).to.deep.equal(['b1']);
    expect(lookAside.changes.slice(1)).to.deep.equal(['b1: ready → gone, replaced', 'b1: new → ready, joined']);
    lookAside.clock.advance(3 * REPORT_MS - 1);
    expect(stateOf('b1')).to.equal('ready');
  });

  it('is in the order of its registration, whatever its service', () => {
    lookAside = new LookAside('first-available');
    for (const id of ['c', 'a', 'b']) lookAside.register({ id });
    expect(lookAside.ask(3)).to.deep.equal(['c', 'c', 'c']);
  });

  const BAD: readonly (readonly [Partial<Backend>, RegExp])[] = [
    [{ id: '' }, /^id: expected 1 to 200 printable characters, got nothing/],
    [{ id: 'x'.repeat(201) }, /^id: /],
    [{ id: 'a\nb' }, /^id: .*"a\?b"/],
    [{ id: 'a\u202eb' }, /^id: /],
    [{ service: 's'.repeat(101) }, /^service: expected 1 to 100/],
    [{ service: '' }, /^service: .*empty.*slaves/],
    [{ service: 'compute' }, /^service: "compute" stands for the slaves/],
    [{ service: 'compute-calls' }, /^service: /],
    [{ service: 'renders' }, /^service: "renders" stands for the slaves/],
    [{ address: '0.0.0.0' }, /^address: 0\.0\.0\.0 is no address that clients can call/],
    [{ id: ' b1' }, /^id: expected no blanks at its ends, got " b1"/],
    [{ id: 'b1\u00a0' }, /^id: /],
    [{ service: 'words ' }, /^service: expected no blanks/],
    [{ service: 'Compute' }, /^service: "Compute" stands for the slaves/],
    [{ service: 'COMPUTE-calls' }, /^service: /],
    ...[
      '0.0.0.1',
      '255.255.255.255',
      '224.0.0.1',
      'ff02::1',
      '::',
      '0::0',
      '::ffff:0.0.0.0',
      '::FFFF:0:0',
      '::ffff:255.255.255.255',
    ].map((address) => [{ address }, /^address: .* is no address that clients can call/] as const),
    ...[
      '0',
      '00.0.0.0',
      '127.1',
      '127.0.0.01',
      '2130706433',
      '0x7f.1',
      '0x7f000001',
      '1.0x2',
      '256.1.1.1',
      '1.2.3.4.',
    ].map((address) => [{ address }, /^address: expected a host name or an IP address/] as const),
    [{ address: '10.0.0.1:9000' }, /^address: .*without a port/],
    [{ address: '-o' }, /^address: /],
    [{ address: 'h'.repeat(256) }, /^address: /],
    [{ port: 0 }, /^port: expected a port from 1 to 65535, got 0/],
    [{ port: 65536 }, /^port: /],
    [{ load: -1 }, /^load: .*got -1/],
    [{ load: Number.NaN }, /^load: .*got NaN/],
    [{ load: Infinity }, /^load: /],
    [{ load: 1e16 }, /^load: /],
  ];
  for (const [given, says] of BAD) {
    it(`is refused with ${JSON.stringify(given).slice(0, 60)}`, () => {
      const answer = lookAside.register(given);
      expect(isFailure(answer) && answer.code).to.equal('BAD_PARAMETER');
      expect((answer as { message: string }).message)
        .to.match(says)
        .and.to.have.length.below(300);
      expect([lookAside.desk.backends.size, [...lookAside.pool.groups()].length]).to.deep.equal([0, 1]);
    });
  }

  it('may be at any other address or name', () => {
    const addresses = [
      '10.0.0.1',
      '255.255.255.1',
      '::1',
      '::ffff:10.0.0.1',
      'fd00::7',
      '7up.example',
      '0xcafe.example',
    ];
    for (const address of [...addresses, '1a', 'node-1.', 'a.1', '3d'])
      expect(isFailure(lookAside.register({ address })), address).to.be.false;
  });

  it('that reports what is no load keeps the one it had', () => {
    lookAside.register({ load: 2 });
    expect(report('b1', -1)).to.equal('BAD_PARAMETER');
    expect(lookAside.member('b1').reported).to.equal(2);
  });

  it('does not register while the master drains, but may report', () => {
    lookAside.register();
    lookAside.isDraining = true;
    expect(lookAside.register({ id: 'b2' })).to.include({ code: 'DRAINING' });
    expect(report()).to.equal('');
    expect(lookAside.ask(1)).to.deep.equal(['DRAINING']);
  });
});

describe('strangers', () => {
  it('that register ever new ids and services fill a bounded number of places, which are empty soon after', () => {
    const lookAside = new LookAside('least-load', { backendsMax: 50 });
    const register = (i: number): object => lookAside.register({ id: `b${i}`, service: `s${i}` });
    for (let i = 0; i < 50; i++) expect(isFailure(register(i))).to.be.false;
    for (let i = 50; i < 500; i++) expect(register(i)).to.include({ code: 'TOO_MANY_BACKENDS' });
    expect([lookAside.pool.size, [...lookAside.pool.groups()].length]).to.deep.equal([50, 51]);
    expect(isFailure(register(7)), 'one that is known').to.be.false;
    lookAside.clock.advance(3 * REPORT_MS + GRACE_MS);
    expect([
      lookAside.pool.size,
      [...lookAside.pool.groups()].length,
      lookAside.desk.backends.services.size,
    ]).to.deep.equal([0, 1, 0]);
  });

  it('that move one backend from service to service leave no service behind', () => {
    const lookAside = new LookAside();
    for (let i = 0; i < 500; i++) lookAside.register({ service: `s${i}` });
    expect([
      lookAside.pool.size,
      [...lookAside.pool.groups()].length,
      lookAside.desk.backends.services.size,
    ]).to.deep.equal([1, 2, 1]);
  });

  it('that ask for services which nobody offers make no group', () => {
    const lookAside = new LookAside();
    for (let i = 0; i < 500; i++) expect(lookAside.ask(1, `s${i}`)).to.deep.equal(['NO_BACKEND']);
    expect([...lookAside.pool.groups()].map(({ name }) => name)).to.deep.equal(['compute-calls']);
  });
});
