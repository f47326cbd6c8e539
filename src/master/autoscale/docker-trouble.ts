// What a failure of Docker means, and what to do: one sentence or two for a person, whatever dockerode threw.
import { userInfo } from 'node:os';
import { LanyardError, messageOf } from '../../common/errors.ts';

/** What was asked of Docker. */
export interface DockerCall {
  /** As in "while starting the container x". */
  readonly doing: string;
  /** Where the daemon is: a socket's path or a URL. */
  readonly address: string;
  readonly limitMs: number;
  /** Of what is to be made, when something is. */
  readonly image?: string;
  readonly container?: string;
}

/** What was answered has not the shape that it should have. */
export class NoDocker extends Error {
  override readonly name = 'NoDocker';
}

/** The status of an answer of Docker that was no success; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const { statusCode } = Object(error) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
}

/** The failure with a sentence that says what to do; its cause is what was thrown. */
export function dockerTrouble(error: unknown, call: DockerCall): LanyardError {
  const sentence = statusOf(error) === undefined ? unreachable(error, call) : refused(error, call);
  return new LanyardError('INTERNAL', sentence, error);
}

const WHERE = 'another socket is set with DOCKER_HOST=unix:///path';

/** There was no answer. */
function unreachable(error: unknown, { doing, address, limitMs }: DockerCall): string {
  const { code = '', name } = Object(error) as NodeJS.ErrnoException;
  if (name === 'AbortError' || name === 'TimeoutError') {
    const hint = 'See whether "docker info" answers; if not, restart Docker (systemctl restart docker)';
    return `Docker at ${address} did not answer within ${limitMs / 1000} s while ${doing}. ${hint}.`;
  }
  switch (code) {
    case 'ENOENT':
      return `No Docker runs here: there is no socket ${address}. Start it (systemctl start docker), or ${WHERE}.`;
    case 'ECONNREFUSED':
      return `Docker has ended: nobody listens at ${address}. Start it (systemctl start docker), or ${WHERE}.`;
    case 'EACCES':
    case 'EPERM':
      return `${ownName()} may not use Docker's socket ${address}. Run "sudo usermod -aG docker ${ownName()}", log in again, and start the master anew; or ${WHERE}.`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `Docker at ${address} closed the connection while ${doing}. See its log (journalctl -u docker).`;
    default:
      if (code.startsWith('HPE_') || error instanceof NoDocker)
        return `What answers at ${address} is not Docker. Set DOCKER_HOST to Docker's socket.`;
      return `Docker at ${address} cannot be reached while ${doing}: ${messageOf(error)}. See whether "docker info" answers.`;
  }
}

/** The answer was no success. */
function refused(error: unknown, { doing, image = '', container = '' }: DockerCall): string {
  const said = saidBy(error);
  const status = statusOf(error);
  if (status === 404 && /no such image/i.test(said))
    return `There is no image ${image} on this machine. Build it (docker build -t ${image} <folder with its Dockerfile>) or fetch it (docker pull ${image}).`;
  if (status === 409 && /already in use|conflict/i.test(said))
    return `There is another container with the name ${container}. Remove it: docker rm -f ${container}.`;
  if (/executable file not found|no such file or directory|no command specified|permission denied/i.test(said))
    return `The image ${image} cannot run its command: ${said}. See "command" in the template, and CMD in the image.`;
  return `Docker refused while ${doing}: ${said}.`;
}

/** In Docker's own words, in one line. */
function saidBy(error: unknown): string {
  const { json } = Object(error) as { json?: { message?: unknown } };
  const text = typeof json?.message === 'string' ? json.message : messageOf(error);
  return text.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '').slice(0, 500);
}

function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${(process.getuid?.() ?? 0).toString()}`; // one without a name, as containers have
  }
}
