// The whole table of member states and events (DESIGN §3), cell by cell.
import { expect } from 'chai';
import {
  MEMBER_EVENTS,
  nextMemberState,
  READY,
  stateName,
  takesWork,
  type MemberEvent,
  type MemberState,
} from '../../../../src/master/pool/member-state.ts';

const STATES = {
  ready: { phase: 'ready', draining: false },
  suspect: { phase: 'suspect', draining: false },
  draining: { phase: 'ready', draining: 'asked' },
  'suspect, draining': { phase: 'suspect', draining: 'asked' },
  leaving: { phase: 'ready', draining: 'leaving' },
  'suspect, leaving': { phase: 'suspect', draining: 'leaving' },
  gone: { phase: 'gone', draining: false },
  'gone, draining': { phase: 'gone', draining: 'asked' },
  'gone, leaving': { phase: 'gone', draining: 'leaving' },
} as const satisfies Record<string, MemberState>;

type Name = keyof typeof STATES;

// From:        ready, suspect, draining, suspect draining, leaving, suspect leaving
type Row = readonly [Name, Name, Name, Name, Name, Name];
const SUSPECT: Row = [
  'suspect',
  'suspect',
  'suspect, draining',
  'suspect, draining',
  'suspect, leaving',
  'suspect, leaving',
];
const GONE: Row = ['gone', 'gone', 'gone, draining', 'gone, draining', 'gone, leaving', 'gone, leaving'];

const TABLE: Readonly<Record<MemberEvent, Row>> = {
  'socket-closed': SUSPECT,
  silent: SUSPECT,
  answered: ['ready', 'ready', 'draining', 'draining', 'leaving', 'leaving'],
  died: GONE,
  'grace-over': ['ready', 'gone', 'draining', 'gone, draining', 'leaving', 'gone, leaving'],
  'drain-asked': ['draining', 'suspect, draining', 'draining', 'suspect, draining', 'leaving', 'suspect, leaving'],
  'resume-asked': ['ready', 'suspect', 'ready', 'suspect', 'leaving', 'suspect, leaving'],
  leaving: ['leaving', 'suspect, leaving', 'leaving', 'suspect, leaving', 'leaving', 'suspect, leaving'],
  left: GONE,
  replaced: GONE,
  expelled: GONE,
};

const FROM: readonly Name[] = ['ready', 'suspect', 'draining', 'suspect, draining', 'leaving', 'suspect, leaving'];

describe('member state', () => {
  it('has a row in this table for every event', () => {
    expect(Object.keys(TABLE).sort()).to.deep.equal([...MEMBER_EVENTS].sort());
  });

  for (const event of MEMBER_EVENTS) {
    FROM.forEach((from, column) => {
      const to = TABLE[event][column]!;
      it(`goes from ${from} on ${event} ${from === to ? 'nowhere' : `to ${to}`}`, () => {
        expect(nextMemberState(STATES[from], event)).to.deep.equal(STATES[to]);
      });
    });

    it(`is gone for ever, also on ${event}`, () => {
      for (const state of [STATES.gone, STATES['gone, draining'], STATES['gone, leaving']])
        expect(nextMemberState(state, event)).to.equal(state);
    });
  }

  it('is the very same object when nothing changes, so that callers can tell', () => {
    for (const event of MEMBER_EVENTS) {
      for (const state of Object.values(STATES)) {
        const next = nextMemberState(state, event);
        const equal = next.phase === state.phase && next.draining === state.draining;
        expect(next === state, `${stateName(state)} on ${event}`).to.equal(equal);
      }
    }
  });

  it('never changes the state it is given', () => {
    const frozen = Object.values(STATES).map((state) => Object.freeze({ ...state }));
    for (const event of MEMBER_EVENTS) for (const state of frozen) nextMemberState(state, event);
    expect(frozen).to.deep.equal(Object.values(STATES));
  });

  it('takes work only when ready and not draining', () => {
    const working = Object.entries(STATES).filter(([, state]) => takesWork(state));
    expect(working.map(([name]) => name)).to.deep.equal(['ready']);
    expect(takesWork(READY)).to.be.true;
  });

  it('is shown as ready, suspect, draining or gone', () => {
    expect(Object.values(STATES).map(stateName)).to.deep.equal([
      ...['ready', 'suspect', 'draining', 'suspect', 'draining', 'suspect'],
      ...['gone', 'gone', 'gone'],
    ]);
  });
});
