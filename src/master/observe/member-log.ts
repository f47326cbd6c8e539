// Members' changes in the log, at info, with from, to and reason. Slaves are few, and each had to be started; what registers as a backend
// may be any stranger, as often as it likes: so many lines in a second are for people, the rest is counted for them.
import type { Log } from '../../common/log.ts';
import { printable } from '../../common/text/printable.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { MemberProfile } from '../pool/member.ts';
import type { PoolObserver } from '../pool/pool.ts';

/** Changes of backends that have a line of their own at info within one window; the rest is at debug. */
const BACKEND_LINES_MAX = 20;
/** Begins with the first change after the last one. */
const WINDOW_MS = 1000;

export function logMembers(log: Log, clock: Clock): PoolObserver {
  const write = boundedLog(log, clock);
  const onBackend = logBackends(write);
  return {
    onMember(member, from, to, reason) {
      const { name, address, id, kind } = member.profile;
      if (kind === 'backend') onBackend(member, from, to, reason);
      else if (kind === 'server') log.info({ server: name, id, from, to, reason }, 'server of --backend');
      else log.info({ slave: name, address, id, from, to, reason }, from === 'new' ? 'slave joined' : 'slave changed');
    },
    // Another address under a known id: a program that was started anew, or two that call themselves the same.
    onProfile({ profile }) {
      if (profile.kind === 'backend') write(factsOf(profile), 'backend moved');
    },
  };
}

type Write = (facts: Readonly<Record<string, string>>, what: string) => void;

function logBackends(write: Write): NonNullable<PoolObserver['onMember']> {
  /** One that changes its service leaves and joins at once: this is what it left. */
  let replaced: { readonly id: string; readonly service: string; readonly from: string } | undefined;
  return ({ profile }, from, to, reason) => {
    const { id } = profile;
    const { service } = factsOf(profile);
    if (reason === 'replaced') {
      replaced = { id, service, from };
      return;
    }
    const before = from === 'new' && replaced?.id === id ? replaced : undefined;
    replaced = undefined;
    const facts = { ...factsOf(profile), from, to, reason };
    if (before === undefined) write(facts, from === 'new' ? 'backend registered' : 'backend changed');
    else write({ ...facts, from: before.from, reason: 'replaced', serviceBefore: before.service }, 'backend changed');
  };
}

/** At info as long as there are few lines, then at debug; says at the end of a window how many it held back. */
function boundedLog(log: Log, clock: Clock): Write {
  let untilMs = -Infinity;
  let lines = 0;
  let heldBack = 0;
  return (facts, what) => {
    if (clock.nowMs() >= untilMs) {
      untilMs = clock.nowMs() + WINDOW_MS;
      lines = 0;
    }
    if (++lines <= BACKEND_LINES_MAX) {
      log.info(facts, what);
      return;
    }
    log.debug(facts, what);
    heldBack++;
    if (heldBack > 1) return;
    clock.after(untilMs - clock.nowMs(), () => {
      log.info({ count: heldBack }, `${heldBack.toString()} more changes of backends; --log-level debug shows each`);
      heldBack = 0;
    });
  };
}

function factsOf({ name, labels, address }: MemberProfile): { backend: string; service: string; address: string } {
  return { backend: printable(name), service: printable(labels['service'] ?? ''), address: printable(address) };
}
