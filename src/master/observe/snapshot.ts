// The state of members and their tasks as the outside sees it.
import type { Attempt } from '../dispatch/attempts.ts';
import type { SlaveTaskView, SlaveView } from '../doors/door.ts';
import type { Member } from '../pool/member.ts';
import { stateName } from '../pool/member-state.ts';
import type { TimeOfDay } from './task-view.ts';

export function slaveView(member: Member, time: TimeOfDay): SlaveView {
  const { profile, state, cpuLoad, memoryRatio, load, weight, leases, running, places } = member;
  const { id, name, address, maxLoad, labels } = profile;
  let slots = 0;
  for (const place of places.values()) slots += place.slots;
  return {
    id,
    name,
    address,
    state: stateName(state),
    load,
    cpu: cpuLoad,
    memory: memoryRatio,
    weight,
    maxLoad,
    slots,
    leases,
    running,
    groups: [...places.keys()],
    labels,
    joinedAt: new Date(time.of(member.joinedAtMs)).toISOString(),
  };
}

export function slaveTaskView({ task, number, started, progressRatio, progressText }: Attempt): SlaveTaskView {
  const { id, type, state, weight } = task;
  return { id, type, state, weight, attempt: number, started, progress: progressRatio, message: progressText };
}
