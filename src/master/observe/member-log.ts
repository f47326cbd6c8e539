// Members' changes in the log, at info, with from, to and reason.
import type { Log } from '../../common/log.ts';
import type { PoolObserver } from '../pool/pool.ts';

export function logMembers(log: Log): PoolObserver {
  return {
    onMember(member, from, to, reason) {
      const { name, address, id } = member.profile;
      log.info({ slave: name, address, id, from, to, reason }, from === 'new' ? 'slave joined' : 'slave changed');
    },
  };
}
