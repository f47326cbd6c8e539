// A monitor whose master goes, falls silent or talks nonsense: what is known is kept, and another master's slaves get time to find it.
import { expect } from 'chai';
import { Tag } from '../../../src/common/protocol/messages.ts';
import { SLAVES_MAX } from '../../../src/monitor/answer.ts';
import { SETTLE_MS } from '../../../src/monitor/session.ts';
import { MonitorDesk, POLL_MS } from '../../support/monitor-desk.ts';
import { slaveInfo } from '../../support/slave-info.ts';
import { eventually } from '../../support/wait.ts';

describe('a monitor whose master is lost', () => {
  let desk: MonitorDesk;
  beforeEach(async () => (desk = await MonitorDesk.open()));
  afterEach(() => desk.close());

  it('keeps what it knows when its master goes, and searches half a second later', async () => {
    const master = await desk.joined('m1', 'a', 'b');
    await desk.lost(master);
    desk.clock.advance(499);
    expect(desk.calls).not.to.include('search');
    desk.clock.advance(1);
    expect(desk.calls.filter((call) => call === 'search')).to.have.length(1);
    desk.clock.advance(3_600_000);
    expect([desk.known, desk.told.length]).to.deep.equal([['a', 'b'], 1]);
  });

  it('gives a master up that leaves three requests unanswered, and not one that answers late', async () => {
    const master = await desk.joined('m1', 'a');
    desk.clock.advance(3 * POLL_MS);
    await eventually('three requests', () => master.asked.length === 4);
    master.answer(2, 'a', 'z');
    await desk.knows('a', 'z');
    await desk.answersNext(master, 'a', 'b');
    await desk.knows('a', 'b');
    desk.clock.advance(3 * POLL_MS);
    expect(desk.session.joined).to.equal(true);
    desk.clock.advance(POLL_MS);
    expect(desk.session.joined).to.equal(false);
    await eventually('its connection is dropped', () => master.closed);
    desk.clock.advance(500);
    expect([desk.calls.includes('search'), desk.known]).to.deep.equal([true, ['a', 'b']]);
  });

  it('gives a master up that never ends an answer, though it talks all the time', async () => {
    const master = await desk.greeted();
    for (let poll = 1; poll <= 3; poll++) {
      master.send([Tag.Slaves, poll, false, []], [Tag.SlaveJoined, slaveInfo(`s${poll}`)]);
      desk.clock.advance(POLL_MS);
    }
    await eventually('its connection is dropped', () => master.closed);
    expect(desk.session.slaves).to.equal(undefined);
  });

  it('gives a master up that answers what nobody asked', async () => {
    const master = await desk.joined('m1', 'a');
    master.answer(7, 'b');
    await eventually('its connection is dropped', () => master.closed);
    expect(desk.known).to.deep.equal(['a']);
  });

  it('gives a master up that goes on naming slaves', async () => {
    const master = await desk.greeted();
    const slaves = Array.from({ length: SLAVES_MAX }, (_, i) => slaveInfo(`s${i}`));
    for (let first = 0; first < SLAVES_MAX; first += 32)
      master.send([Tag.Slaves, 1, first + 32 >= SLAVES_MAX, slaves.slice(first, first + 32)]);
    await eventually('it knows all of them', () => desk.session.slaves?.length === SLAVES_MAX);
    master.send([Tag.SlaveJoined, slaveInfo('s1', { cores: 5 })], [Tag.SlaveLeft, 's2', 'died']);
    master.send([Tag.SlaveJoined, slaveInfo('s2')]);
    await eventually('it takes changes', () => desk.session.slaves?.find(({ name }) => name === 's1')?.cores === 5);
    expect(desk.session.joined).to.equal(true);
    master.send([Tag.SlaveJoined, slaveInfo('one-more')]);
    await eventually('its connection is dropped', () => master.closed);
    expect(desk.session.slaves).to.have.length(SLAVES_MAX);
  });

  it('waits longer and longer between searches while masters do not answer, half a minute at most', async () => {
    const waits: number[] = [];
    for (let round = 0; round < 9; round++) {
      const master = await desk.greeted();
      master.connection.destroy('gone');
      const before = desk.calls.length;
      await eventually('it notices', () => desk.calls.length > before);
      let waitedMs = 0;
      while (desk.calls.at(-1) !== 'search') {
        desk.clock.advance(500);
        waitedMs += 500;
      }
      waits.push(waitedMs);
    }
    expect(waits).to.deep.equal([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    await desk.lost(await desk.joined('m1'));
    desk.clock.advance(500);
    expect(desk.calls.at(-1)).to.equal('search');
  });

  it('believes the same master at once when it is back', async () => {
    await desk.lost(await desk.joined('m1', 'a', 'b'));
    await desk.joined('m1', 'b');
    await desk.knows('b');
  });

  it('gives slaves ten seconds to find another master, and hears of those that come at once', async () => {
    expect(SETTLE_MS).to.equal(10_000);
    await desk.lost(await desk.joined('m1', 'a', 'b', 'c'));
    const master = await desk.joined('m2');
    expect([desk.known, desk.told.length]).to.deep.equal([['a', 'b', 'c'], 1]);
    await desk.answersNext(master, 'b', 'd');
    await desk.knows('a', 'b', 'c', 'd');
    for (let ms = POLL_MS; ms < SETTLE_MS - POLL_MS; ms += POLL_MS) await desk.answersNext(master, 'b', 'd');
    expect(desk.known).to.deep.equal(['a', 'b', 'c', 'd']);
    await desk.answersNext(master, 'b', 'd');
    await desk.knows('b', 'd');
  });

  it('asks when that time is over, whenever the next poll would be', async () => {
    desk.close();
    desk = await MonitorDesk.open(30_000);
    await desk.lost(await desk.joined('m1', 'a'));
    const master = await desk.joined('m2');
    desk.clock.advance(SETTLE_MS);
    await eventually('it asks', () => master.asked.length === 2);
    master.answer(2);
    await eventually('it believes the answer', () => desk.session.slaves?.length === 0);
  });

  it('believes another master at once that says that a slave left', async () => {
    await desk.lost(await desk.joined('m1', 'a', 'b'));
    const master = await desk.joined('m2');
    master.send([Tag.SlaveLeft, 'a', 'died']);
    await desk.knows('b');
  });

  it('goes on waiting for slaves when the other master’s connection breaks meanwhile', async () => {
    await desk.lost(await desk.joined('m1', 'a', 'b'));
    await desk.lost(await desk.joined('m2', 'b'));
    desk.clock.advance(SETTLE_MS - 1);
    const master = await desk.joined('m2', 'b');
    expect(desk.known).to.deep.equal(['a', 'b']);
    desk.clock.advance(1);
    await eventually('it asks', () => master.asked.length === 2);
    master.answer(2, 'b');
    await desk.knows('b');
  });

  it('tells nothing of a first master that has just begun until its slaves have had three seconds to join', async () => {
    const master = await desk.greeted();
    master.answerUp(1000, 1, 'a');
    await eventually('it has joined', () => desk.session.joined);
    desk.clock.advance(1999);
    master.send([Tag.SlaveJoined, slaveInfo('c')], [Tag.LoadRequest, 1]);
    await eventually('all that is heard', () => desk.calls.includes('debug unexpected message from the master'));
    desk.clock.advance(0);
    expect([desk.known, desk.told]).to.deep.equal([undefined, []]);
    desk.clock.advance(1);
    await eventually('it asks when the time is over', () => master.asked.length >= 2);
    master.answerUp(3000, master.asked.at(-1)!, 'b', 'c');
    await desk.knows('b', 'c');
    expect(desk.told).to.have.length(1);
  });

  it('has no patience with a first master that has been there for longer: there is nothing to keep', async () => {
    const master = await desk.joined('m1', 'a');
    await desk.answersNext(master);
    await desk.knows();
  });
});
