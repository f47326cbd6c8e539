// The states of a member and the one function that changes them: the table of DESIGN §3. Who acts on a change (re-dial, grace
// timer, settling leases) is membership's and dispatch's business.

/** `draining` outlives a silence: a suspect member that was draining drains on when it answers again. */
export interface MemberState {
  readonly phase: 'ready' | 'suspect' | 'gone';
  /** `asked`: by an operator, who may take it back. `leaving`: the slave is on its way out, for good. */
  readonly draining: false | 'asked' | 'leaving';
}

export const MEMBER_EVENTS = [
  /** One of its sockets closed. */
  'socket-closed',
  /** Three load polls in a row were not answered. */
  'silent',
  /** It answered a poll, or a re-dial found the same instance. */
  'answered',
  /** A re-dial was refused, or found another instance: its process is dead. */
  'died',
  /** Still suspect when the grace time was over. */
  'grace-over',
  'drain-asked',
  /** An operator takes the drain back. */
  'resume-asked',
  /** The slave said that it leaves when its work is done. */
  'leaving',
  /** It said goodbye: a draining slave does when its last task has ended, or its time for that is over. */
  'left',
  /** Another instance took its address. */
  'replaced',
  /** It broke the protocol. */
  'expelled',
] as const;

export type MemberEvent = (typeof MEMBER_EVENTS)[number];

/** What the outside is shown: `GET /slaves`, logs, metrics. */
export type MemberStateName = 'ready' | 'suspect' | 'draining' | 'gone';

export const READY: MemberState = { phase: 'ready', draining: false };

/** The state after `event`; the very same object when nothing changes. Gone is for ever. */
export function nextMemberState(state: MemberState, event: MemberEvent): MemberState {
  if (state.phase === 'gone') return state;
  switch (event) {
    case 'socket-closed':
    case 'silent':
      return state.phase === 'suspect' ? state : { ...state, phase: 'suspect' };
    case 'answered':
      return state.phase === 'ready' ? state : { ...state, phase: 'ready' };
    case 'drain-asked':
      return state.draining === false ? { ...state, draining: 'asked' } : state;
    case 'resume-asked':
      return state.draining === 'asked' ? { ...state, draining: false } : state;
    case 'leaving':
      return state.draining === 'leaving' ? state : { ...state, draining: 'leaving' };
    case 'grace-over':
      return state.phase === 'suspect' ? { ...state, phase: 'gone' } : state;
    case 'died':
    case 'left':
    case 'replaced':
    case 'expelled':
      return { ...state, phase: 'gone' };
  }
}

export function stateName({ phase, draining }: MemberState): MemberStateName {
  return phase === 'ready' && draining !== false ? 'draining' : phase;
}

/** Only such members are picked. */
export function takesWork({ phase, draining }: MemberState): boolean {
  return phase === 'ready' && draining === false;
}
