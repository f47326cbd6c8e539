// The master's side of the UDP handshake, packet by packet: who gets a place, who is told no and why, and that slaves and monitors do
// not take each other's places.
import { expect } from 'chai';
import type { ConnectionAck, NodeKind } from '../../../../src/common/protocol/discovery-messages.ts';
import { decodePacket, encodePacket } from '../../../../src/common/protocol/packet.ts';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import { newDiscoveryCounters, type DiscoveryCounters } from '../../../../src/master/membership/discovery-counters.ts';
import { DiscoveryResponder, type Admittance } from '../../../../src/master/membership/discovery-responder.ts';
import { RESERVATION_MS, Reservations } from '../../../../src/master/membership/reservations.ts';

const SOURCE = { address: '10.0.0.9', port: 4000 };

describe('a discovery responder', () => {
  let clock: ManualClock;
  let counters: DiscoveryCounters;
  let members: Record<NodeKind, Set<string>>;
  let dialled: string[];
  let isDraining: boolean;
  let responder: DiscoveryResponder;

  beforeEach(() => {
    [clock, counters, dialled, isDraining] = [new ManualClock(), newDiscoveryCounters(), [], false];
    members = { slave: new Set(), monitor: new Set() };
    const admittance = (kind: NodeKind): Admittance => ({
      placesMax: 2,
      fullSentence: `no place for a ${kind}`,
      members: members[kind],
      reservations: new Reservations(),
      connect: ({ instanceId, ports }: ConnectionAck, address) =>
        void dialled.push(`${kind} ${instanceId} ${address}:${ports.join()}`),
    });
    responder = new DiscoveryResponder({
      ...{ cluster: 'hall', masterId: 'm1', masterName: 'one', pollIntervalMs: 250, clock, counters },
      admit: { slave: admittance('slave'), monitor: admittance('monitor') },
      isDraining: () => isDraining,
    });
  });

  /** Asks for a place; what is answered, in a word, and the sentence of a NAK. */
  function ask(kind: NodeKind, instanceId: string, { cluster = 'hall', major = 1 } = {}): string {
    let answered = 'nothing';
    const request = encodePacket(
      cluster,
      { type: 'request', nonce: `n-${instanceId}`, instanceId, kind },
      { major, minor: 0 },
    );
    responder.receive(request, SOURCE, (bytes) => {
      const packet = decodePacket(bytes);
      if (!packet.ok) throw new Error(packet.fault);
      const { message } = packet;
      answered = message.type === 'nak' ? `${message.reason}: ${message.detail}` : message.type;
    });
    return answered;
  }

  function connect(instanceId: string, ports = [5000], nonce = `n-${instanceId}`): void {
    const packet = encodePacket('hall', { type: 'connect', nonce, instanceId, ports });
    responder.receive(packet, SOURCE, () => expect.fail('a ConnectionAck is not answered'));
  }

  for (const kind of ['slave', 'monitor'] as const) {
    const other = kind === 'slave' ? 'monitor' : 'slave';

    describe(`asked by a ${kind}`, () => {
      it('promises a place and dials the first of its ten ConnectionAcks', () => {
        expect(ask(kind, 'a')).to.equal('ack');
        for (let i = 0; i < 10; i++) connect('a');
        expect(dialled).to.deep.equal([`${kind} a 10.0.0.9:5000`]);
        expect([counters.request, counters.ack, counters.connect, counters.unexpected]).to.deep.equal([1, 1, 10, 0]);
      });

      it('says so when all places are taken or promised, in a sentence for this kind', () => {
        members[kind].add('a');
        expect(ask(kind, 'b')).to.equal('ack');
        expect(ask(kind, 'c')).to.equal(`pool-full: no place for a ${kind}`);
        expect(counters.nak).to.equal(1);
        clock.advance(RESERVATION_MS);
        expect(ask(kind, 'c')).to.equal('ack');
      });

      it(`has places left however many ${other}s there are, promised or come`, () => {
        for (const id of ['x', 'y']) members[other].add(id);
        expect(ask(other, 'z')).to.contain('pool-full');
        for (const id of ['a', 'b']) expect(ask(kind, id)).to.equal('ack');
        members[other].clear();
        for (const id of ['x', 'y']) expect(ask(other, id)).to.equal('ack');
      });

      it('lets one that is there come again when all places are taken', () => {
        for (const id of ['a', 'b']) members[kind].add(id);
        expect(ask(kind, 'b')).to.equal('ack');
      });

      it('says no when the master shuts down, to another cluster, and to another version', () => {
        expect(ask(kind, 'a', { cluster: 'room' })).to.match(/^wrong-cluster: the master's cluster is hall/);
        expect(ask(kind, 'a', { major: 2 })).to.match(/^wrong-version: the master speaks version 1/);
        isDraining = true;
        expect(ask(kind, 'a')).to.equal('draining: the master is shutting down');
        connect('a');
        expect([dialled, counters['wrong-cluster'], counters['wrong-version']]).to.deep.equal([[], 1, 1]);
      });
    });
  }

  it('dials each as what it asked as, also when one address has both', () => {
    expect([ask('slave', 'a'), ask('monitor', 'b')]).to.deep.equal(['ack', 'ack']);
    connect('b');
    connect('a', [1, 2, 3]);
    expect(dialled).to.deep.equal(['monitor b 10.0.0.9:5000', 'slave a 10.0.0.9:1,2,3']);
  });

  it('dials nobody without a promise, and counts it', () => {
    connect('a');
    ask('monitor', 'a');
    connect('b', [5000], 'n-a');
    expect([dialled, counters.unexpected, counters.connect]).to.deep.equal([[], 2, 0]);
  });
});
