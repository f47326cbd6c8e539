// Calls that passed the master by: a slave's running total of them, over every link that it has, becomes what arrived since.
import { expect } from 'chai';
import type { Log } from '../../../../src/common/log.ts';
import { Tag, type LoadReport } from '../../../../src/common/protocol/messages.ts';
import { callsOffer, COMPUTE_CALLS } from '../../../../src/master/lookaside/groups.ts';
import { SlaveSession } from '../../../../src/master/membership/slave-session.ts';
import { NO_SERVICES } from '../../../support/forward-desk.ts';
import { capabilitiesOf, FakeLink } from '../../../support/fake-link.ts';
import { DispatchDesk } from '../../../support/dispatch-desk.ts';
import { LookAside } from '../../../support/look-aside-desk.ts';

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined } as unknown as Log;

describe('calls that arrive at a slave', () => {
  let desk: DispatchDesk;
  let lookAside: LookAside;
  let session: SlaveSession;
  let link: FakeLink;
  /** Heard of at each report. */
  let arrived: number[];

  beforeEach(() => {
    desk = new DispatchDesk('least-load');
    lookAside = new LookAside('least-load', { pool: desk.pool, clock: desk.clock, leaseMs: 60_000 });
    arrived = [];
    const { pool, dispatcher, clock } = desk;
    const { member } = desk.join('a', { offers: [callsOffer(COMPUTE_CALLS)] });
    const target = { address: '127.0.0.1', ports: [1, 2, 3], nonce: 'n', masterId: 'm1', dial: 1 };
    session = new SlaveSession(member, target, {
      ...{ pool, dispatcher, clock, log: SILENT, pollIntervalMs: 1000, graceMs: 3000 },
      onCapabilities: () => undefined,
      services: NO_SERVICES,
      onForeignStarts: (slave, count) => {
        arrived.push(count);
        lookAside.desk.leases.started(slave, count);
      },
      onGone: () => undefined,
    });
    dial();
  });

  function dial(): void {
    link = new FakeLink();
    session.serve(link.link, capabilitiesOf('a'));
  }

  function report(foreignStarts: number, rest: Partial<LoadReport> = {}, role: 'load' | 'results' = 'load'): void {
    const load = { cpu: 1, memoryRatio: 0, foreignWeight: 0, running: 0, slots: [], ...rest };
    link.receive([Tag.LoadResponse, 1, { ...load, foreignStarts }], role);
  }

  it('are those since the last report; what came before the first one is not counted', () => {
    for (const total of [500, 500, 503, 504, 504]) report(total);
    expect(arrived).to.deep.equal([3, 1]);
  });

  it('are counted on over a new link', () => {
    report(5);
    dial();
    report(7);
    dial();
    report(8);
    expect(arrived).to.deep.equal([2, 1]);
  });

  it('are heard on the load socket only: the other path answers the same poll', () => {
    report(0);
    report(3, {}, 'results');
    report(3);
    expect(arrived).to.deep.equal([3]);
  });

  it('take the place of the leases that their clients opened: the weight stays what it is', () => {
    report(0);
    lookAside.ask(3, '');
    expect(session.member.weight).to.equal(3);
    report(2, { foreignWeight: 2 });
    expect([session.member.leasedWeight, session.member.weight]).to.deep.equal([1, 3]);
    report(2, { foreignWeight: 0 });
    expect(session.member.weight).to.equal(1);
  });

  it('weigh at every moment of a report at least what they weighed before', () => {
    report(0);
    lookAside.ask(3, '');
    let least = Infinity;
    desk.pool.observe({ onRoom: () => (least = Math.min(least, session.member.weight)) });
    report(3, { foreignWeight: 3 });
    expect(least).to.equal(3);
  });

  it('do no harm when the total falls or is beyond belief', () => {
    for (const total of [10, 4, Number.MAX_SAFE_INTEGER]) report(total);
    expect(lookAside.desk.leases.size).to.equal(0);
    lookAside.ask(2, '');
    expect(lookAside.desk.leases.size).to.equal(2);
  });

  it('need no slot, whatever the slave says of slots', () => {
    link.receive([Tag.Slots, COMPUTE_CALLS, 0]);
    report(0, { slots: [[COMPUTE_CALLS, 0]] });
    expect(lookAside.ask(2, '')).to.deep.equal(['a', 'a']);
  });
});
