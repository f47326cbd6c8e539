// What monitors are told by their master: all slaves when they ask, and every change as it happens.
import { expect } from 'chai';
import { MONITOR_ROLE, Tag } from '../../../../src/common/protocol/messages.ts';
import type { MemberProfile } from '../../../../src/master/pool/member.ts';
import { closeFakeMonitors, FakeMonitor } from '../../../support/fake-monitor.ts';
import { eventsOf, MonitorsDesk, TELL_MS } from '../../../support/monitors-desk.ts';
import { profileOf } from '../../../support/pool-twin.ts';
import { eventually } from '../../../support/wait.ts';

describe('monitors', () => {
  let desk: MonitorsDesk;
  beforeEach(() => (desk = new MonitorsDesk()));
  afterEach(closeFakeMonitors);

  it('are greeted as monitors with the nonce of their search, and counted and logged', async () => {
    const monitor = await desk.joined();
    const [hello] = monitor.all(Tag.Hello);
    expect(hello!.slice(1, 5)).to.deep.equal([MONITOR_ROLE, 'n1', 'm1', 1]);
    expect([desk.monitors.size, desk.monitors.has(monitor.instanceId)]).to.deep.equal([1, true]);
    expect(desk.logged).to.deep.equal([
      {
        message: 'monitor joined',
        fields: { monitor: monitor.instanceId, address: '127.0.0.1', monitors: 1 },
      },
    ]);
  });

  it('have 256 places, which slaves do not take', () => {
    expect(desk.monitors.admittance.placesMax).to.equal(256);
    expect(desk.monitors.admittance.fullSentence).to.match(/256 monitors are connected/);
  });

  it('are told of a cluster without slaves with one page that is empty', async () => {
    const monitor = await desk.joined();
    expect(monitor.all(Tag.Slaves)).to.deep.equal([[Tag.Slaves, 1, true, [], 0]]);
  });

  it('are told nothing of registered backends', async () => {
    const backend = (name: string): MemberProfile => ({ ...profileOf(name, 5), kind: 'backend' });
    const member = desk.pool.join(backend('a'), [], 0);
    const monitor = await desk.joined();
    desk.pool.join(backend('b'), [], 0);
    desk.pool.setProfile(member, { ...backend('a'), address: '10.0.0.8:1' });
    desk.clock.advance(TELL_MS);
    desk.pool.transition(member, 'died');
    desk.clock.advance(TELL_MS);
    desk.pool.join(profileOf('c', 5), [], 0);
    desk.clock.advance(TELL_MS);
    await eventually('the slave', () => eventsOf(monitor).length > 0);
    expect(monitor.all(Tag.Slaves)).to.deep.equal([[Tag.Slaves, 1, true, [], 0]]);
    expect(eventsOf(monitor)).to.deep.equal(['+c']);
  });

  it('are told all that they may know of a slave, its address without the port', async () => {
    const labels = { rack: '7' };
    desk.pool.join({ ...profileOf('a', 5), address: '10.0.0.7:5000', labels, metricsPort: 9100 }, [], 0);
    const monitor = await desk.joined();
    const machine = { cores: 1, concurrency: 1, maxLoad: 5 };
    expect(monitor.answerTo(1)).to.deep.equal([
      { instanceId: 'a', name: 'a', address: '10.0.0.7', metricsPort: 9100, ...machine, labels },
    ]);
  });

  for (const [count, pages] of [
    [31, [31]],
    [32, [32]],
    [33, [32, 1]],
    [64, [32, 32]],
    [65, [32, 32, 1]],
  ] as const) {
    it(`are told ${count} slaves in pages of 32, the last marked as such`, async () => {
      for (let i = 0; i < count; i++) desk.slave(`s${i}`);
      const monitor = await desk.joined();
      expect(monitor.all(Tag.Slaves).map(([, , , slaves]) => slaves.length)).to.deep.equal(pages);
      const last = monitor.all(Tag.Slaves).map(([, , isLast]) => isLast);
      expect(last).to.deep.equal(pages.map((_, i) => i === pages.length - 1));
      expect(new Set(await desk.listed(monitor, 1)).size).to.equal(count);
    });
  }

  it('hear of every join and every leave once, with the reason', async () => {
    const monitor = await desk.joined();
    const a = desk.slave('a');
    desk.slave('b');
    expect(await desk.told(monitor, 2)).to.deep.equal(['+a', '+b']);
    desk.pool.transition(a, 'left');
    expect(await desk.told(monitor, 3)).to.deep.equal(['+a', '+b', '-a left']);
    expect(await desk.listed(monitor, 3)).to.deep.equal(['b']);
  });

  it('are answered with the cluster as it is at that moment, and told of it before', async () => {
    const monitor = await desk.joined();
    desk.slave('a');
    monitor.send([Tag.SlavesRequest, 2]);
    expect(await desk.listed(monitor, 2)).to.deep.equal(['a']);
    expect(monitor.messages.map(([tag]) => tag).slice(-2)).to.deep.equal([Tag.SlaveJoined, Tag.Slaves]);
  });

  it('hear of changes without asking, and not later than 50 ms', async () => {
    const monitor = await desk.joined();
    desk.slave('a');
    desk.clock.advance(TELL_MS);
    await eventually('it hears of it', () => eventsOf(monitor).length === 1);
    expect(monitor.all(Tag.Slaves)).to.have.length(1);
  });

  it('hear of a slave that says something else of itself, and of nothing when it says the same', async () => {
    const a = desk.slave('a');
    const monitor = await desk.joined();
    desk.pool.setProfile(a, { ...a.profile });
    expect(await desk.told(monitor, 2)).to.deep.equal([]);
    desk.pool.setProfile(a, { ...a.profile, name: 'a-2', labels: { rack: '8' } });
    expect(await desk.told(monitor, 3)).to.deep.equal(['+a-2']);
    expect(monitor.all(Tag.SlaveJoined)[0]![1]).to.include({ instanceId: 'a', name: 'a-2' });
  });

  it('do not hear of a slave that is suspect, drains, or is back', async () => {
    const a = desk.slave('a');
    const monitor = await desk.joined();
    for (const event of ['silent', 'answered', 'drain-asked', 'leaving', 'socket-closed'] as const)
      desk.pool.transition(a, event);
    expect(await desk.told(monitor, 2)).to.deep.equal([]);
    expect(await desk.listed(monitor, 2)).to.deep.equal(['a']);
  });

  it('hear first who left and then who came: the new one may have the old one’s name', async () => {
    const a = desk.slave('a');
    const monitor = await desk.joined();
    desk.pool.setProfile(desk.slave('b'), { ...profileOf('b', 1), name: 'a', address: '10.0.0.1:1' });
    desk.pool.transition(a, 'died');
    expect(await desk.told(monitor, 2)).to.deep.equal(['-a died', '+a']);
  });

  it('hear nothing of a slave that came and went before anybody was told', async () => {
    const monitor = await desk.joined();
    desk.pool.transition(desk.slave('a'), 'died');
    expect(await desk.told(monitor, 2)).to.deep.equal([]);
  });

  it('hear all the same of what changes and changes back while nobody is connected', async () => {
    const a = desk.slave('a');
    desk.clock.advance(TELL_MS);
    desk.pool.setProfile(a, { ...a.profile, metricsPort: 9 });
    const monitor = await desk.joined();
    expect(monitor.answerTo(1)![0]!.metricsPort).to.equal(9);
    desk.pool.setProfile(a, { ...a.profile, metricsPort: 0 });
    expect(await desk.told(monitor, 2)).to.deep.equal(['+a']);
  });

  it('hear once in 50 ms of a slave that changes all the time, as it is then', async () => {
    const a = desk.slave('a');
    const monitor = await desk.joined();
    for (let i = 1; i <= 1000; i++) desk.pool.setProfile(a, { ...a.profile, metricsPort: i });
    expect(await desk.told(monitor, 2)).to.deep.equal(['+a']);
    expect(monitor.all(Tag.SlaveJoined)[0]![1].metricsPort).to.equal(1000);
  });

  it('all hear the same', async () => {
    const [one, two] = [await desk.joined(), await desk.joined()];
    desk.slave('a');
    expect([await desk.told(one, 2), await desk.told(two, 2)]).to.deep.equal([['+a'], ['+a']]);
    expect(desk.monitors.size).to.equal(2);
  });

  it('are forgotten when they go away, and others are not', async () => {
    const [one, two] = [await desk.joined(), await desk.joined()];
    one.close();
    await eventually('it is forgotten', () => desk.monitors.size === 1);
    expect(desk.left).to.deep.equal(['ended by the peer']);
    desk.slave('a');
    expect(await desk.told(two, 2)).to.deep.equal(['+a']);
  });

  it('take the place of their own old connection when they come again', async () => {
    const old = await desk.joined({ instanceId: 'same' });
    const again = await desk.joined({ instanceId: 'same' });
    await eventually('the old connection is closed', () => old.closedBy);
    desk.slave('a');
    expect(await desk.told(again, 2)).to.deep.equal(['+a']);
    expect([desk.monitors.size, desk.monitors.has('same')]).to.deep.equal([1, true]);
  });

  it('are told what changed last and let go when the master ends, also one that is on its way in', async () => {
    const monitor = await desk.joined();
    const late = await FakeMonitor.listen();
    const connecting = desk.connect(late, 'n2');
    desk.slave('a');
    desk.monitors.release();
    await eventually('it is let go', () => monitor.closedBy);
    expect([monitor.closedBy, eventsOf(monitor)]).to.deep.equal(['ended by the peer', ['+a']]);
    await connecting;
    await eventually('the other one, too', () => late.closedBy);
    expect([desk.monitors.size, late.all(Tag.Slaves)]).to.deep.equal([0, []]);
  });
});
