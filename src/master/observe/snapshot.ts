// The state of members and their tasks as the outside sees it.
import type { Attempt } from '../dispatch/attempts.ts';
import type { SlaveRow } from '../../common/feed/feed.ts';
import type { SlaveTaskView, SlaveView } from '../doors/door.ts';
import type { Member } from '../pool/member.ts';
import { stateName } from '../pool/member-state.ts';
import { shortNumber } from './short-number.ts';
import type { TimeOfDay } from './task-view.ts';

export function slaveView(member: Member, time: TimeOfDay): SlaveView {
  return {
    ...exactRow(member),
    groups: [...member.places.keys()],
    labels: member.profile.labels,
    grpcPort: member.profile.grpcPort,
    joinedAt: new Date(time.of(member.joinedAtMs)).toISOString(),
  };
}

/** For a snapshot. */
export function slaveRow(member: Member): SlaveRow {
  const { draining, phase } = member.state;
  const row = exactRow(member);
  return {
    ...row,
    state: draining === 'leaving' && phase === 'ready' ? 'leaving' : row.state,
    load: shortNumber(row.load),
    cpu: shortNumber(row.cpu),
    memory: shortNumber(row.memory),
    weight: shortNumber(row.weight),
  };
}

function exactRow(member: Member): SlaveRow {
  const { profile, state, cpuLoad: cpu, memoryRatio: memory, load, weight, running, places } = member;
  const { id, name, address, maxLoad } = profile;
  let [slots, leases] = [0, 0];
  for (const place of places.values()) {
    // Calls that pass the master by take none.
    if (place.slots === Infinity) continue;
    slots += place.slots;
    leases += place.leases;
  }
  return { id, name, address, state: stateName(state), load, cpu, memory, weight, maxLoad, slots, leases, running };
}

export function slaveTaskView({ task, number, started, progressRatio, progressText }: Attempt): SlaveTaskView {
  const { id, type, state, weight } = task;
  return { id, type, state, weight, attempt: number, started, progress: progressRatio, message: progressText };
}
