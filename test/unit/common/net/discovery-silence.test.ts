// What a node says when no master answers: real packets on loopback, the clock turned by hand.
import { expect } from 'chai';
import type { Log } from '../../../../src/common/log.ts';
import { openDatagramPort, type DatagramPort } from '../../../../src/common/net/datagram.ts';
import { DiscoveryClient, type DiscoveryOptions } from '../../../../src/common/net/discovery-client.ts';
import type { ConnectionResponse } from '../../../../src/common/protocol/discovery-messages.ts';
import type { Source } from '../../../../src/common/protocol/handshake.ts';
import { decodePacket, encodePacket } from '../../../../src/common/protocol/packet.ts';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import { freeDiscoveryPort } from '../../../support/ports.ts';
import { eventually } from '../../../support/wait.ts';

// Only Linux lets a socket be bound to a broadcast address.
(process.platform === 'linux' ? describe : describe.skip)('a search that nobody answers', () => {
  let clock: ManualClock;
  let port: number;
  let requests: { readonly nonce: string; readonly source: Source }[];
  let offers: number;
  let silences: Record<string, unknown>[];
  let master: DatagramPort;
  let client: DiscoveryClient;

  beforeEach(async () => {
    [clock, port, requests, offers, silences] = [new ManualClock(), await freeDiscoveryPort(), [], 0, []];
    const onPacket = (bytes: Uint8Array, source: Source): void => {
      const packet = decodePacket(bytes);
      if (packet.ok && packet.message.type === 'request') requests.push({ nonce: packet.message.nonce, source });
    };
    const host = '127.255.255.255';
    master = await openDatagramPort({ what: 'test', host, port, option: '', onPacket, onError: () => undefined });
    client = search({});
  });

  afterEach(() => {
    client.close();
    master.close();
  });

  function search(options: Partial<DiscoveryOptions>): DiscoveryClient {
    const warn = (fields: Record<string, unknown>, message: string): void => {
      if (message === 'no master has answered; the doctor says why') silences.push(fields);
    };
    const none = (): undefined => undefined;
    const common = { cluster: 'hall', discoveryPort: port, interfaces: ['lo'], master: undefined, instanceId: 'me' };
    return new DiscoveryClient(
      { ...common, kind: 'slave', ports: [1, 2, 3], doctor: './lab doctor', onOffer: () => offers++, ...options },
      { log: { debug: none, info: none, warn } as unknown as Log, clock, random: () => 0.5, newNonce: () => 'nonce' },
    );
  }

  /** Begins to search; the first request has come. */
  async function begin(): Promise<void> {
    const before = requests.length;
    client.search();
    clock.advance(0);
    await eventually('a request', () => requests.length > before);
  }

  /** Lets the search go on for so long, request by request. */
  async function silent(forMs: number): Promise<void> {
    for (const endMs = clock.nowMs() + forMs; clock.nowMs() < endMs;) {
      const before = requests.length;
      clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
      if (clock.nowMs() % 2000 === 0) await eventually('a request', () => requests.length > before);
    }
  }

  function answer(response: Partial<ConnectionResponse>): void {
    const { nonce, source } = requests.at(-1)!;
    const ack = { type: 'ack', nonce, masterId: 'm1', masterName: 'one', pollIntervalMs: 250 };
    master.send(encodePacket('hall', { ...ack, ...response } as ConnectionResponse), source.port, source.address);
  }

  it('says after 10 s what it asked and which command tells more, and again after three minutes', async () => {
    await begin();
    await silent(9000);
    expect(silences).to.deep.equal([]);
    await silent(1000);
    const wanted = { cluster: 'hall', asked: ['lo 127.255.255.255'], port, silentS: 10, doctor: './lab doctor' };
    expect(silences).to.deep.equal([wanted]);
    await silent(170_000);
    expect(silences).to.have.length(1);
    await silent(10_000);
    expect(silences).to.have.length(2);
  });

  it('names the address that it was told to ask', async () => {
    client.close();
    client = search({ master: { address: '127.255.255.255', port } });
    await begin();
    await silent(10_000);
    expect(silences[0]).to.deep.include({ asked: ['--master 127.255.255.255'] });
  });

  it('says nothing while masters refuse it, which is shown', async () => {
    const nak = { type: 'nak', masterName: 'two', reason: 'pool-full', detail: 'the pool is full' } as const;
    await begin();
    await silent(8000);
    // Only who hears the answer looks at the clock: it stands still.
    const nowMs = clock.nowMs.bind(clock);
    const heard = new Promise<void>((resolve) => {
      clock.nowMs = () => (resolve(), nowMs());
    });
    answer(nak);
    await heard;
    await silent(8000);
    expect(silences).to.deep.equal([]);
    await silent(4000);
    expect(silences).to.have.length(1);
  });

  it('takes a master that answers and does not connect for an answer', async () => {
    await begin();
    await silent(8000);
    answer({});
    await eventually('an offer', () => offers === 1);
    const before = requests.length;
    clock.advance(5250);
    clock.advance(0);
    await eventually('a request', () => requests.length > before);
    clock.advance(750);
    await silent(6000);
    expect(silences).to.deep.equal([]);
  });

  it('counts from the loss of its master, not from before', async () => {
    await begin();
    await silent(8000);
    answer({});
    await eventually('an offer', () => offers === 1);
    client.settle();
    clock.advance(60_000);
    await begin();
    await silent(8000);
    expect(silences).to.deep.equal([]);
    await silent(4000);
    expect(silences).to.have.length(1);
  });
});
