// Members' changes in the log, at info, with from, to and reason.
import type { Log } from '../../common/log.ts';
import type { PoolObserver } from '../pool/pool.ts';

export function logMembers(log: Log): PoolObserver {
  return {
    onMember(member, from, to, reason) {
      const { name, address, id, kind, labels } = member.profile;
      if (kind === 'slave') {
        log.info({ slave: name, address, id, from, to, reason }, from === 'new' ? 'slave joined' : 'slave changed');
      } else {
        const { service } = labels;
        const what = from === 'new' ? 'backend registered' : 'backend changed';
        log.info({ backend: name, service, address, from, to, reason }, what);
      }
    },
  };
}
