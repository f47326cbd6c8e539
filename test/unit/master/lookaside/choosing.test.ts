// Whom the look-aside door chooses: calls spread although reports are old, without leases they do not, and what is said when there is
// nobody.
import { expect } from 'chai';
import type { Failure } from '../../../../src/common/errors.ts';
import type { Member } from '../../../../src/master/pool/member.ts';
import { findAlgorithm } from '../../../../src/master/balancing/registry.ts';
import { violations } from '../../../../src/master/observe/invariants.ts';
import { DispatchDesk } from '../../../support/dispatch-desk.ts';
import { LEASE_MS, LookAside, REPORT_MS, sharesOf } from '../../../support/look-aside-desk.ts';

const TEN = [0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09];

/** The same numbers at every run. */
function drawing(): () => number {
  let seed = 1;
  return () => (seed = (seed * 16807) % 2147483647) / 2147483647;
}

describe('the choice of a backend', () => {
  it('spreads 100 clients of the same millisecond over ten that reported 0.00 to 0.09, although one is best', () => {
    const lookAside = new LookAside();
    lookAside.registerAll(...TEN);
    const shares = Object.values(sharesOf(lookAside.ask(100)));
    expect(shares).to.have.length(10);
    for (const share of shares) expect(share).to.be.within(9, 11);
  });

  it('goes on spreading when all report again: a report ends no lease', () => {
    const lookAside = new LookAside();
    lookAside.registerAll(...TEN);
    const first = lookAside.ask(55);
    for (const [i, load] of TEN.entries()) lookAside.desk.report(`b${i}`, load);
    for (const share of Object.values(sharesOf([...first, ...lookAside.ask(45)]))) expect(share).to.be.within(9, 11);
    expect(lookAside.desk.leases.size).to.equal(100);
  });

  it('sends them to one while leases are off', () => {
    const lookAside = new LookAside('least-load', { leaseMs: 'off', random: drawing() });
    lookAside.registerAll(...TEN);
    expect(sharesOf(lookAside.ask(100))).to.deep.equal({ b0: 100 });
  });

  it('draws among equals while leases are off, and takes them in turn otherwise', () => {
    const off = new LookAside('least-load', { leaseMs: 'off', random: drawing() });
    off.registerAll(0, 0.0005, 0.0009, 7);
    const drawn = off.ask(300);
    expect(
      drawn.some((id, i) => id === drawn[i + 1]),
      'one of them twice in a row',
    ).to.be.true;
    const shares = sharesOf(drawn);
    expect(Object.keys(shares).sort()).to.deep.equal(['b0', 'b1', 'b2']);
    for (const share of Object.values(shares)) expect(share).to.be.within(60, 140);
    const on = new LookAside();
    on.registerAll(0.0009, 0.0005, 0);
    expect(on.ask(6)).to.deep.equal(['b0', 'b1', 'b2', 'b0', 'b1', 'b2']);
  });

  it('forgets a call when the time of its lease is over', () => {
    const lookAside = new LookAside();
    lookAside.registerAll(0, 0.5);
    expect(lookAside.ask(2)).to.deep.equal(['b0', 'b1']);
    lookAside.clock.advance(LEASE_MS);
    expect(lookAside.ask(1)).to.deep.equal(['b0']);
  });

  for (const service of ['', 'compute', 'Compute', 'compute-calls']) {
    it(`of service "${service}" is one of the slaves that take calls, and tells its gRPC port`, () => {
      const lookAside = new LookAside();
      lookAside.slave('s1');
      expect(lookAside.desk.choose(service)).to.include({ id: 's1', address: '10.0.0.2', port: 5000, service });
    });
  }

  it('weighs on a slave like a task, and takes no slot and no turn from tasks', () => {
    const lookAside = new LookAside('round-robin');
    const [s1, s2] = [lookAside.slave('s1'), lookAside.slave('s2')];
    expect(lookAside.ask(3, '')).to.deep.equal(['s1', 's2', 's1']);
    expect([s1.leasedWeight, s2.leasedWeight, s1.leases]).to.deep.equal([2, 1, 2]);
    expect(s1.places.get('compute')).to.include({ leases: 0 });
    expect(lookAside.pool.pick('compute', 1)?.member).to.equal(s1);
    expect(lookAside.ask(1, '')).to.deep.equal(['s2']);
  });

  it('follows a change of the algorithm, in groups that are there and in later ones', () => {
    const lookAside = new LookAside('round-robin');
    lookAside.registerAll(5, 3, 4);
    expect(lookAside.ask(2)).to.deep.equal(['b0', 'b1']);
    lookAside.pool.setAlgorithm(findAlgorithm('least-load')!);
    lookAside.clock.advance(LEASE_MS);
    expect(lookAside.ask(1)).to.deep.equal(['b1']);
    lookAside.register({ id: 'x', service: 'later', load: 2 });
    lookAside.register({ id: 'y', service: 'later', load: 1 });
    expect(lookAside.ask(1, 'later')).to.deep.equal(['y']);
    lookAside.pool.setAlgorithm(findAlgorithm('pick-first')!);
    expect(lookAside.ask(3)).to.deep.equal(['b0', 'b0', 'b0']);
  });

  it('says what to do when there is nobody', () => {
    const lookAside = new LookAside();
    const said = (service: string): Failure => lookAside.desk.choose(service) as Failure;
    expect(said('')).to.include({ code: 'NO_BACKEND', message: 'no slave has joined: start one with ./slave' });
    expect(said('words').message).to.match(/no backend of the service "words" is registered.*RegisterBackend/);
    expect(said(`a\n${'b'.repeat(500)}`).message)
      .to.contain('"a?bbb')
      .and.to.have.length.below(200);
    const slave = lookAside.slave('s1', 1);
    /** As membership does when a slave says what it is. */
    const offer = (...groups: string[]): void => {
      lookAside.pool.setProfile(slave, slave.profile);
      const offers = groups.map((name) => ({ name, slots: Infinity }));
      lookAside.pool.setOffers(slave, offers);
    };
    offer('compute');
    expect(said('compute').message).to.contain('none of the 1 slaves takes calls');
    offer('compute-calls');
    expect(lookAside.ask(1, '')).to.deep.equal(['s1']);
    expect(said('')).to.include({ code: 'NO_ROOM' }).and.to.have.property('message').that.contains('all 1 slaves');
    lookAside.pool.setGroupAlgorithm('compute-calls', findAlgorithm('pick-first'));
    lookAside.slave('s2');
    expect(said('')).to.include({ code: 'NO_ROOM' }).and.to.have.property('message').that.contains('waits for, of 2');
    lookAside.pool.transition(lookAside.pool.member('s2')!, 'died');
    lookAside.pool.transition(slave, 'drain-asked');
    expect(said('')).to.include({ code: 'NO_BACKEND' }).and.to.have.property('message').that.contains('/slaves');
    lookAside.register();
    lookAside.clock.advance(3 * REPORT_MS);
    expect(said('words')).to.include({ code: 'NO_BACKEND' }).and.to.have.property('message').that.contains('of 1 that');
    lookAside.desk.report('b1', 0);
    expect(lookAside.ask(1)).to.deep.equal(['b1']);
    lookAside.register({ id: 'b2' });
    lookAside.clock.advance(3 * REPORT_MS);
    expect(said('words').message).to.contain('of 2 that');
    lookAside.desk.report('b2', 0);
    lookAside.register({ id: 'b2', service: 'sums' });
    expect(said('words').message).to.contain('of 1 that');
  });

  it('says so from counts: nobody who asks in vain has all members looked at', () => {
    const lookAside = new LookAside('least-load', { graceMs: 600_000 });
    let looks = 0;
    for (let i = 0; i < 200; i++) {
      lookAside.register({ id: `b${i}` });
      watchState(lookAside.member(`b${i}`), () => looks++);
      const slave = lookAside.slave(`s${i}`);
      lookAside.pool.transition(slave, 'drain-asked');
      watchState(slave, () => looks++);
    }
    lookAside.clock.advance(3 * REPORT_MS);
    // The first question brings the index up to date.
    for (const service of ['words', '']) lookAside.ask(1, service);
    looks = 0;
    expect(lookAside.ask(50)).to.deep.equal(Array<string>(50).fill('NO_BACKEND'));
    expect(lookAside.ask(50, '')).to.deep.equal(Array<string>(50).fill('NO_BACKEND'));
    expect(looks).to.equal(0);
  });
});

