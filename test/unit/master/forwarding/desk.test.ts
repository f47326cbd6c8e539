// Whereto requests go, how they wait, and what they are told when nobody takes them.
import { expect } from 'chai';
import type { Route } from '../../../../src/master/doors/forwarding.ts';
import { findAlgorithm } from '../../../../src/master/balancing/registry.ts';
import { PATIENCE_MS } from '../../../../src/common/time/patience.ts';
import { answersOf, Asker, BROKEN, Forwards, WAIT_MS, type FakeUpstream } from '../../../support/forward-desk.ts';

describe('the forward desk', () => {
  let forwards: Forwards;

  beforeEach(() => (forwards = Forwards.settled()));
  afterEach(() => forwards.check());

  it('sends a request to a member of its service, with all that is needed to reach it', () => {
    forwards.serve('a', { service: 'api' });
    forwards.serve('b');
    const { routes } = forwards.ask();
    expect(routes[0]).to.include({ member: 'b', host: 'b:80', basePath: '' });
    expect(routes[0]!.upstream.name).to.equal('b');
    expect(forwards.desk.size).to.equal(1);
    routes[0]!.end(BROKEN);
    routes[0]!.end(BROKEN);
    expect(forwards.desk.size).to.equal(0);
  });

  it('goes by the algorithm of the service', () => {
    for (const name of ['a', 'b']) forwards.serve(name, { slots: 9 });
    expect(answersOf(forwards.askMany(3))).to.deep.equal(['a', 'a', 'a']);
    forwards.pool.setGroupAlgorithm('forward:web', findAlgorithm('least-connections'));
    expect(answersOf(forwards.askMany(3))).to.deep.equal(['b', 'b', 'b']);
  });

  it('lets those wait who find no free place, first come, first served', () => {
    forwards.serve('a', { slots: 2 });
    const askers = forwards.askMany(5);
    expect(answersOf(askers)).to.deep.equal(['a', 'a', 'waits', 'waits', 'waits']);
    expect(forwards.desk.waiting('web')).to.equal(3);
    askers[1]!.end();
    askers[3]!.stop();
    askers[0]!.end();
    expect(answersOf(askers)).to.deep.equal(['a', 'a', 'a', 'waits', 'a']);
    expect(forwards.desk.waiting('web')).to.equal(0);
    askers[3]!.stop();
    expect(forwards.desk.services.find('web')!.counters.answers).to.include({ routed: 4, left: 1 });
  });

  it('serves who waits when a member joins, becomes well or may work again', () => {
    const member = forwards.serve('a', { slots: 1 });
    const askers = forwards.askMany(5);
    forwards.serve('b');
    forwards.serve('c', { healthy: false });
    expect(answersOf(askers)).to.deep.equal(['a', 'b', 'waits', 'waits', 'waits']);
    forwards.setHealthy('c', true);
    forwards.pool.transition(member, 'drain-asked');
    askers[0]!.end();
    expect(askers[3]!.answer).to.equal('waits');
    forwards.pool.transition(member, 'resume-asked');
    expect(answersOf(askers)).to.deep.equal(['a', 'b', 'c', 'a', 'waits']);
  });

  it('keeps the order when a route ends inside the call that hands it out', () => {
    forwards.serve('a');
    const first = forwards.ask();
    const order: number[] = [];
    for (let i = 0; i < 9000; i++) {
      const asker = new Asker();
      asker.onRoute = (route: Route<FakeUpstream>) => {
        order.push(i);
        route.end({ kind: 'answered', status: 200 });
      };
      forwards.desk.route('web', asker);
    }
    first.end();
    expect(order).to.deep.equal(Array.from({ length: 9000 }, (_, i) => i));
    expect(forwards.desk.size).to.equal(0);
  });

  it('lets nobody pass who asks while a place is handed over', () => {
    forwards.serve('a');
    const first = forwards.ask();
    const quick = new Asker();
    let newcomer: Asker | undefined;
    quick.onRoute = (route: Route<FakeUpstream>) => {
      route.end({ kind: 'answered', status: 200 });
      newcomer = forwards.ask();
    };
    forwards.desk.route('web', quick);
    const second = forwards.ask();
    first.end();
    expect([second.answer, newcomer?.answer]).to.deep.equal(['a', 'waits']);
  });

  it('says 429 when the line is full, and how long it is', () => {
    forwards = Forwards.settled('first-available', { queueLimit: 2 });
    forwards.serve('a');
    const askers = forwards.askMany(4);
    expect(answersOf(askers)).to.deep.equal(['a', 'waits', 'waits', 'QUEUE_FULL']);
    expect(askers[3]!.failure.details).to.deep.equal({ queueLength: 2 });
    expect(askers[3]!.failure.message).to.contain('--queue-limit is 2');
  });

  it('counts those who ask again to the line that is full', () => {
    forwards = Forwards.settled('first-available', { queueLimit: 2 });
    for (const name of ['a', 'b']) forwards.serve(name);
    const routes = forwards.askMany(2).map(({ routes: [route] }) => route);
    const again = [0, 1, 0, 1, 0].map((at) => forwards.ask('web', routes[at]));
    expect(answersOf(again)).to.deep.equal(['waits', 'waits', 'QUEUE_FULL', 'QUEUE_FULL', 'QUEUE_FULL']);
    expect(again[2]!.failure.details).to.deep.equal({ queueLength: 2 });
    expect(forwards.ask().answer).to.equal('QUEUE_FULL');
    again[0]!.stop();
    expect(answersOf([forwards.ask(), forwards.ask()])).to.deep.equal(['waits', 'QUEUE_FULL']);
    forwards.check();
  });

  it('tries those further back whose attempt failed when one before them leaves', () => {
    for (const name of ['a', 'b']) forwards.serve(name);
    const [atA, atB] = forwards.askMany(2);
    const elsewhere = Array.from({ length: 16 }, () => forwards.ask('web', atA!.routes[0]));
    const last = forwards.ask('web', atB!.routes[0]);
    atA!.end();
    expect(last.answer).to.equal('waits');
    elsewhere[0]!.stop();
    expect(last.answer).to.equal('a');
    forwards.check();
  });

  it('says that there is no room when the time to wait is over, to each at its own', () => {
    forwards.serve('a');
    forwards.ask();
    const second = forwards.ask();
    forwards.clock.advance(1000);
    const third = forwards.ask();
    forwards.clock.advance(WAIT_MS - 1001);
    expect(answersOf([second, third])).to.deep.equal(['waits', 'waits']);
    forwards.clock.advance(1);
    expect(answersOf([second, third])).to.deep.equal(['NO_ROOM', 'waits']);
    expect(second.failure.message).to.contain('all 1 members of web are full').and.to.contain('30 s');
    forwards.clock.advance(1000);
    expect(third.answer).to.equal('NO_ROOM');
  });

  it('waits two seconds for somebody to serve, from when the last one stopped', () => {
    forwards.serve('a');
    forwards.setHealthy('a', false);
    const early = forwards.ask();
    forwards.clock.advance(PATIENCE_MS - 1);
    const late = forwards.ask();
    expect(early.answer).to.equal('waits');
    forwards.clock.advance(1);
    expect(answersOf([early, late])).to.deep.equal(['NO_BACKEND', 'waits']);
    expect(early.failure.message).to.contain('no member of web takes requests (1 down)');
    forwards.setHealthy('a', true);
    expect(late.answer).to.equal('a');
    const waiting = forwards.ask();
    forwards.clock.advance(10_000);
    forwards.pool.transition(forwards.pool.member('a')!, 'died');
    forwards.clock.advance(PATIENCE_MS - 1);
    expect(waiting.answer).to.equal('waits');
    forwards.clock.advance(1);
    expect(waiting.failure).to.include({ code: 'NO_BACKEND' });
    expect(waiting.failure.message).to.contain('nobody serves web now').and.to.contain('--serve web=');
    late.end();
  });

  it('waits the whole time for a service that may be started', () => {
    forwards.desk.declare('web');
    const asker = forwards.ask();
    expect(forwards.desk.waiting('web')).to.equal(1);
    forwards.clock.advance(WAIT_MS - 1);
    expect(asker.answer).to.equal('waits');
    forwards.clock.advance(1);
    expect(asker.failure.message).to.contain('nobody serves web yet');
    const second = forwards.ask();
    forwards.clock.advance(5000);
    forwards.serve('a');
    expect(second.answer).to.equal('a');
  });

  it('knows no service that nobody ever served, but sends nobody away for that right after its start', () => {
    const asked = forwards.ask('sums');
    expect(asked.failure.message).to.contain('no service is called "sums"').and.to.contain('--serve sums=');
    expect(asked.failure.code).to.equal('UNKNOWN_SERVICE');
    const young = new Forwards();
    const [early, other] = [young.ask('sums'), young.ask('odd')];
    young.clock.advance(PATIENCE_MS - 1);
    young.serve('a', { service: 'sums' });
    young.clock.advance(1);
    expect(answersOf([early, other])).to.deep.equal(['a', 'NO_BACKEND']);
    expect([...young.desk.services.all()].map(({ name }) => name)).to.deep.equal(['sums']);
    young.check();
  });

  it('sends a retry elsewhere, before those who wait for the first time, and nowhere when there is nobody else', () => {
    for (const name of ['a', 'b']) forwards.serve(name);
    const [first, second] = forwards.askMany(2);
    const waiting = forwards.ask();
    first!.routes[0]!.end(BROKEN);
    expect(waiting.answer).to.equal('a');
    const again = forwards.ask('web', first!.routes[0]);
    const [behind, last] = forwards.askMany(2);
    second!.end();
    expect(answersOf([again, behind!])).to.deep.equal(['b', 'waits']);
    const twice = forwards.ask('web', waiting.routes[0]);
    waiting.end();
    expect(answersOf([twice, behind!, last!]), 'a retry keeps nobody from where it may not go').to.deep.equal([
      'waits',
      'a',
      'waits',
    ]);
    for (const asker of [twice, last!]) asker.stop();
    again.end(BROKEN);
    behind!.end();
    forwards.setHealthy('a', false);
    const nobody = forwards.ask('web', again.routes[0]);
    expect(nobody.failure).to.deep.equal({
      code: 'NO_BACKEND',
      message: 'only b serves web now, where the request failed',
    });
  });

  it('takes nothing new while it drains, and sends those away at the end who still wait', () => {
    forwards.serve('a');
    const [, waiting] = forwards.askMany(2);
    forwards.desk.drain();
    expect(forwards.ask().answer).to.equal('DRAINING');
    expect(waiting!.answer).to.equal('waits');
    forwards.desk.close();
    expect(waiting!.answer).to.equal('DRAINING');
    expect(forwards.place('a').serving.upstream.asked).to.deep.equal(['destroy']);
    expect(forwards.desk.size).to.equal(1);
  });

  it('lets those wait right after its start for 1000 names, and sends others away', () => {
    const young = new Forwards();
    const asked = Array.from({ length: 1001 }, (_, i) => young.ask(`s${i}`));
    expect(answersOf(asked.slice(0, 1000)).every((answer) => answer === 'waits')).to.equal(true);
    expect(asked[1000]!.answer).to.equal('UNKNOWN_SERVICE');
    expect(young.ask('s7').answer).to.equal('waits');
    young.clock.advance(PATIENCE_MS);
    expect([young.desk.services.size, young.ask('s1001').answer]).to.deep.equal([0, 'waits']);
    young.check();
  });

  it('remembers no name for which nobody may wait', () => {
    const young = new Forwards('first-available', { queueLimit: 0 });
    expect(answersOf(Array.from({ length: 5 }, (_, i) => young.ask(`s${i}`)))).to.deep.equal(
      Array(5).fill('QUEUE_FULL'),
    );
    expect(young.desk.services.size).to.equal(0);
    young.check();
  });

  it('sends those away at once, when it is told to drain, whom nobody there can ever serve', () => {
    forwards.desk.declare('scaled');
    const alone = forwards.ask('scaled');
    forwards.serve('a');
    const [first, second] = forwards.askMany(2);
    expect([alone.answer, second!.answer]).to.deep.equal(['waits', 'waits']);
    forwards.desk.drain();
    expect([alone.answer, second!.answer]).to.deep.equal(['DRAINING', 'waits']);
    expect(forwards.desk.size).to.equal(2);
    forwards.pool.transition(forwards.pool.member('a')!, 'died');
    expect(second!.answer).to.equal('DRAINING');
    first!.end(BROKEN);
    expect(forwards.desk.size).to.equal(0);
  });

  it('lets nobody wait for a service that is not well longer than two seconds while it drains', () => {
    forwards.desk.declare('scaled');
    forwards.serve('a', { service: 'scaled', healthy: false });
    const waiting = forwards.ask('scaled');
    forwards.desk.drain();
    expect(waiting.answer).to.equal('waits');
    forwards.clock.advance(2000);
    expect(waiting.answer).to.equal('NO_BACKEND');
  });

  it("does not advise to serve what stands for the slaves' tasks, but says how to run one", () => {
    const young = new Forwards();
    for (const name of ['compute', 'compute-calls']) {
      const early = young.ask(name);
      young.clock.advance(60_000);
      for (const { failure } of [forwards.ask(name), early])
        expect(failure.message).to.contain('GET /task?type=').and.not.to.contain('--serve');
    }
    expect(forwards.ask('-x').failure.message).to.contain('--serve web=');
  });

  it('remembers a bounded number of services that nobody serves', () => {
    for (let i = 0; i < 1200; i++) {
      const member = forwards.serve(`m${i}`, { service: `s${i}` });
      if (i > 0) forwards.pool.transition(member, 'left');
    }
    expect(forwards.desk.services.size).to.be.at.most(1001);
    expect([...forwards.pool.groups()].length).to.be.at.most(1001);
    expect(forwards.ask('s0').answer).to.equal('m0');
    expect(forwards.ask('s1').answer).to.equal('UNKNOWN_SERVICE');
    expect(forwards.ask('s1199').answer).to.equal('waits');
  });
});
