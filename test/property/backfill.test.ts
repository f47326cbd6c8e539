// Who may go next, against a naive account: the head goes wherever it fits; while it fits nowhere one member is set aside for it,
// and others go onto other members only, in order. Nothing that fits a member which is not set aside ever waits. With an algorithm that
// waits for one member, nobody passes and nobody is set aside.
import { expect } from 'chai';
import fc from 'fast-check';
import { ALGORITHMS } from '../../src/master/balancing/registry.ts';
import { BackfillPlay, type Kind, type Step } from '../support/backfill-play.ts';
import { DispatchDesk, type DeskTask } from '../support/dispatch-desk.ts';
import { holds } from '../support/holds.ts';

const KINDS: readonly Kind[] = [
  'submit',
  'submit',
  'submit',
  'finish',
  'finish',
  'join',
  'time',
  'cancel',
  'load',
  'slots',
];
const RARE: readonly Kind[] = ['vanish', 'drain'];

describe('backfill', () => {
  for (const algorithm of ALGORITHMS) {
    const { name, waits } = algorithm;
    const what = waits
      ? 'sends all in turn to the one they wait for'
      : 'lets no member idle but the one set aside for the head';
    it(`${what}, whatever happens (${name})`, () => {
      const kinds = fc.constantFrom(...KINDS, ...KINDS, ...RARE);
      const step: fc.Arbitrary<Step> = fc.tuple(kinds, fc.nat(99), fc.integer({ min: 1, max: 100 }));
      holds(
        fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), (steps) => {
          const play = new BackfillPlay(algorithm);
          for (const each of [['join', 50, 2], ['join', 30, 3], ...steps] as Step[]) {
            play.apply(each);
            play.check();
          }
        }),
        60,
      );
    });
  }

  it('gets the heavy task onto the member set aside as soon as what was there has ended, while light ones pass', () => {
    const desk = new DispatchDesk('round-robin', { queueLimit: 10_000 });
    const slaves = ['a', 'b', 'c'].map((name) => desk.join(name, { slots: 20, maxLoad: 100 }));
    const light = (): DeskTask => desk.submit({ weight: 10 });
    for (let i = 0; i < 60; i++) light();
    const heavy = desk.submit({ weight: 95, priority: 'high' });
    const aside = desk.pool.group('compute').aside?.member;
    let ended = 0;
    let passed = 0;
    const before = new Set(desk.dispatcher.attempts.ofMember(slaves[0]!.member));
    expect(before.size).to.equal(10);
    // Oldest first, round the members: an endless stream of light work, always more waiting than fits.
    for (; heavy.task.state === 'queued' && ended < 1000; ended++) {
      const slave = slaves[ended % 3]!;
      const [oldest] = desk.dispatcher.attempts.ofMember(slave.member);
      const sent = slaves.reduce((sum, { got }) => sum + got.length, 0);
      if (oldest !== undefined) slave.finish({ task: oldest.task, answers: [] });
      passed += slaves.reduce((sum, { got }) => sum + got.length, 0) - sent;
      light();
      desk.check();
    }
    expect(heavy.task.state).to.equal('running');
    expect(heavy.task.slave, 'the member that was set aside').to.equal(aside?.profile.name);
    expect(ended, 'ends of tasks until the heavy one runs').to.be.at.most(31);
    expect(passed, 'light ones that passed it').to.be.at.least(15);
  });

  it('sets aside the member with the least in the way, and another one when that is gone', () => {
    const desk = new DispatchDesk('first-available');
    const [a, b] = [desk.join('a', { slots: 9, maxLoad: 100 }), desk.join('b', { slots: 9, maxLoad: 100 })];
    desk.submit({ weight: 90 });
    const second = desk.submit({ weight: 60 });
    const head = desk.submit({ weight: 50 });
    const aside = (): string | undefined => desk.pool.group('compute').aside?.member.profile.name;
    expect(aside()).to.equal('b');
    const light = [desk.submit({ weight: 8 }), desk.submit({ weight: 8 })];
    expect(a.ids, 'one more fits a').to.include(light[0]!.task.id);
    expect(b.ids, 'b is kept').to.have.length(1);
    expect(light[1]!.task.state).to.equal('queued');
    b.vanish('silent');
    desk.check();
    expect(aside()).to.equal('a');
    desk.join('c', { maxLoad: 100 });
    expect(head.task.state).to.equal('running');
    expect(second.task.state).to.equal('queued');
  });

  for (const cpuLoads of [[1], [2, 1.5]]) {
    const what = cpuLoads.length === 1 ? '' : ', also when its load rises and falls';
    it(`sets another member aside when the work of the first does not get less${what}`, () => {
      const desk = new DispatchDesk('first-available', { queueLimit: 100_000 });
      const stuck = desk.join('stuck', { slots: 9, maxLoad: 100 });
      desk.submit({ weight: 10 }); // never ends
      const busy = desk.join('busy', { slots: 9, maxLoad: 100 });
      desk.pool.setSlots(stuck.member, 'compute', 0);
      for (let i = 0; i < 3; i++) desk.submit({ weight: 30 });
      desk.pool.setSlots(stuck.member, 'compute', 9);
      const heavy = desk.submit({ weight: 95 });
      let passed = 0;
      for (; heavy.task.state === 'queued' && passed < 3000; passed++) {
        desk.submit({ weight: 30 });
        for (const slave of [stuck, busy]) {
          const oldest = [...desk.dispatcher.attempts.ofMember(slave.member)].find(({ task }) => task.weight === 30);
          if (oldest !== undefined) slave.finish({ task: oldest.task, answers: [] });
        }
        const cpuLoad = cpuLoads[passed % cpuLoads.length]!;
        desk.pool.report(stuck.member, { cpuLoad, memoryRatio: 0, foreignWeight: 0, running: 1 });
        desk.clock.advance(100);
        desk.check();
      }
      expect(heavy.task.slave).to.equal('busy');
      expect(passed, 'rounds of 100 ms').to.be.within(20, 100);
    });
  }

  it('looks at all members no more often than at every tick while nobody could take the head', () => {
    const desk = new DispatchDesk('first-available', { queueLimit: 10_000 });
    for (let i = 0; i < 200; i++) desk.join(`s${i}`, { slots: 2, maxLoad: 10 });
    desk.submit({ weight: 500, patienceMs: Infinity });
    let looks = 0;
    const group = desk.pool.group('compute');
    const places = group.places.bind(group);
    group.places = () => {
      looks++;
      return places();
    };
    for (let i = 0; i < 300; i++) desk.submit({ weight: 1 });
    expect(looks).to.be.at.most(3);
  });

  it('looks anew now and then which member will fit the head first', () => {
    const desk = new DispatchDesk('first-available');
    const a = desk.join('a', { slots: 9, maxLoad: 100 });
    const inA = [desk.submit({ weight: 50 }), desk.submit({ weight: 40 })];
    desk.join('b', { slots: 9, maxLoad: 100 });
    desk.submit({ weight: 70 });
    desk.submit({ weight: 80 });
    const aside = (): string | undefined => desk.pool.group('compute').aside?.member.profile.name;
    expect(aside()).to.equal('b');
    a.finish(inA[0]!);
    desk.clock.advance(100);
    expect(aside(), 'a has 40 in the way of 80 now, b 70').to.equal('a');
    desk.check();
  });

  it('keeps no member aside when the head has gone or nobody could ever take it', () => {
    const desk = new DispatchDesk('first-available');
    desk.join('a', { slots: 9, maxLoad: 100 });
    desk.submit({ weight: 60 });
    const head = desk.submit({ weight: 50 });
    const group = desk.pool.group('compute');
    expect(group.aside).not.to.be.undefined;
    desk.dispatcher.cancel(head.task, 'gone');
    expect(group.aside).to.be.undefined;
    desk.submit({ weight: 500 });
    expect(group.aside).to.be.undefined;
    const light = desk.submit({ weight: 1 });
    expect(light.task.state).to.equal('running');
  });
});
