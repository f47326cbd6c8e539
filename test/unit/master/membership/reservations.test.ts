// Places promised to nodes between their request and their join.
import { expect } from 'chai';
import { DIALS_MAX, RESERVATION_MS, Reservations } from '../../../../src/master/membership/reservations.ts';

describe('reservations', () => {
  let reservations: Reservations;

  beforeEach(() => (reservations = new Reservations()));

  it('hold a place for five seconds', () => {
    expect(RESERVATION_MS).to.equal(5000);
    reservations.reserve('n', 'a', 100);
    expect(reservations.othersThan('b', 5099)).to.equal(1);
    expect(reservations.othersThan('b', 5100)).to.equal(0);
  });

  it('are of no use after that', () => {
    reservations.reserve('n', 'a', 0);
    expect(reservations.claim('n', 'a', 5000)).to.equal('unknown');
  });

  it('can be claimed until then, and only once: the other nine of the burst mean nothing', () => {
    reservations.reserve('n', 'a', 0);
    expect(reservations.claim('n', 'a', 4999)).to.equal('claimed');
    for (let i = 0; i < 9; i++) expect(reservations.claim('n', 'a', 4999)).to.equal('already-claimed');
  });

  it('are unknown by a nonce that was never promised, or was promised to another instance', () => {
    reservations.reserve('n', 'a', 0);
    expect(reservations.claim('other', 'a', 1)).to.equal('unknown');
    expect(reservations.claim('n', 'b', 1)).to.equal('unknown');
    expect(reservations.claim('n', 'a', 1)).to.equal('claimed');
  });

  it('count instances, not requests', () => {
    reservations.reserve('n1', 'a', 0);
    reservations.reserve('n1', 'a', 1000);
    reservations.reserve('n2', 'b', 0);
    expect(reservations.othersThan('c', 2000)).to.equal(2);
    expect(reservations.othersThan('a', 2000)).to.equal(1);
  });

  it('are not prolonged by the same request again', () => {
    reservations.reserve('n', 'a', 0);
    reservations.reserve('n', 'a', 4000);
    expect(reservations.othersThan('b', 5000)).to.equal(0);
  });

  it('can be made again for the same request once they have run out', () => {
    reservations.reserve('n', 'a', 0);
    expect(reservations.othersThan('b', 6000)).to.equal(0);
    reservations.reserve('n', 'a', 6000);
    expect(reservations.claim('n', 'a', 10_999)).to.equal('claimed');
  });

  it('are replaced by a newer search of the same instance', () => {
    reservations.reserve('old', 'a', 0);
    reservations.reserve('new', 'a', 1);
    expect(reservations.claim('old', 'a', 2)).to.equal('unknown');
    expect(reservations.claim('new', 'a', 2)).to.equal('claimed');
    expect(reservations.othersThan('b', 3)).to.equal(1);
  });

  it('that were claimed survive a newer search, and keep it waiting while they are being dialled', () => {
    reservations.reserve('old', 'a', 0);
    reservations.claim('old', 'a', 1);
    reservations.reserve('new', 'a', 2);
    expect(reservations.claim('old', 'a', 3)).to.equal('already-claimed');
    expect(reservations.claim('new', 'a', 3)).to.equal('busy');
    reservations.release('old');
    expect(reservations.claim('new', 'a', 4)).to.equal('claimed');
  });

  it('can be claimed by so many instances at once and no more, until one is released', () => {
    for (let i = 0; i <= DIALS_MAX; i++) reservations.reserve(`n${i}`, `i${i}`, 0);
    for (let i = 0; i < DIALS_MAX; i++) expect(reservations.claim(`n${i}`, `i${i}`, 1)).to.equal('claimed');
    expect(reservations.claim(`n${DIALS_MAX}`, `i${DIALS_MAX}`, 1)).to.equal('busy');
    reservations.release('n0');
    expect(reservations.claim(`n${DIALS_MAX}`, `i${DIALS_MAX}`, 1)).to.equal('claimed');
  });

  it('that were claimed keep their place however long the dialling takes, until released', () => {
    reservations.reserve('n', 'a', 0);
    reservations.claim('n', 'a', 1);
    expect(reservations.othersThan('b', 60_000)).to.equal(1);
    reservations.release('n');
    expect(reservations.othersThan('b', 60_000)).to.equal(0);
    expect(reservations.claim('n', 'a', 60_000)).to.equal('unknown');
  });
});
