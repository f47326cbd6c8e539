// The look-aside door: which backend to call is asked here over gRPC, the call itself passes the master by. One handler a method of the
// service lanyard.LoadBalancer, over door.ts.
import { LanyardError, type Failure } from '../../../common/errors.ts';
import type { LoadBalancerHandlers, RegisterResponseMessage } from '../../../common/grpc/messages.ts';
import { openGrpcServer } from '../../../common/grpc/server.ts';
import type { Log } from '../../../common/log.ts';
import { printable } from '../../../common/text/printable.ts';
import type { BackendWelcome, LookAside } from '../door.ts';

/** Names and numbers: more is a mistake. */
const MESSAGE_BYTES_MAX = 64 * 1024;
/** Calls are answered at once: what is under way after that waits for its caller. */
const CLOSE_MS = 1000;

export interface GrpcDoorOptions {
  readonly lookAside: LookAside;
  readonly host: string;
  /** 0 is chosen by the system. */
  readonly port: number;
  readonly log: Log;
}

export interface GrpcDoor {
  readonly port: number;
  /** From now on the health service says NOT_SERVING; what is asked is up to `LookAside`. */
  setDraining(): void;
  /** Resolves when the last connection is closed, within about a second. */
  close(): Promise<void>;
}

/** Opens the door; fails when the port cannot be bound. */
export async function openGrpcDoor({ lookAside, host, port, log }: GrpcDoorOptions): Promise<GrpcDoor> {
  const server = await openGrpcServer({
    what: 'look-aside door',
    host,
    port,
    hostOption: '--grpc-host',
    log,
    services: { 'lanyard.LoadBalancer': handlersOver(lookAside, log) },
    messageBytesMax: MESSAGE_BYTES_MAX,
  });
  return {
    port: server.port,
    setDraining: () => server.setServing(false),
    close: () => server.close(CLOSE_MS),
  };
}

function handlersOver(lookAside: LookAside, log: Log): LoadBalancerHandlers {
  return {
    RegisterBackend: (backend, { peer }) => welcome(lookAside.register(backend, peer)),
    ReportLoad: ({ id, load }) => welcome(lookAside.report(id, load)),
    GetBackend({ clientId, serviceName }, { peer }) {
      const answer = lookAside.choose(serviceName);
      if (log.isLevelEnabled('debug')) {
        const [client, service] = [printable(clientId), printable(serviceName)];
        const outcome = 'code' in answer ? { refused: answer.code } : { backend: printable(answer.id) };
        log.debug({ client, service, peer, ...outcome }, 'a client asked for a backend');
      }
      return unlessFailure(answer);
    },
  };
}

function welcome(answer: BackendWelcome | Failure): RegisterResponseMessage {
  return { success: true, ...unlessFailure(answer) };
}

function unlessFailure<Answer extends object>(answer: Answer | Failure): Answer {
  if ('code' in answer) throw new LanyardError(answer.code, answer.message);
  return answer;
}
