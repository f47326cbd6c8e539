// Who may ask: Host and Origin checks against pages of other sites (DNS rebinding, cross-site requests), and the loopback rule for
// what changes the cluster.
import type { IncomingMessage } from 'node:http';
import type { Failure } from '../../../common/errors.ts';
import { isIpLiteral, isLoopback } from '../../../common/net/addresses.ts';

export interface GuardOptions {
  /** Names of this machine; `localhost` and IP literals are always allowed. */
  readonly machineNames: readonly string[];
  /** --http-allowed-host. */
  readonly allowedHosts: readonly string[];
  /** --http-open: anyone may change the cluster. */
  readonly open: boolean;
}

/** Hosts found good are remembered, up to this many. */
const REMEMBERED_MAX = 1000;
/** Before an IPv4 address on a socket for IPv6. */
const MAPPED = '::ffff:';

export class Guard {
  readonly #names: ReadonlySet<string>;
  readonly #open: boolean;
  readonly #good = new Set<string>();

  constructor({ machineNames, allowedHosts, open }: GuardOptions) {
    const local = machineNames.flatMap((name) => [name, `${name}.local`]);
    this.#names = new Set(['localhost', ...local, ...allowedHosts].map((name) => name.toLowerCase()));
    this.#open = open;
  }

  /** Why this request may not be answered at all; undefined when it may. */
  refuse({ headers }: IncomingMessage): Failure | undefined {
    const { host, origin } = headers;
    if (host === undefined || !this.#isGood(host)) {
      const message = `Host ${host ?? '(none)'} is not a name of this master; use its IP address, or allow the name with --http-allowed-host`;
      return { code: 'FORBIDDEN', message };
    }
    if (origin === undefined || originHost(origin) === host.toLowerCase()) return undefined;
    return { code: 'FORBIDDEN', message: `Origin ${origin} is another site than Host ${host}` };
  }

  /** Why this request may not change the cluster; undefined when it may. `what` begins the sentence that says so. */
  refuseChange({ socket }: IncomingMessage, what = 'the cluster is changed from'): Failure | undefined {
    if (this.#open || isLoopback(socket.remoteAddress)) return undefined;
    const message = `${what} the master's own machine only, unless it was started with --http-open`;
    return { code: 'FORBIDDEN', message };
  }

  /** Why this request may not cancel a task of this submitter; undefined when it may. */
  refuseCancel(request: IncomingMessage, submitter: string | undefined): Failure | undefined {
    const isOwn = submitter !== undefined && submitter !== '' && addressOf(request) === submitter;
    return isOwn ? undefined : this.refuseChange(request, 'a task is cancelled from the address that submitted it or');
  }

  #isGood(host: string): boolean {
    if (this.#good.has(host)) return true;
    const name = hostName(host);
    if (name === undefined || !(isIpLiteral(name) || this.#names.has(name))) return false;
    if (this.#good.size < REMEMBERED_MAX) this.#good.add(host);
    return true;
  }
}

/** The client's address; IPv4 as such, also when node shows it as IPv6 because the socket takes both. Empty when it has gone. */
export function addressOf({ socket }: IncomingMessage): string {
  const address = socket.remoteAddress?.toLowerCase() ?? '';
  return address.startsWith(MAPPED) && isIpLiteral(address.slice(MAPPED.length))
    ? address.slice(MAPPED.length)
    : address;
}

/** Without port and brackets, in lower case. */
function hostName(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host.toLowerCase() : undefined;
}
