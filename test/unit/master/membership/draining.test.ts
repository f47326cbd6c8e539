// Draining a member: by an operator, who may take it back, or by the slave, which is on its way out. After a broken connection the
// master's word wins, since the slave may have missed it.
import { expect } from 'chai';
import type { Log } from '../../../../src/common/log.ts';
import { ACKS, Tag, type SlaveCapabilities } from '../../../../src/common/protocol/messages.ts';
import { SlaveSession } from '../../../../src/master/membership/slave-session.ts';
import { stateName } from '../../../../src/master/pool/member-state.ts';
import { NO_SERVICES } from '../../../support/forward-desk.ts';
import { DispatchDesk, idsOf } from '../../../support/dispatch-desk.ts';
import { capabilitiesOf, FakeLink } from '../../../support/fake-link.ts';

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined } as unknown as Log;
const POLL_MS = 1000;

describe('draining', () => {
  let desk: DispatchDesk;
  let session: SlaveSession;
  let link: FakeLink;
  let gone: number;

  beforeEach(() => {
    desk = new DispatchDesk();
    gone = 0;
  });
  afterEach(() => desk.check());

  /** A member of two slots, and its session over a first link. */
  function join(capabilities: Partial<SlaveCapabilities> = {}): void {
    const { pool, dispatcher, clock } = desk;
    const { member } = desk.join('a', { slots: 0 });
    const target = { address: '127.0.0.1', ports: [1, 2, 3], nonce: 'n', masterId: 'm1', dial: 1 };
    const times = { pollIntervalMs: POLL_MS, graceMs: 3000 };
    const heard = {
      services: NO_SERVICES,
      onCapabilities: () => undefined,
      onForeignStarts: () => undefined,
      onGone: () => gone++,
    };
    session = new SlaveSession(member, target, { pool, dispatcher, clock, log: SILENT, ...times, ...heard });
    dial(capabilities);
    pool.setOffers(member, [{ name: 'compute', slots: 2 }]);
  }

  /** The same slave over a new link. */
  function dial(capabilities: Partial<SlaveCapabilities> = {}): void {
    link = new FakeLink();
    session.serve(link.link, capabilitiesOf('a', capabilities));
  }

  function state(): string {
    return stateName(session.member.state);
  }

  /** What the slave was told: each word on draining, in order. */
  function told(): unknown[] {
    return link.sentOf(Tag.Drain).map(([on]) => on);
  }

  function sentIds(): unknown[] {
    return link.sentOf(Tag.Task).map(([id]) => id);
  }

  function start(id: string): void {
    link.receive([Tag.Ack, id, 1, ACKS.indexOf('started'), '']);
  }

  describe('asked for by an operator', () => {
    it('tells the slave, and takes back what has not begun', () => {
      join();
      const [started, unstarted] = desk.submitMany(2);
      start(started!.task.id);
      session.setDraining(true);
      expect([state(), told()]).to.deep.equal(['draining', [true]]);
      expect(link.sentOf(Tag.Recall)).to.deep.equal([[unstarted!.task.id, 1]]);
    });

    it('sends it nothing new, and what it gives back runs elsewhere', () => {
      join();
      const [started, unstarted] = desk.submitMany(2);
      start(started!.task.id);
      session.setDraining(true);
      const other = desk.join('b', { slots: 3 });
      link.receive([Tag.Ack, unstarted!.task.id, 1, ACKS.indexOf('refused'), 'drained']);
      const later = desk.submit();
      expect(other.ids).to.deep.equal(idsOf([unstarted!, later]));
      expect([sentIds(), desk.counters.recalled]).to.deep.equal([idsOf([started!, unstarted!]), 1]);
    });

    it('lets what runs end there', () => {
      join();
      const task = desk.submit();
      start(task.task.id);
      session.setDraining(true);
      link.receive([Tag.Result, task.task.id, 1, 0, 'right', 1, false]);
      expect(task.answers).to.deep.equal([{ state: 'done', value: 'right' }]);
      expect([state(), gone], 'it stays a member').to.deep.equal(['draining', 0]);
    });

    it('is told once, however often it is asked for', () => {
      join();
      for (const on of [true, true, false, false, true]) session.setDraining(on);
      expect(told()).to.deep.equal([true, false, true]);
    });

    it('is taken back: the slave is told, and gets work at once', () => {
      join();
      session.setDraining(true);
      const waiting = desk.submit();
      session.setDraining(false);
      expect([state(), told(), sentIds()]).to.deep.equal(['ready', [true, false], [waiting.task.id]]);
    });

    it('is taken back before work is sent: a slave that still drains would refuse it', () => {
      join();
      session.setDraining(true);
      desk.submit();
      session.setDraining(false);
      expect(link.sent.slice(-2).map(([tag]) => tag)).to.deep.equal([Tag.Drain, Tag.Task]);
    });

    it('says nothing to a slave that never drained', () => {
      join();
      session.setDraining(false);
      expect(told()).to.deep.equal([]);
    });
  });

  describe('begun by the slave', () => {
    it('takes back what has not begun, and sends nothing new', () => {
      join();
      const [started, unstarted] = desk.submitMany(2);
      start(started!.task.id);
      link.receive([Tag.Draining]);
      expect(link.sentOf(Tag.Recall)).to.deep.equal([[unstarted!.task.id, 1]]);
      link.receive([Tag.Ack, unstarted!.task.id, 1, ACKS.indexOf('refused'), 'draining']);
      expect([state(), sentIds().length, told()]).to.deep.equal(['draining', 2, []]);
    });

    it('cannot be taken back by an operator', () => {
      join();
      link.receive([Tag.Draining]);
      session.setDraining(false);
      session.setDraining(true);
      session.setDraining(false);
      desk.submit();
      expect([state(), told(), sentIds()]).to.deep.equal(['draining', [], []]);
    });

    it('makes an operator’s draining final', () => {
      join();
      session.setDraining(true);
      link.receive([Tag.Draining]);
      session.setDraining(false);
      expect([session.member.state.draining, told()]).to.deep.equal(['leaving', [true]]);
    });

    it('ends with the goodbye: what was not answered runs elsewhere', () => {
      join();
      const task = desk.submit();
      link.receive([Tag.Draining]);
      link.receive([Tag.Leave]);
      expect([state(), gone, link.droppedBy]).to.deep.equal(['gone', 1, 'left']);
      expect(desk.join('b').ids).to.deep.equal(idsOf([task]));
    });
  });

  describe('and a connection that broke', () => {
    it('is told again when the slave missed it', () => {
      join();
      desk.pool.transition(session.member, 'socket-closed');
      session.setDraining(true);
      expect(state()).to.equal('suspect');
      dial({ draining: false });
      expect([state(), told()]).to.deep.equal(['draining', [true]]);
    });

    it('is taken back again when the slave missed that', () => {
      join();
      session.setDraining(true);
      desk.pool.transition(session.member, 'socket-closed');
      session.setDraining(false);
      const waiting = desk.submit();
      dial({ draining: true });
      expect([state(), told(), sentIds()]).to.deep.equal(['ready', [false], [waiting.task.id]]);
    });

    it('is taken back before what was lost on the way is sent again', () => {
      join();
      const task = desk.submit();
      dial({ draining: true });
      expect(link.sent.slice(-2).map(([tag]) => tag)).to.deep.equal([Tag.Drain, Tag.Task]);
      expect(link.sentOf(Tag.Task).map(([id, attempt]) => [id, attempt])).to.deep.equal([[task.task.id, 2]]);
    });

    it('needs no word when both sides agree', () => {
      join();
      dial({ draining: false });
      expect(told()).to.deep.equal([]);
      session.setDraining(true);
      dial({ draining: true });
      expect([state(), told()]).to.deep.equal(['draining', []]);
    });

    it('takes back what has not begun, at the next report at the latest', () => {
      join();
      const task = desk.submit();
      desk.pool.transition(session.member, 'socket-closed');
      session.setDraining(true);
      dial({ holds: [[task.task.id, 1, false]] });
      const report = { cpu: 0.5, memoryRatio: 0.5, foreignWeight: 0, foreignStarts: 0, slots: [], running: 0 };
      link.receive([Tag.LoadResponse, 1, report], 'load');
      expect(link.sentOf(Tag.Recall)).to.deep.equal([[task.task.id, 1]]);
    });

    it('leaves a slave alone that is on its way out', () => {
      join();
      link.receive([Tag.Draining]);
      for (const draining of [true, false]) {
        dial({ draining });
        expect([session.member.state.draining, told()]).to.deep.equal(['leaving', []]);
      }
    });

    it('sends nothing before the draining is settled', () => {
      join();
      const [slow] = desk.submitMany(1);
      desk.pool.transition(session.member, 'socket-closed');
      session.setDraining(true);
      dial({ holds: [] });
      expect([slow!.task.state, sentIds()]).to.deep.equal(['queued', []]);
    });
  });

  it('is a new member’s own word at first: one that drains is not sent anything, until it is resumed', () => {
    join({ draining: true });
    const task = desk.submit();
    expect([state(), told(), sentIds()]).to.deep.equal(['draining', [], []]);
    session.setDraining(false);
    expect([state(), told(), sentIds()]).to.deep.equal(['ready', [false], [task.task.id]]);
  });
});
