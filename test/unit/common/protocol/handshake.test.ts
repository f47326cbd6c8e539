// The node's side of the handshake, without sockets: whose answer counts, and when it asks again.
import { expect } from 'chai';
import {
  judgeResponse,
  requestDelayMs,
  type Handshake,
  type Verdict,
} from '../../../../src/common/protocol/handshake.ts';
import { isForeignTaskId, taskId } from '../../../../src/common/protocol/task-ids.ts';
import { seededRandom } from '../../../../src/common/random/random.ts';

const SOURCE = { address: '10.0.0.1', port: 3000 };
const OTHER = { address: '10.0.0.2', port: 3000 };
const SEARCHING: Handshake = { state: 'searching', nonce: 'mine' };
const ACK = { type: 'ack', nonce: 'mine', masterId: 'm1', masterName: 'one', pollIntervalMs: 500 } as const;
const SECOND_ACK = { ...ACK, masterId: 'm2', masterName: 'two' } as const;
const NAK = { type: 'nak', nonce: 'mine', masterName: 'one', reason: 'pool-full', detail: 'full' } as const;

function accepted(verdict: Verdict): Handshake {
  if (verdict.kind !== 'accepted') throw new Error(`expected an accepted handshake, got ${verdict.kind}`);
  return verdict.handshake;
}

describe('a handshake', () => {
  it('accepts the first ACK of its nonce, with where it came from', () => {
    const offer = { masterId: 'm1', masterName: 'one', pollIntervalMs: 500, source: SOURCE };
    const handshake = { state: 'acknowledged', nonce: 'mine', offer };
    expect(judgeResponse(SEARCHING, ACK, SOURCE)).to.deep.equal({ kind: 'accepted', offer, handshake });
  });

  it('ignores answers to another nonce', () => {
    expect(judgeResponse(SEARCHING, { ...ACK, nonce: 'old' }, SOURCE).kind).to.equal('ignored');
    expect(judgeResponse(SEARCHING, { ...NAK, nonce: 'old' }, SOURCE).kind).to.equal('ignored');
  });

  it('ignores further ACKs of the same master, which heard it on two interfaces', () => {
    const handshake = accepted(judgeResponse(SEARCHING, ACK, SOURCE));
    expect(judgeResponse(handshake, ACK, OTHER).kind).to.equal('ignored');
  });

  it('names a second master', () => {
    const handshake = accepted(judgeResponse(SEARCHING, ACK, SOURCE));
    const second = { kind: 'second-master', masterName: 'two', source: OTHER };
    expect(judgeResponse(handshake, SECOND_ACK, OTHER)).to.deep.equal(second);
  });

  it('is refused by a NAK with its reason, and goes on searching', () => {
    const refusal = { reason: 'pool-full', masterName: 'one', detail: 'full', source: SOURCE };
    expect(judgeResponse(SEARCHING, NAK, SOURCE)).to.deep.equal({ kind: 'refused', refusal });
    expect(judgeResponse(SEARCHING, SECOND_ACK, OTHER).kind, 'another master may still say yes').to.equal('accepted');
  });

  it('ignores a NAK after an ACK', () => {
    const handshake = accepted(judgeResponse(SEARCHING, ACK, SOURCE));
    expect(judgeResponse(handshake, NAK, OTHER).kind).to.equal('ignored');
  });
});

describe('requests', () => {
  it('go out at once, after one second twice, then every two seconds, each wait ±20 %', () => {
    const means = [0, 1000, 1000, 2000, 2000, 2000];
    means.forEach((mean, sent) => {
      expect(requestDelayMs(sent, () => 0)).to.be.closeTo(mean * 0.8, 1e-9);
      expect(requestDelayMs(sent, () => 0.5)).to.be.closeTo(mean, 1e-9);
      expect(requestDelayMs(sent, () => 1)).to.be.closeTo(mean * 1.2, 1e-9);
    });
    expect(requestDelayMs(1_000_000, () => 0.5)).to.be.closeTo(2000, 1e-9);
  });

  it('of many machines that start together spread out', () => {
    const random = seededRandom(7);
    const delays = Array.from({ length: 1000 }, () => requestDelayMs(5, random)).sort((a, b) => a - b);
    expect(delays[0]).to.be.within(1600, 1620);
    expect(delays[500]).to.be.within(1950, 2050);
    expect(delays[999]).to.be.within(2380, 2400);
  });
});

describe('task ids', () => {
  it('tell which master instance gave them', () => {
    expect(isForeignTaskId(taskId('beef', 1), 'beef')).to.equal(false);
    expect(isForeignTaskId(taskId('beef', 1), 'bee')).to.equal(true);
    expect(isForeignTaskId(taskId('bee', 1), 'beef')).to.equal(true);
    expect(isForeignTaskId('', 'beef')).to.equal(true);
  });

  it('are different for every counter', () => {
    expect(new Set(Array.from({ length: 1000 }, (_, i) => taskId('m', i))).size).to.equal(1000);
  });
});
