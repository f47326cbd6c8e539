// Discovery packets: each message survives, and whatever is wrong with a packet is named, since the master counts it by kind.
import { expect } from 'chai';
import fc from 'fast-check';
import { encode } from '../../../../src/common/protocol/codec.ts';
import type { DiscoveryMessage } from '../../../../src/common/protocol/discovery-messages.ts';
import { decodePacket, encodePacket, PACKET_BYTES_MAX } from '../../../../src/common/protocol/packet.ts';
import { negotiate, PROTOCOL_VERSION } from '../../../../src/common/protocol/version.ts';

const NONCE = 'ab'.repeat(16);
const MESSAGES: readonly DiscoveryMessage[] = [
  { type: 'request', nonce: NONCE, instanceId: '0123456789abcdef', kind: 'slave' },
  { type: 'request', nonce: NONCE, instanceId: '0123456789abcdef', kind: 'monitor' },
  { type: 'ack', nonce: NONCE, masterId: 'beef', masterName: 'hall-1 (beef)', pollIntervalMs: 1000 },
  { type: 'ack', nonce: NONCE, masterId: 'beef', masterName: 'hall-1 (beef)', pollIntervalMs: 0.5 },
  { type: 'nak', nonce: NONCE, masterName: 'hall-1', reason: 'pool-full', detail: 'the pool is full: 4 slaves' },
  { type: 'connect', nonce: NONCE, instanceId: '0123456789abcdef', ports: [1, 40_000, 65_535] },
  { type: 'connect', nonce: NONCE, instanceId: '0123456789abcdef', ports: [] },
];
const MAGIC = [0x4c, 0x4e, 0x59, 0x44];

const packetOf = (...fields: unknown[]): Uint8Array => Uint8Array.of(...MAGIC, 1, 0, ...encode(fields));