/** Calls back whenever somebody reads a member's state. */
function watchState(member: Member, onLook: () => void): void {
  let { state } = member;
  Object.defineProperty(member, 'state', {
    get: () => (onLook(), state),
    set: (next: typeof state) => (state = next),
  });
}

describe('the invariants of the look-aside door', () => {
  let desk: DispatchDesk;
  let lookAside: LookAside;
  const found = (): string[] =>
    violations(desk.pool, desk.dispatcher, desk.clock.nowMs(), { lookAside: lookAside.desk });

  beforeEach(() => {
    desk = new DispatchDesk('least-load');
    lookAside = new LookAside('least-load', { pool: desk.pool, clock: desk.clock });
    lookAside.registerAll(1, 2, 3);
    lookAside.register({ id: 'other', service: 'sums' });
    lookAside.slave('s1');
    desk.join('s2');
    desk.submitMany(2);
    lookAside.ask(9);
    lookAside.ask(5, '');
  });

  it('hold through calls, reports, silence and moves', () => {
    expect(found()).to.deep.equal([]);
    lookAside.desk.leases.started(lookAside.pool.member('s1')!, 2);
    lookAside.register({ id: 'other', service: 'words' });
    expect(found()).to.deep.equal([]);
    for (let i = 0; i < 8; i++) {
      lookAside.clock.advance(REPORT_MS);
      lookAside.desk.report('b2', i);
      lookAside.ask(3);
      expect(found()).to.deep.equal([]);
    }
    expect([...lookAside.desk.backends.all()].map(({ id }) => id)).to.deep.equal(['b2']);
  });

  it('notice a lease that is settled but kept', () => {
    const [first] = [...lookAside.desk.leases.open()];
    lookAside.pool.settle(first!.lease, 'ok');
    expect(found().join('\n')).to.match(/open, but settled \(ok\)/);
  });

  it('notice a lease that nobody keeps', () => {
    lookAside.pool.pick('service:words', 1);
    expect(found().join('\n')).to.match(/leases are open, it counts/);
  });

  it('notice a lease that stays open after its end', () => {
    const late = desk.clock.nowMs() + LEASE_MS + 1001;
    expect(violations(desk.pool, desk.dispatcher, late, { lookAside: lookAside.desk }).join('\n')).to.match(
      /open 1001 ms after its end/,
    );
  });

  it('notice a backend that offers something else than its service', () => {
    lookAside.pool.setOffers(lookAside.member('b1'), [{ name: 'compute', slots: 1 }]);
    expect(found()).to.include('backend b1: of words, but offers "compute"');
  });

  it('notice a backend that joined behind the back of the desk', () => {
    const { profile } = lookAside.member('b1');
    lookAside.pool.join({ ...profile, id: 'backend:x', name: 'x' }, [], 0);
    expect(found()).to.deep.equal(['backend x: a member, but not registered']);
  });

  it('notice a service that counts what is not there', () => {
    const service = lookAside.desk.backends.services.find('words')!;
    service.ready++;
    expect(found()).to.deep.equal(['service words: counts 4 that are ready']);
    service.ready--;
    service.backends++;
    expect(found()).to.deep.equal(['service words: 3 backends, it counts 4']);
  });

  it('notice a service whose group is missing, and a group without a service', () => {
    lookAside.pool.setRules('service:nobody', { equalWithin: 0 });
    expect(found().join('\n')).to.match(/2 services have backends, 3 have a group/);
    lookAside.pool.forgetGroup('service:nobody');
    expect(found()).to.deep.equal([]);
  });

  it('notice a backend that is no member any more', () => {
    lookAside.pool.transition(lookAside.member('b1'), 'died');
    expect(found().join('\n')).to.match(/backend b1: registered, but no member/);
  });
});
