// The state of members and their tasks as the outside sees it.
import type { Attempt } from '../dispatch/attempts.ts';
import type { SlaveRow } from '../../common/feed/feed.ts';
import type { SlaveTaskView, SlaveView } from '../doors/door.ts';
import type { Member } from '../pool/member.ts';
import { stateName } from '../pool/member-state.ts';
import type { TimeOfDay } from './task-view.ts';

export function slaveView(member: Member, time: TimeOfDay): SlaveView {
  return {
    ...exactRow(member),
    groups: [...member.places.keys()],
    labels: member.profile.labels,
    joinedAt: new Date(time.of(member.joinedAtMs)).toISOString(),
  };
}

/** For a snapshot: numbers are short, since there may be a thousand rows four times a second. */
export function slaveRow(member: Member): SlaveRow {
  const { draining, phase } = member.state;
  const row = exactRow(member);
  return {
    ...row,
    state: draining === 'leaving' && phase === 'ready' ? 'leaving' : row.state,
    load: short(row.load),
    cpu: short(row.cpu),
    memory: short(row.memory),
    weight: short(row.weight),
  };
}

function exactRow(member: Member): SlaveRow {
  const { profile, state, cpuLoad: cpu, memoryRatio: memory, load, weight, leases, running, places } = member;
  const { id, name, address, maxLoad } = profile;
  let slots = 0;
  for (const place of places.values()) slots += place.slots;
  return { id, name, address, state: stateName(state), load, cpu, memory, weight, maxLoad, slots, leases, running };
}

/** Three decimals, and finite: JSON knows no Infinity. */
function short(value: number): number {
  if (value >= 1e12) return Math.min(value, Number.MAX_VALUE);
  return Math.round(value * 1000) / 1000;
}

export function slaveTaskView({ task, number, started, progressRatio, progressText }: Attempt): SlaveTaskView {
  const { id, type, state, weight } = task;
  return { id, type, state, weight, attempt: number, started, progress: progressRatio, message: progressText };
}