describe('a discovery packet', () => {
  for (const message of MESSAGES) {
    it(`carries ${JSON.stringify(message).slice(0, 60)}`, () => {
      const packet = encodePacket('hall', message);
      expect(decodePacket(packet)).to.deep.equal({ ok: true, version: PROTOCOL_VERSION, cluster: 'hall', message });
      expect(packet.length).to.be.below(300);
    });
  }

  it('stays within its size with every field at its longest', () => {
    const long: DiscoveryMessage = {
      type: 'nak',
      nonce: 'n'.repeat(64),
      masterName: 'm'.repeat(128),
      reason: 'wrong-version',
      detail: 'd'.repeat(400),
    };
    const packet = encodePacket('c'.repeat(64), long);
    expect(packet.length).to.be.at.most(PACKET_BYTES_MAX);
    expect(decodePacket(packet).ok).to.equal(true);
  });

  it('is truncated when cut off at any length', () => {
    for (const message of MESSAGES) {
      const whole = encodePacket('hall', message);
      for (let length = 0; length < whole.length; length++) {
        const packet = decodePacket(whole.subarray(0, length));
        expect(packet, `${message.type}, ${length} of ${whole.length}`).to.deep.equal({
          ok: false,
          fault: 'truncated',
        });
      }
    }
  });

  it('is oversized beyond 1400 bytes, whatever it holds', () => {
    const whole = encodePacket('hall', MESSAGES[0]!);
    for (const length of [PACKET_BYTES_MAX + 1, 65_507]) {
      const packet = new Uint8Array(length);
      packet.set(whole);
      expect(decodePacket(packet)).to.deep.equal({ ok: false, fault: 'oversized' });
      expect(decodePacket(new Uint8Array(length))).to.deep.equal({ ok: false, fault: 'oversized' });
    }
    const justFits = new Uint8Array(PACKET_BYTES_MAX);
    justFits.set(whole);
    expect(decodePacket(justFits)).to.deep.equal({ ok: false, fault: 'malformed' });
  });

  it('is foreign when it begins otherwise, even when it is short', () => {
    for (const bytes of [
      [0x00],
      [0x4c, 0x4e, 0x59],
      [0x4c, 0x4e, 0x58],
      [...MAGIC].reverse(),
      [0x16, 0x03, 0x01, 0x02, 0x00, 0x01],
    ]) {
      const wanted = MAGIC.every((byte, i) => i >= bytes.length || bytes[i] === byte) ? 'truncated' : 'foreign';
      expect(decodePacket(Uint8Array.from(bytes))).to.deep.equal({ ok: false, fault: wanted });
    }
    const flipped = encodePacket('hall', MESSAGES[0]!);
    for (let i = 0; i < MAGIC.length; i++) {
      const packet = flipped.slice();
      packet[i]! ^= 1;
      expect(decodePacket(packet)).to.deep.equal({ ok: false, fault: 'foreign' });
    }
  });

  it('is malformed when its fields are not those of a message', () => {
    const long = 'x'.repeat(65);
    const bad: Uint8Array[] = [
      packetOf(),
      packetOf('hall'),
      packetOf('hall', 0, NONCE, 'id', 'slave'),
      packetOf('hall', 5, NONCE, 'id', 'slave'),
      packetOf('hall', '1', NONCE, 'id', 'slave'),
      packetOf('hall', 1, NONCE, 'id'),
      packetOf('hall', 1, NONCE, 'id', 'master'),
      packetOf('hall', 1, NONCE, 'id', 'constructor'),
      packetOf('hall', 1, 7, 'id', 'slave'),
      packetOf('hall', 1, long, 'id', 'slave'),
      packetOf('hall', 1, NONCE, long, 'slave'),
      packetOf(long, 1, NONCE, 'id', 'slave'),
      packetOf(7, 1, NONCE, 'id', 'slave'),
      packetOf('hall', 2, NONCE, 'id', 'name', -1),
      packetOf('hall', 2, NONCE, 'id', 'name', Number.NaN),
      packetOf('hall', 2, NONCE, 'id', 'x'.repeat(129), 1000),
      packetOf('hall', 3, NONCE, 'name', 'no-reason', 'detail'),
      packetOf('hall', 3, NONCE, 'name', 'pool-full', 'x'.repeat(401)),
      packetOf('hall', 4, NONCE, 'id', [1, 2, 3, 4]),
      packetOf('hall', 4, NONCE, 'id', [0]),
      packetOf('hall', 4, NONCE, 'id', [65_536]),
      packetOf('hall', 4, NONCE, 'id', [80.5]),
      packetOf('hall', 4, NONCE, 'id', '80'),
      Uint8Array.of(...MAGIC, 1, 0, ...encode({ cluster: 'hall' })),
      Uint8Array.of(...MAGIC, 1, 0, ...encode('hall')),
      Uint8Array.of(...MAGIC, 1, 0, 0xc1),
      Uint8Array.of(...encodePacket('hall', MESSAGES[0]!), 0),
    ];
    for (const packet of bad) {
      expect(decodePacket(packet), Buffer.from(packet).toString('latin1')).to.deep.equal({
        ok: false,
        fault: 'malformed',
      });
    }
  });

  it('of a newer minor version may have further fields', () => {
    const packet = decodePacket(packetOf('hall', 1, NONCE, 'id', 'slave', 'something new'));
    expect(packet.ok && packet.message).to.deep.equal({
      type: 'request',
      nonce: NONCE,
      instanceId: 'id',
      kind: 'slave',
    });
  });

  it('tells cluster and version apart, for the caller to judge', () => {
    const packet = decodePacket(encodePacket('other', MESSAGES[0]!, { major: 9, minor: 3 }));
    expect(packet).to.deep.include({ ok: true, cluster: 'other', version: { major: 9, minor: 3 } });
  });

  it('is read without throwing, however random, with or without the right beginning', () => {
    const faults = new Set<string>();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), fc.boolean(), (bytes, withMagic) => {
        const packet = decodePacket(withMagic ? Uint8Array.of(...MAGIC, 1, 0, ...bytes) : bytes);
        if (!packet.ok) faults.add(packet.fault);
        expect(packet.ok).to.equal(false);
      }),
      { numRuns: 2000 },
    );
    expect(faults).to.include('foreign').and.to.include('malformed');
  });
});

describe('protocol versions', () => {
  it('talk to each other when the major is the same, in the lower minor', () => {
    expect(negotiate({ major: 1, minor: 4 }, { major: 1, minor: 2 })).to.deep.equal({ major: 1, minor: 2 });
    expect(negotiate({ major: 1, minor: 2 }, { major: 1, minor: 4 })).to.deep.equal({ major: 1, minor: 2 });
    expect(negotiate({ major: 1, minor: 0 }, { major: 2, minor: 0 })).to.equal(undefined);
  });
});
