// The service as a child of the slave. Two shells stand between them, so that it ends with the slave however that ends: one waits for
// the service, the other for the end of a pipe that only the slave holds, which is what is left of a slave that was killed.
import { spawn, type ChildProcess } from 'node:child_process';
import type { Log } from '../../common/log.ts';
import type { Clock } from '../../common/time/clock.ts';
import { ServiceOutput } from './service-output.ts';

/** So long a service may take to end after SIGTERM; it has no requests any more. */
export const SERVICE_END_MS = 5000;
/** When it is the slave that was killed. */
const ORPHAN_END_SECONDS = 2;

/**
 * All of it is one process group, which this shell leads; `$$` is its number in the subshell too. It outlives SIGTERM, to tell how the
 * service ended and to leave nothing behind that nobody collects.
 */
const SCRIPT = `
trap : TERM INT HUP
sh -c "$1" 3<&- &
service=$!
(
  trap '' TERM INT HUP
  exec >/dev/null 2>&1
  read -r nothing <&3
  kill -TERM -$$
  sleep ${ORPHAN_END_SECONDS.toString()}
  kill -KILL -$$
) &
exec 3<&-
while :; do
  wait $service
  code=$?
  kill -0 $service 2>/dev/null || exit $code
done
`;

export interface ServiceProcessOptions {
  readonly name: string;
  /** For sh; `{port}` stands for the port. */
  readonly command: string;
  readonly port: number;
}

export interface ServiceProcessParts {
  readonly clock: Clock;
  readonly log: Log;
  /** It ended, and nobody had asked it to. Called once at most. */
  readonly onEnded: (reason: string) => void;
}

export class ServiceProcess {
  readonly #clock: Clock;
  readonly #child: ChildProcess;
  readonly #output: ServiceOutput;
  readonly #ended: Promise<void>;
  #asked = false;

  /** Starts it. That this fails is told as its end. */
  constructor({ name, command, port }: ServiceProcessOptions, { clock, log, onEnded }: ServiceProcessParts) {
    const portText = port.toString();
    const child = spawn('/bin/sh', ['-c', SCRIPT, 'lanyard-service', command.replaceAll('{port}', portText)], {
      detached: true,
      env: { ...process.env, PORT: portText },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.#clock = clock;
    this.#child = child;
    this.#output = new ServiceOutput(name, log, clock);
    for (const stream of [child.stdout, child.stderr]) if (stream !== null) this.#output.take(stream);
    child.stdio[3]?.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      const end = (reason: string): void => {
        resolve();
        this.#kill('SIGKILL');
        if (!this.#asked) onEnded(reason);
        this.#asked = true;
      };
      child.once('error', (error) => end(`/bin/sh cannot be started: ${error.message}`));
      child.once('exit', (code, signal) => end(endOf(code, signal)));
    });
    if (child.pid !== undefined) log.info({ service: name, pid: child.pid, port, text: command }, 'service is started');
  }

  /** Asks it to end, and after `graceMs` makes it end, with all that it started. Resolves when it is over. */
  async end(graceMs: number): Promise<void> {
    this.#asked = true;
    this.#kill('SIGTERM');
    const timer = this.#clock.after(graceMs, () => this.#kill('SIGKILL'));
    await this.#ended;
    timer.cancel();
    this.#output.close();
  }

  /** To the whole group: also what it started and left behind. */
  #kill(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // nobody is left
    }
  }
}

/** As a shell tells it: 128 and more stand for a signal, 127 for a command that is not there. */
function endOf(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `killed by ${signal}`;
  const number = code ?? 0;
  return `exit code ${number.toString()}${number > 128 ? `, which stands for signal ${(number - 128).toString()}` : ''}`;
}
