// Rubbish at every port of a working cluster: it costs its own packet or connection, is counted by kind, and nobody's answer.
import { createSocket } from 'node:dgram';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { startCluster, stopAll, type Cluster, type SlaveView } from '../support/cluster.ts';
import { inParallel } from '../support/http.ts';
import { fibonacci } from '../support/reference.ts';
import { bytes, integer, seeded } from '../support/seed.ts';
import { eventually } from '../support/wait.ts';
import { encode } from '../../src/common/protocol/codec.ts';
import { encodeBatch } from '../../src/common/protocol/framing.ts';
import { Tag } from '../../src/common/protocol/messages.ts';
import { encodePacket } from '../../src/common/protocol/packet.ts';
import type { Random } from '../../src/common/random/random.ts';

const PACKETS = 10_000;
/** Few enough for a socket's buffer: the next ones are sent when these are counted. */
const PACKETS_AT_ONCE = 100;
const STREAMS = 1000;
const STREAMS_AT_ONCE = 20;
const STREAM_MS_MAX = 30;
const ERROR_LEVEL = 50;

const MAGIC = Uint8Array.of(0x4c, 0x4e, 0x59, 0x44, 1, 0);
const REQUEST = { type: 'request', nonce: 'n', instanceId: 'i', kind: 'slave' } as const;
const ACK = { type: 'ack', nonce: 'n', masterId: 'm', masterName: 'm', pollIntervalMs: 1000 } as const;
const CONNECT = { type: 'connect', nonce: 'nobody-asked', instanceId: 'i', ports: [1, 2, 3] } as const;

type Kind = 'foreign' | 'oversized' | 'truncated' | 'malformed' | 'wrong-cluster' | 'wrong-version' | 'unexpected';
const KINDS: readonly Kind[] = [
  'foreign',
  'oversized',
  'truncated',
  'malformed',
  'wrong-cluster',
  'wrong-version',
  'unexpected',
];

const NO_MESSAGES = [
  7,
  'text',
  null,
  {},
  [],
  [7],
  [[]],
  [['1']],
  [[1]],
  [[7, null]],
  [[2, {}]],
  [[999]],
  [{ 0: 1 }],
  [[1.5]],
];

/** A packet that must be counted as `kind`. */
function packetOf(kind: Kind, random: Random): Uint8Array {
  switch (kind) {
    case 'foreign':
      return Uint8Array.of(integer(random, 0, 0x4b), ...bytes(random, integer(random, 0, 1300)));
    case 'oversized':
      return Uint8Array.of(...MAGIC, ...bytes(random, integer(random, 1395, 3000)));
    case 'truncated': {
      const whole = encodePacket('lanyard', REQUEST);
      return whole.subarray(0, integer(random, 1, whole.length - 1));
    }
    case 'malformed': {
      // An integer, or a list that is no message; whatever follows is left over.
      const first = integer(random, 0, 1) === 0 ? integer(random, 0, 0x7f) : 0x90;
      return Uint8Array.of(...MAGIC, first, ...bytes(random, integer(random, 1, 1000)));
    }
    case 'wrong-cluster':
      return encodePacket('elsewhere', REQUEST);
    case 'wrong-version':
      return encodePacket('lanyard', REQUEST, { major: integer(random, 2, 255), minor: 0 });
    case 'unexpected':
      return encodePacket('lanyard', integer(random, 0, 1) === 0 ? ACK : CONNECT);
  }
}

/** The first bytes of a stream, from pure noise to what almost passes. */
function streamOf(random: Random): Uint8Array {
  const noise = bytes(random, integer(random, 0, 2000));
  switch (integer(random, 0, 6)) {
    case 0:
      return Uint8Array.of(0, 0, integer(random, 0, 8), integer(random, 0, 255), ...noise);
    case 1:
      return Uint8Array.of(0xff, 0xff, 0xff, 0xff, ...noise);
    case 2:
      return encodeBatch([[Tag.Hello, integer(random, 0, 2), 'guessed', 'm', 1, 1, 0]]).frames[0]!;
    case 3:
      return encodeBatch([[Tag.Task, 'm-1', 1, 'burn', { ms: 60_000 }, 1, 0]]).frames[0]!;
    case 4: {
      // A frame of proper length and contents that are no messages.
      const body = encode(NO_MESSAGES[integer(random, 0, NO_MESSAGES.length - 1)]);
      return Buffer.concat([Uint8Array.of(0, 0, body.length >> 8, body.length & 255), body]);
    }
    case 5:
      return Buffer.concat([Buffer.from('GET /metrics HTTP/1.1\r\nHost: '), noise]);
    default:
      return noise;
  }
}

