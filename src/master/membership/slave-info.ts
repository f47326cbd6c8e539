// What monitors and Prometheus are told of a member.
import type { SlaveInfo } from '../../common/protocol/slave-info.ts';
import type { MemberProfile } from '../pool/member.ts';

export function slaveInfoOf(profile: MemberProfile): SlaveInfo {
  const { id, name, address, metricsPort, cores, concurrency, maxLoad, labels } = profile;
  return {
    instanceId: id,
    name,
    address: hostOf(address),
    metricsPort,
    cores,
    concurrency,
    maxLoad,
    labels,
  };
}

/** Without the port, which is that of its load socket. */
function hostOf(address: string): string {
  const colon = address.lastIndexOf(':');
  return colon === -1 ? address : address.slice(0, colon);
}
