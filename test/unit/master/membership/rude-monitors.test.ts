// Monitors that misbehave cost their own connection: they flood, talk nonsense, never read, or say nothing.
import { expect } from 'chai';
import { encodeBatch } from '../../../../src/common/protocol/framing.ts';
import { MONITOR_ROLE, Tag, type Message } from '../../../../src/common/protocol/messages.ts';
import { MONITOR_SILENT_MS } from '../../../../src/common/protocol/monitor-link.ts';
import { closeFakeMonitors, FakeMonitor } from '../../../support/fake-monitor.ts';
import { MonitorsDesk } from '../../../support/monitors-desk.ts';
import { profileOf } from '../../../support/pool-twin.ts';
import { eventually } from '../../../support/wait.ts';

describe('monitors that misbehave', () => {
  let desk: MonitorsDesk;
  beforeEach(() => (desk = new MonitorsDesk()));
  afterEach(closeFakeMonitors);

  it('are cut off when they have not asked for a minute, and not before', async () => {
    const monitor = await desk.joined();
    desk.clock.advance(MONITOR_SILENT_MS - 1);
    monitor.send([Tag.SlavesRequest, 2]);
    await desk.listed(monitor, 2);
    desk.clock.advance(MONITOR_SILENT_MS - 1);
    monitor.send([Tag.SlavesRequest, 3]);
    await desk.listed(monitor, 3);
    desk.clock.advance(MONITOR_SILENT_MS);
    await desk.cutOff(monitor, 'does not ask any more');
  });

  it('may ask ten times a second, and not eleven times', async () => {
    const monitor = await desk.joined();
    for (let second = 0; second < 3; second++) {
      for (let i = 1; i <= (second === 0 ? 9 : 10); i++) {
        monitor.send([Tag.SlavesRequest, 1 + second * 10 + i]);
        await desk.listed(monitor, 1 + second * 10 + i);
      }
      desk.clock.advance(1000);
    }
    expect(desk.monitors.size).to.equal(1);
    for (let i = 0; i < 11; i++) monitor.send([Tag.SlavesRequest, 100 + i]);
    await desk.cutOff(monitor, 'more than 10 times a second');
  });

  const nonsense: [what: string, message: Message][] = [
    ['a slave’s message', [Tag.Leave]],
    ['a task', [Tag.Task, 'm1-1', 1, 'fib', {}, 1, 0]],
    ['a hello', [Tag.Hello, MONITOR_ROLE, 'n1', 'm1', 1, 1, 1]],
    ['what only masters say', [Tag.SlaveLeft, 'a', 'because']],
  ];
  for (const [what, message] of nonsense) {
    it(`are cut off when they say anything but the one thing: ${what}`, async () => {
      const [monitor, other] = [await desk.joined(), await desk.joined()];
      monitor.send(message);
      await desk.cutOff(monitor, `unexpected message ${message[0]}`);
      expect(await desk.told(other, 2)).to.deep.equal([]);
    });

    it(`are not served when that is the first that they say: ${what}`, async () => {
      const monitor = await FakeMonitor.listen({ first: message });
      await desk.connect(monitor);
      await eventually('its connection is closed', () => monitor.closedBy);
      expect([desk.monitors.size, desk.logged.at(-1)!.message]).to.deep.equal([0, 'a monitor could not connect']);
      expect(desk.logged.at(-1)!.fields['problem']).to.equal(`unexpected message ${message[0]}`);
    });
  }

  it('are cut off for bytes that are no messages, and for frames larger than any request', async () => {
    for (const [bytes, reason] of [
      [Uint8Array.of(0, 0, 0, 1, 0xc1), 'malformed frame'],
      [Uint8Array.of(0, 0, 4, 1), 'frame over 1024 bytes'],
    ] as const) {
      const monitor = await desk.joined();
      monitor.write(bytes);
      await desk.cutOff(monitor, reason);
    }
  });

  it('are cut off when they send more than any requests would take, though it says nothing', async () => {
    const empty = Buffer.concat(Array.from({ length: 4000 }, () => Uint8Array.of(0, 0, 0, 1, 0x90)));
    const monitor = await desk.joined();
    monitor.write(empty);
    await desk.cutOff(monitor, 'sends too much');
    const first = await FakeMonitor.listen({ first: empty });
    await desk.connect(first);
    expect([desk.monitors.size, desk.logged.at(-1)!.fields['problem']]).to.deep.equal([0, 'the node says too much']);
  });

  it('are cut off when they ask again and again and never read', async () => {
    const labels = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`label${i}`, 'x'.repeat(256)]));
    for (let i = 0; i < 1000; i++) desk.pool.join({ ...profileOf(`s${i}`, 1), address: '10.0.0.1:1', labels }, [], 0);
    const monitor = await desk.joined();
    monitor.socket!.pause();
    for (let i = 2; desk.left.length === 0 && i < 12; i++) {
      monitor.write(encodeBatch([[Tag.SlavesRequest, i]]).frames[0]!);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(desk.left).to.deep.equal(['it asks but does not read']);
  });

  it('that name no port, or a port where nobody is, are not served, and their promise is given back', async () => {
    const gone = await FakeMonitor.listen();
    gone.close();
    for (const ports of [[], [gone.port]]) {
      desk.reservations.reserve('n9', 'x', 0);
      desk.reservations.claim('n9', 'x', 0);
      await desk.monitors.connect({ type: 'connect', nonce: 'n9', instanceId: 'x', ports }, '127.0.0.1');
      expect(desk.reservations.othersThan('y', 0)).to.equal(0);
    }
    expect(desk.logged.map(({ fields }) => fields['problem'])).to.deep.equal([
      'the node named 0 ports, expected 1',
      `connect ECONNREFUSED 127.0.0.1:${gone.port}`,
    ]);
  });

  it('that say nothing in time are not served', async () => {
    const silent = await FakeMonitor.listen({ first: new Uint8Array() });
    const connecting = desk.connect(silent);
    await eventually('it is greeted', () => silent.all(Tag.Hello).length === 1);
    desk.clock.advance(5000);
    await connecting;
    expect([desk.monitors.size, desk.logged.at(-1)!.fields['problem']]).to.deep.equal([
      0,
      'no complete connection within 5000 ms',
    ]);
  });
});