/** Connects, writes, and goes away when the other side closes or after a moment. */
function stream(port: number, data: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.setTimeout(STREAM_MS_MAX, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
    socket.write(data);
  });
}

describe('while requests go on being answered', () => {
  let cluster: Cluster;
  let before: SlaveView[];
  const agent = new Agent({ keepAlive: true });

  beforeEach(async () => {
    cluster = await startCluster();
    before = await cluster.master.slaves();
  });
  afterEach(stopAll);
  after(() => agent.destroy());

  /** Asks for tasks and checks the answers until `rubbish` is over; then everything must be as before. */
  async function survives(rubbish: () => Promise<void>): Promise<void> {
    const { master, slaves } = cluster;
    let over = false;
    const requests = inParallel(8, 8, async () => {
      for (let n = 0; !over; n++) {
        const { status, body } = await master.get(`/task?type=fib&n=${n % 1000}`, { agent });
        expect([status, body]).to.deep.equal([200, fibonacci(n % 1000).toString()]);
      }
    });
    await Promise.all([requests, rubbish().finally(() => (over = true))]);
    const identity = ({ id, name, address }: SlaveView): string[] => [id, name, address];
    const after = await master.members(2);
    expect(after.map(identity), 'the same members, never gone').to.deep.equal(before.map(identity));
    for (const node of [master, ...slaves]) {
      expect(node.exit).to.equal(undefined);
      expect(node.logs.filter(({ level }) => level >= ERROR_LEVEL)).to.deep.equal([]);
    }
    expect(master.logs.filter(({ msg }) => msg === 'slave changed')).to.deep.equal([]);
    const metrics = await master.metrics();
    expect(metrics.sum('lanyard_tasks_ended_total', { state: 'failed' })).to.equal(0);
    expect(metrics.sum('lanyard_members', { state: 'ready' })).to.equal(2);
  }

  it('10 000 random packets at the discovery port are dropped and counted by kind', () =>
    seeded((random) =>
      survives(async () => {
        const { master } = cluster;
        const socket = createSocket('udp4');
        const sent = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
        for (let i = 1; i <= PACKETS; i++) {
          const kind = KINDS[integer(random, 0, KINDS.length - 1)]!;
          sent[kind]++;
          socket.send(packetOf(kind, random), master.discoveryPort, '127.0.0.1');
          if (i % PACKETS_AT_ONCE === 0)
            await eventually(`${i} packets are counted`, async () => (await counted()).total === i);
        }
        socket.close();
        expect((await counted()).byKind).to.deep.equal(sent);

        async function counted(): Promise<{ byKind: Record<string, number>; total: number }> {
          const metrics = await master.metrics();
          const byKind = Object.fromEntries(
            KINDS.map((kind) => [kind, metrics.sum('lanyard_discovery_packets_total', { kind })]),
          );
          return { byKind, total: Object.values(byKind).reduce((sum, count) => sum + count, 0) };
        }
      }),
    ));

  it('1000 random streams at every TCP port cost nothing but themselves', () =>
    seeded((random) =>
      survives(async () => {
        const { master, slaves } = cluster;
        const ports = [
          Number(new URL(master.url).port),
          ...slaves.flatMap((slave) => [...slave.ports, slave.metricsPort]),
        ];
        expect(ports).to.have.length(9);
        await inParallel(STREAMS * ports.length, STREAMS_AT_ONCE, (i) =>
          stream(ports[i % ports.length]!, streamOf(random)),
        );
        expect((await slaves[0]!.metrics()).sum('lanyard_tasks_completed_total', { type: 'burn' })).to.equal(0);
      }),
    ));
});
