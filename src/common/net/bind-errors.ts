// The one place where the system's reasons for not binding a port become sentences with a hint.
import { LanyardError, messageOf } from '../errors.ts';

export interface Binding {
  readonly what: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly host: string;
  readonly port: number;
  /** The option that chooses the port, such as `--http-port`. */
  readonly option: string;
  /** The option that chooses the host, if there is one, such as `--http-host`. */
  readonly hostOption?: string;
}

/** An address that the user gave and this machine has not is a bad option, the rest cannot be bound. */
export function bindError(binding: Binding, cause: unknown): LanyardError {
  const { what, protocol, host, port, option, hostOption } = binding;
  const { code } = cause as NodeJS.ErrnoException;
  if (hostOption !== undefined && (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')) {
    return new LanyardError('BAD_OPTION', `${hostOption}: expected an address of this machine, got ${host}`, cause);
  }
  const where = `${what}: cannot bind ${protocol} ${host}:${port.toString()}`;
  return new LanyardError('CANNOT_BIND', `${where}: ${reasonOf(cause, port, option)}`, cause);
}

function reasonOf(cause: unknown, port: number, option: string): string {
  switch ((cause as NodeJS.ErrnoException | undefined)?.code) {
    case 'EADDRINUSE':
      if (port === 0)
        return `every port that the system gives out is in use; stop a program or choose ports with ${option}`;
      return `port ${port.toString()} is in use; stop the other program or choose another with ${option}`;
    case 'EACCES':
      return `port ${port.toString()} needs privileges (ports below 1024 do); choose a higher one with ${option}`;
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address';
    default:
      return messageOf(cause);
  }
}
