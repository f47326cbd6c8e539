// What is seen of forwarding: invariants that notice what is wrong, and metrics whose labels are bounded.
import { expect } from 'chai';
import { MetricPage } from '../../../../src/common/prometheus/metric-page.ts';
import { addForwarding } from '../../../../src/master/observe/forward-metrics.ts';
import { forwardViolations } from '../../../../src/master/observe/forward-invariants.ts';
import { BROKEN, Forwards } from '../../../support/forward-desk.ts';
import { Metrics } from '../../../support/metrics.ts';

describe('the invariants of forwarding', () => {
  let forwards: Forwards;
  const found = (nowMs = forwards.clock.nowMs()): string =>
    forwardViolations(forwards.pool, forwards.desk, nowMs).join('\n');

  beforeEach(() => {
    forwards = Forwards.settled();
    forwards.serve('a', { slots: 2 });
    forwards.askMany(3);
    expect(found()).to.equal('');
  });

  it('notice a lease that is settled while its request is under way', () => {
    const [open] = forwards.desk.services.find('web')!.open;
    forwards.pool.settle(open!.lease, 'ok');
    expect(found()).to.contain('its lease settled (ok)').and.to.contain('3 requests are under way, 2 leases are open');
  });

  it('notice slots that nobody meant, and a place that the pool does not know', () => {
    const member = forwards.pool.member('a')!;
    forwards.pool.setSlots(member, 'forward:web', 1);
    expect(found()).to.contain('web at a: has 1 slots, expected 2');
    forwards.pool.setOffers(member, []);
    expect(found()).to.contain('web at a: not offered to the pool');
  });

  it('notice one who waits too long, or although there is room', () => {
    expect(found(forwards.clock.nowMs() + 31_001)).to.contain('waits 1001 ms too long');
    forwards.desk.services.find('web')!.isPumping = true;
    forwards.askMany(1);
    forwards.askers[0]!.end();
    expect(found()).to.contain('2 requests wait, but a member has room');
  });

  it('notice one who asks again and waits although another member has room, and lines that are too long', () => {
    forwards.serve('b');
    forwards.ask();
    const [first, second] = forwards.askers;
    forwards.ask('web', first!.routes[0]);
    expect(found()).to.equal('');
    forwards.desk.services.find('web')!.isPumping = true;
    forwards.askers.find(({ answer }) => answer === 'b')!.end();
    expect(found()).to.contain('web: a request waits again, but another member has room');
    const tight = { services: forwards.desk.services, size: forwards.desk.size, overdueMs: () => -1, queueLimit: 1 };
    expect(second!.answer).to.equal('a');
    expect(forwardViolations(forwards.pool, tight, forwards.clock.nowMs()).join()).to.contain('wait, at most 1 may');
  });

  it('notice counts that are wrong', () => {
    forwards.desk.services.find('web')!.usable = 5;
    expect(found()).to.contain('1 are usable, it counts 5');
  });
});

describe('metrics of forwarding', () => {
  it('count what became of requests and attempts, and know 100 services by name', async () => {
    const forwards = Forwards.settled();
    for (let i = 0; i < 120; i++) forwards.serve('a', { service: `s${i}` });
    forwards.ask('s0').end();
    forwards.ask('s0').end(BROKEN);
    for (const name of ['s110', 's111']) forwards.ask(name);
    forwards.askMany(2, 's111');
    forwards.ask('nobody');
    const page = new MetricPage();
    addForwarding(page, forwards.desk);
    const metrics = new Metrics((await page.read()).body);
    expect(metrics.sum('lanyard_forward_requests_total', { service: 's0', outcome: 'routed' })).to.equal(2);
    expect(metrics.sum('lanyard_forward_attempts_total', { service: 's0', end: '2xx' })).to.equal(1);
    expect(metrics.sum('lanyard_forward_attempts_total', { service: 's0', end: 'broken' })).to.equal(1);
    expect(metrics.sum('lanyard_forward_in_flight', { service: 'other' })).to.equal(2);
    expect(metrics.sum('lanyard_forward_waiting', { service: 'other' })).to.equal(2);
    expect(metrics.sum('lanyard_forward_members', { service: 'other', state: 'ready' })).to.be.at.least(20);
    expect(metrics.sum('lanyard_forward_requests_total', { service: 'other', outcome: 'unknown' })).to.equal(1);
    expect(metrics.sum('lanyard_forward_seconds_count', { service: 's0' })).to.equal(2);
    const labels = metrics.byLabel('lanyard_forward_requests_total', 'service', { outcome: 'routed' });
    expect(labels.size).to.be.at.most(101);
  });
});
