// Who takes requests: health, ejection, and members that come and go.
import { expect } from 'chai';
import { answersOf, BROKEN, Forwards } from '../../../support/forward-desk.ts';

const UNAVAILABLE = { kind: 'answered', status: 503 } as const;

describe('members of a service', () => {
  let forwards: Forwards;

  beforeEach(() => (forwards = Forwards.settled('round-robin')));
  afterEach(() => forwards.check());

  /** Ends so many requests in a way, wherever they go. */
  function fail(name: string, times: number): void {
    for (let n = 0; n < times; n++) {
      const lease = forwards.ask();
      if (lease.answer !== name) throw new Error(`expected ${name}, got ${lease.answer}`);
      lease.end(n % 2 === 0 ? BROKEN : UNAVAILABLE);
    }
  }

  it('get nothing before they are well, and nothing while they are not', () => {
    forwards.serve('a', { healthy: false });
    const asker = forwards.ask();
    expect(asker.answer).to.equal('waits');
    forwards.setHealthy('a', true);
    forwards.setHealthy('a', false);
    expect(asker.answer).to.equal('a');
    expect(forwards.ask().answer).to.equal('waits');
    expect(forwards.said).to.deep.equal(['a up in web', 'a down in web']);
    asker.end();
  });

  it('are put out for 30 s after five failures in a row, and then get requests again', () => {
    for (const name of ['a', 'b']) forwards.serve(name, { slots: 9 });
    const asked = forwards.askMany(12);
    for (const asker of asked.filter(({ answer }) => answer === 'a').slice(0, 4)) asker.end(BROKEN);
    expect(forwards.said).to.not.include('a out of web for 30000');
    asked.filter(({ answer }) => answer === 'a')[4]!.end(UNAVAILABLE);
    expect(forwards.said.at(-1)).to.equal('a out of web for 30000');
    expect(answersOf(forwards.askMany(4))).to.deep.equal(['b', 'b', 'b', 'waits']);
    forwards.clock.advance(29_999);
    const asker = forwards.ask();
    expect(asker.answer).to.equal('waits');
    forwards.clock.advance(1);
    expect(forwards.said.at(-1)).to.equal('a back in web');
    expect(asker.answer).to.equal('a');
    expect(forwards.desk.services.find('web')!.counters.ejections).to.equal(1);
  });

  it('stay in when an answer comes between, or a client went away', () => {
    for (const name of ['a', 'b']) forwards.serve(name, { slots: 99 });
    const at = (name: string) => forwards.askMany(40).filter(({ answer }) => answer === name);
    for (const [i, asker] of at('a').entries()) {
      asker.end(i % 5 === 4 ? { kind: 'answered', status: 500 } : BROKEN);
    }
    for (const asker of at('b').slice(0, 4)) asker.end(BROKEN);
    for (const asker of at('b')) asker.end({ kind: 'cancelled' });
    expect(forwards.said.filter((line) => line.includes('out of'))).to.deep.equal([]);
  });

  it('are never all put out: not the only one, and of three no more than one', () => {
    forwards.serve('a');
    fail('a', 20);
    expect(forwards.ask().answer).to.equal('a');
    forwards = Forwards.settled('round-robin');
    for (const name of ['a', 'b', 'c']) forwards.serve(name);
    for (let i = 0; i < 60; i++) forwards.ask().end(BROKEN);
    expect(forwards.said.filter((line) => line.endsWith('30000'))).to.have.length(1);
  });

  it('that go down or leave while they are out are not said to be back', () => {
    for (const name of ['a', 'b', 'c', 'd']) forwards.serve(name, { slots: 1 });
    const ends = (): boolean => forwards.said.filter((line) => line.includes(' out of ')).length === 2;
    while (!ends()) {
      const asker = forwards.ask();
      asker.end(['a', 'b'].includes(asker.answer) ? BROKEN : undefined);
    }
    forwards.setHealthy('a', false);
    expect(forwards.said.slice(-2)).to.deep.equal(['a down in web', 'a not counted in web']);
    forwards.pool.transition(forwards.pool.member('b')!, 'leaving');
    expect(forwards.said.at(-1)).to.equal('b not counted in web');
    expect(forwards.said.filter((line) => line.includes(' back in '))).to.deep.equal([]);
  });

  it('are put out before their place is free for the next', () => {
    for (const name of ['a', 'b']) forwards.serve(name, { slots: 5 });
    const asked = forwards.askMany(11);
    for (const asker of asked.filter(({ answer }) => answer === 'a')) asker.end(BROKEN);
    // The first four free a place; who waits gets it, and fails as well.
    expect(asked[10]!.answer).to.equal('a');
    const waiting = forwards.askMany(9);
    expect(answersOf(waiting).filter((answer) => answer === 'a')).to.deep.equal([]);
  });

  it('lose their connections when they are gone, and what waited goes elsewhere', () => {
    const member = forwards.serve('a');
    forwards.serve('b');
    const asked = forwards.askMany(3);
    const { upstream } = forwards.place('a').serving;
    forwards.pool.transition(member, 'died');
    expect(upstream.asked).to.deep.equal(['destroy']);
    asked[0]!.end(BROKEN);
    expect(forwards.desk.size).to.equal(2);
    asked[1]!.end();
    expect(asked[2]!.answer).to.equal('b');
  });

  it('have their connections closed after the last request when they leave', () => {
    const member = forwards.serve('a', { slots: 2 });
    forwards.serve('b', { slots: 2 });
    const { upstream } = forwards.place('a').serving;
    const [first, , second] = forwards.askMany(3);
    forwards.pool.transition(member, 'leaving');
    first!.end();
    expect(upstream.asked).to.deep.equal([]);
    second!.end();
    expect(upstream.asked).to.deep.equal(['close']);
  });

  it('that withdraw one of two services keep the other', () => {
    const member = forwards.serve('a');
    forwards.serve('a', { service: 'api' });
    forwards.serve('b');
    forwards.desk.places.withdraw(forwards.place('a'), 'close');
    forwards.pool.setOffers(member, forwards.desk.places.offersOf(member));
    expect(answersOf([forwards.ask(), forwards.ask('api')])).to.deep.equal(['b', 'a']);
  });
});
