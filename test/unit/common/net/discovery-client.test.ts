// A node's search for its master: real packets on loopback, the clock turned by hand.
import { expect } from 'chai';
import type { Log } from '../../../../src/common/log.ts';
import { openDatagramPort, type DatagramPort } from '../../../../src/common/net/datagram.ts';
import { DiscoveryClient, type DiscoveryOptions } from '../../../../src/common/net/discovery-client.ts';
import type {
  ConnectionAck,
  ConnectionResponse,
  DiscoveryMessage,
} from '../../../../src/common/protocol/discovery-messages.ts';
import type { MasterOffer, Source } from '../../../../src/common/protocol/handshake.ts';
import { decodePacket, encodePacket } from '../../../../src/common/protocol/packet.ts';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import { freeDiscoveryPort } from '../../../support/ports.ts';
import { eventually } from '../../../support/wait.ts';

const PORTS = [4001, 4002, 4003];

interface Heard {
  readonly message: DiscoveryMessage;
  readonly cluster: string;
  readonly source: Source;
  /** Address at which it was heard. */
  readonly at: string;
}

// Only Linux lets a socket be bound to a broadcast address, or to all of 127.0.0.0/8 unasked.
(process.platform === 'linux' ? describe : describe.skip)('a search for a master', () => {
  let clock: ManualClock;
  let port: number;
  let heard: Heard[];
  let offers: MasterOffer[];
  let log: { level: string; message: string; fields: Record<string, unknown> }[];
  let masters: Map<string, DatagramPort>;
  let client: DiscoveryClient;

  beforeEach(async () => {
    [clock, port, heard, offers, log, masters] = [
      new ManualClock(),
      await freeDiscoveryPort(),
      [],
      [],
      [],
      new Map<string, DatagramPort>(),
    ];
    for (const host of ['127.0.0.1', '127.255.255.255', '127.0.0.2']) {
      const onPacket = (bytes: Uint8Array, source: Source): void => {
        const packet = decodePacket(bytes);
        if (packet.ok) heard.push({ message: packet.message, cluster: packet.cluster, source, at: host });
      };
      masters.set(
        host,
        await openDatagramPort({ what: 'test', host, port, option: '', onPacket, onError: () => undefined }),
      );
    }
    client = search({});
  });

  afterEach(() => {
    client.close();
    for (const socket of masters.values()) socket.close();
  });

  function search(options: Partial<DiscoveryOptions>): DiscoveryClient {
    const at =
      (level: string) =>
      (fields: Record<string, unknown>, message: string): void =>
        void log.push({ level, message, fields });
    const common = { cluster: 'hall', discoveryPort: port, interfaces: ['lo'], master: undefined, instanceId: 'me' };
    let searches = 0;
    return new DiscoveryClient(
      {
        ...common,
        kind: 'slave',
        ports: PORTS,
        doctor: './lab doctor',
        onOffer: (offer) => offers.push(offer),
        ...options,
      },
      {
        log: { debug: at('debug'), info: at('info'), warn: at('warn') } as unknown as Log,
        clock,
        random: () => 0.5,
        newNonce: () => `nonce${++searches}`,
      },
    );
  }

  const requests = (): Heard[] => heard.filter(({ message }) => message.type === 'request');
  const connects = (): Heard[] => heard.filter(({ message }) => message.type === 'connect');
  const warnings = (): string[] => log.filter(({ level }) => level === 'warn').map(({ message }) => message);

  async function requested(count: number): Promise<Heard> {
    await eventually(`${count} requests`, () => requests().length >= count);
    expect(requests()).to.have.length(count);
    return requests().at(-1)!;
  }

  function answer(to: Heard, response: Partial<ConnectionResponse>, from = '127.0.0.1', cluster = 'hall'): void {
    const { nonce } = to.message as { nonce: string };
    const ack = { type: 'ack', nonce, masterId: 'm1', masterName: 'one', pollIntervalMs: 250 };
    masters
      .get(from)!
      .send(encodePacket(cluster, { ...ack, ...response } as ConnectionResponse), to.source.port, to.source.address);
  }

  const nak = { type: 'nak', masterName: 'two', reason: 'pool-full', detail: 'the pool is full: 4 slaves' } as const;

  it('broadcasts on the directed address of its interface, from its own', async () => {
    client.search();
    clock.advance(0);
    const { message, cluster, source, at } = await requested(1);
    expect(message).to.deep.equal({ type: 'request', nonce: 'nonce1', instanceId: 'me', kind: 'slave' });
    expect([cluster, source.address, at]).to.deep.equal(['hall', '127.0.0.1', '127.255.255.255']);
  });

  it('asks at 0, 1 and 2 s and then every 2 s, for ever, with one nonce', async () => {
    client.search();
    clock.advance(0);
    await requested(1);
    let count = 1;
    for (const waitMs of [1000, 1000, 2000, 2000, 2000, 2000, 2000, 2000]) {
      clock.advance(waitMs - 1);
      await new Promise((resolve) => setImmediate(resolve));
      expect(requests(), 'not too early').to.have.length(count);
      clock.advance(1);
      await requested(++count);
    }
    expect(new Set(requests().map(({ message }) => message.nonce))).to.deep.equal(new Set(['nonce1']));
  });

  it('asks one address when it is told which', async () => {
    client.close();
    client = search({ master: { address: '127.0.0.2', port } });
    client.search();
    clock.advance(0);
    expect((await requested(1)).at).to.equal('127.0.0.2');
  });

  it('answers the first ACK ten times with its ports, makes one offer, and asks no more', async () => {
    client.search();
    clock.advance(0);
    const request = await requested(1);
    answer(request, {});
    await eventually('ten acks', () => connects().length === 10);
    const wanted: ConnectionAck = { type: 'connect', nonce: 'nonce1', instanceId: 'me', ports: PORTS };
    for (const { message, at } of connects()) expect([message, at]).to.deep.equal([wanted, '127.0.0.1']);
    expect(offers).to.deep.equal([
      { masterId: 'm1', masterName: 'one', pollIntervalMs: 250, source: { address: '127.0.0.1', port } },
    ]);
    clock.advance(4999);
    answer(request, {});
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([requests().length, connects().length, offers.length]).to.deep.equal([1, 10, 1]);
  });

  it('warns of a second master by name, and stays with the first', async () => {
    client.search();
    clock.advance(0);
    const request = await requested(1);
    answer(request, {});
    await eventually('an offer', () => offers.length === 1);
    answer(request, { masterId: 'm2', masterName: 'two' }, '127.0.0.2');
    await eventually('a warning', () => warnings().length > 0);
    expect(log.at(-1)!.fields).to.include({ master: 'two', address: '127.0.0.2' });
    expect(warnings()[0]).to.contain('--cluster');
    expect([offers.length, connects().length]).to.deep.equal([1, 10]);
  });

  it('shows a refusal when the next round starts, once in a while, and goes on asking', async () => {
    client.search();
    clock.advance(0);
    for (let round = 1; round <= 4; round++) {
      answer(await requested(round), nak);
      await new Promise((resolve) => setTimeout(resolve, 20));
      clock.advance(2000);
    }
    expect(warnings()).to.deep.equal(['refused by a master']);
    expect(log.find(({ level }) => level === 'warn')!.fields).to.include({
      reason: 'pool-full',
      detail: 'the pool is full: 4 slaves',
      master: 'two',
    });
  });

  it('shows no refusal when another master says yes', async () => {
    client.search();
    clock.advance(0);
    const request = await requested(1);
    answer(request, nak, '127.0.0.2');
    answer(request, {});
    await eventually('an offer', () => offers.length === 1);
    clock.advance(4000);
    expect(warnings()).to.deep.equal([]);
  });

  it('ignores an ACK of another cluster, of another search, and what is no answer at all', async () => {
    client.search();
    clock.advance(0);
    const request = await requested(1);
    answer(request, {}, '127.0.0.1', 'elsewhere');
    answer(request, { nonce: 'old' });
    masters.get('127.0.0.1')!.send(Uint8Array.of(1, 2, 3), request.source.port, request.source.address);
    answer(request, { masterId: 'm3' });
    await eventually('an offer', () => offers.length > 0);
    expect(offers.map(({ masterId }) => masterId)).to.deep.equal(['m3']);
  });

  it('starts over with a new nonce when nobody dials for 5 s, and says what may be in the way', async () => {
    client.search();
    clock.advance(0);
    answer(await requested(1), {});
    await eventually('an offer', () => offers.length === 1);
    clock.advance(5250);
    clock.advance(0);
    const second = await requested(2);
    expect(second.message.nonce).to.equal('nonce2');
    expect(warnings()[0]).to.contain('firewall');
    answer(second, {});
    await eventually('another offer', () => offers.length === 2);
  });

  it('is over when the master has joined it', async () => {
    client.search();
    clock.advance(0);
    answer(await requested(1), {});
    await eventually('an offer', () => offers.length === 1);
    client.settle();
    clock.advance(60_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(requests()).to.have.length(1);
    expect(client.nonce).to.equal('nonce1');
  });

  it('sends nothing after it was closed', async () => {
    client.search();
    clock.advance(0);
    await requested(1);
    client.close();
    clock.advance(60_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(requests()).to.have.length(1);
  });
});
