// Calls to the Docker daemon: where it is, a limit for each call, and sentences when one fails.
import http from 'node:http';
import Docker from 'dockerode';
import { LanyardError } from '../../common/errors.ts';
import { dockerTrouble, statusOf, type DockerCall } from './docker-trouble.ts';

const DEFAULT_SOCKET = '/var/run/docker.sock';
/** A timer takes whole milliseconds, and no more. */
const LIMIT_MS_MAX = 2 ** 31 - 1;

/** A call to Docker: what it is about, and how long it may take. */
export type Asked = Omit<DockerCall, 'address'>;

export class DockerCalls {
  readonly docker: Docker;
  /** Where the daemon is, for people. */
  readonly address: string;

  /** `dockerHost` as in the variable DOCKER_HOST; the usual socket when undefined or empty. Throws BAD_OPTION when it is none that can be used. */
  constructor(dockerHost: string | undefined) {
    const [, scheme = 'unix', rest = ''] = /^([a-z]+):\/\/(.*)$/.exec(dockerHost || `unix://${DEFAULT_SOCKET}`) ?? [];
    this.address = scheme === 'unix' ? rest : (dockerHost ?? '');
    if (scheme === 'unix' && rest.startsWith('/')) {
      // A connection for each call: one that is kept would fail once whenever the daemon was started anew.
      const options = { socketPath: rest, host: '', protocol: 'http', agent: new http.Agent() } as const;
      this.docker = new Docker(options);
    } else if (scheme === 'tcp' && URL.canParse(this.address) && dockerHost === process.env['DOCKER_HOST']) {
      this.docker = new Docker(); // reads the same variable, and DOCKER_TLS_VERIFY and DOCKER_CERT_PATH beside it
    } else {
      throw new LanyardError(
        'BAD_OPTION',
        `DOCKER_HOST is "${dockerHost ?? ''}": expected unix:///path/of/docker.sock or tcp://host:port.`,
      );
    }
  }

  /** Does a call within its limit; what it throws says what to do. */
  async ask<T>(asked: Asked, call: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    const abortSignal = AbortSignal.timeout(Math.min(Math.ceil(asked.limitMs), LIMIT_MS_MAX));
    try {
      return await call(abortSignal);
    } catch (error) {
      // Aborted, it fails with whatever broke first.
      const thrown: unknown = abortSignal.aborted && statusOf(error) === undefined ? abortSignal.reason : error;
      throw dockerTrouble(thrown, { ...asked, address: this.address });
    }
  }
}

/** Does a call, and takes these statuses for success: what it was to bring about is so already. */
export async function orSo(call: Promise<unknown>, statuses: readonly number[]): Promise<void> {
  try {
    await call;
  } catch (error) {
    const status = statusOf(error instanceof LanyardError ? error.cause : error);
    if (status === undefined || !statuses.includes(status)) throw error;
  }
}
