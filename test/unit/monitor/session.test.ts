// A monitor's tie to its master, from the master's side: who is let in, what is asked, and what is told.
import { expect } from 'chai';
import { HELLO_TIMEOUT_MS } from '../../../src/common/net/greeting.ts';
import { MONITOR_ROLE, Tag } from '../../../src/common/protocol/messages.ts';
import { MonitorDesk } from '../../support/monitor-desk.ts';
import { slaveInfo } from '../../support/slave-info.ts';
import { eventually } from '../../support/wait.ts';

describe('a monitor’s session', () => {
  let desk: MonitorDesk;
  beforeEach(async () => (desk = await MonitorDesk.open()));
  afterEach(() => desk.close());

  it('searches when it is started', () => {
    desk.session.start();
    expect(desk.calls).to.deep.equal(['search']);
  });

  it('asks for all slaves as soon as its master says hello, and ends its search', async () => {
    const master = await desk.greeted();
    expect(master.messages).to.deep.equal([[Tag.SlavesRequest, 1]]);
    expect(desk.calls).to.deep.equal(['settle']);
    expect([desk.session.joined, desk.session.slaves]).to.deep.equal([false, undefined]);
  });

  it('tells the slaves once they are known, sorted by name', async () => {
    await desk.joined('m1', 'c', 'a', 'b');
    expect(desk.told).to.deep.equal([['a', 'b', 'c']]);
    expect(desk.known).to.deep.equal(['a', 'b', 'c']);
  });

  it('tells also that there are none', async () => {
    await desk.joined('m1');
    expect([desk.told, desk.known]).to.deep.equal([[[]], []]);
  });

  it('tells nothing of an answer that is not whole', async () => {
    const master = await desk.greeted();
    master.send([Tag.Slaves, 1, false, [slaveInfo('a')]], [Tag.SlaveJoined, slaveInfo('x')]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    desk.clock.advance(0);
    expect([desk.told, desk.session.slaves, desk.session.joined]).to.deep.equal([[], undefined, false]);
    master.send([Tag.Slaves, 1, true, [slaveInfo('b')]]);
    await desk.knows('a', 'b');
  });

  it('hears of joins, changes and leaves, and tells what comes in one frame at once', async () => {
    const master = await desk.joined('m1', 'a');
    master.send([Tag.SlaveJoined, slaveInfo('b')], [Tag.SlaveJoined, slaveInfo('c')], [Tag.SlaveLeft, 'a', 'died']);
    await desk.knows('b', 'c');
    expect(desk.told).to.have.length(2);
    master.send([Tag.SlaveJoined, slaveInfo('b', { name: 'x' })]);
    await desk.knows('c', 'x');
  });

  it('asks again at every poll, and says nothing when the answer is the same', async () => {
    const master = await desk.joined('m1', 'a');
    for (let poll = 2; poll < 5; poll++) {
      await desk.answersNext(master, 'a');
      expect(master.asked.at(-1)).to.equal(poll);
    }
    await desk.answersNext(master, 'b');
    await desk.knows('b');
    expect(desk.told).to.deep.equal([['a'], ['b']]);
  });

  it('turns away who has another nonce, another version or another role', async () => {
    await desk.turnedAway(desk.dial({ nonce: 'guessed' }));
    await desk.turnedAway(desk.dial({ major: 2 }));
    for (const role of [0, 1, 2]) await desk.turnedAway(desk.dial({ role }));
    desk.nonce = undefined;
    await desk.turnedAway(desk.dial({ nonce: '' }));
    expect(desk.calls).not.to.include('settle');
  });

  it('turns away who says something else first, too much, or nothing in time', async () => {
    const talker = desk.stranger();
    talker.send([Tag.Slaves, 0, true, []]);
    await desk.turnedAway(talker);
    const flooder = desk.stranger();
    flooder.send([Tag.Hello, MONITOR_ROLE, 'n1', 'm1', 1, 1, 1], [Tag.Rejected, 'x'.repeat(400)]);
    for (let i = 0; i < 3; i++) flooder.send([Tag.Rejected, 'x'.repeat(400)]);
    await desk.turnedAway(flooder);
    const silent = desk.stranger();
    await eventually('it is connected', () => !silent.socket.connecting);
    await new Promise((resolve) => setTimeout(resolve, 20));
    desk.clock.advance(HELLO_TIMEOUT_MS - 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(silent.closed).to.equal(false);
    desk.clock.advance(1);
    await desk.turnedAway(silent);
    expect(desk.session.slaves).to.equal(undefined);
  });

  it('stays with its master when another one, or the same, says hello again', async () => {
    const master = await desk.joined('m1', 'a');
    for (const masterId of ['m1', 'm2']) await desk.turnedAway(desk.dial({ masterId }));
    master.answer(1);
    expect([desk.session.joined, desk.known]).to.deep.equal([true, ['a']]);
  });

  it('says nothing and takes nobody after it has left', async () => {
    const master = await desk.joined('m1', 'a');
    master.send([Tag.SlaveJoined, slaveInfo('b')]);
    await eventually('it knows', () => desk.known?.length === 2);
    desk.session.leave();
    await eventually('it is closed', () => master.closed);
    await desk.turnedAway(desk.dial());
    desk.clock.advance(3_600_000);
    expect([desk.told.length, desk.calls.includes('close'), desk.calls.includes('search')]).to.deep.equal([
      1,
      true,
      false,
    ]);
  });
});
