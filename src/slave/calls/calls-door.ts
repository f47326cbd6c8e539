// The service `Compute` of this slave: from a call to `Calls` and back.
import type { Services } from '../../common/grpc/messages.ts';
import { openGrpcServer, type GrpcServer } from '../../common/grpc/server.ts';
import type { Log } from '../../common/log.ts';
import type { PortRange } from '../../common/net/listen.ts';
import { Calls, type CallsParts } from './calls.ts';

/** So many clients may be connected at once. */
const CONNECTIONS_MAX = 10_000;
/** Calls beside those in hand: they arrive, are refused, or have their answer and go. */
const CALLS_BESIDE_MAX = 1000;

export interface CallsDoorOptions extends CallsParts {
  readonly host: string;
  /** 0 is chosen from `range`, or by the system. */
  readonly port: number;
  readonly range: PortRange | undefined;
  readonly log: Log;
}

export interface CallsDoor {
  readonly calls: Calls;
  readonly server: GrpcServer;
}

/** Opens the door; fails with a `LanyardError` that names the port and what to try when it cannot be bound. */
export async function openCallsDoor({ host, port, range, log, ...parts }: CallsDoorOptions): Promise<CallsDoor> {
  const calls = new Calls(parts);
  const server = await openGrpcServer({
    what: 'gRPC',
    host,
    port,
    ...(range !== undefined && { range, ...(port === 0 && { option: '--port-range' }) }),
    connectionsMax: CONNECTIONS_MAX,
    limits: { callsMax: parts.queueLimit + parts.concurrency + CALLS_BESIDE_MAX },
    whenFull: `try again, or ask the master for another slave (--grpc-queue-limit ${parts.queueLimit.toString()})`,
    log,
    services: computeOf(calls),
  });
  return { calls, server };
}

function computeOf(calls: Calls): Services {
  return {
    'lanyard.Compute': {
      ComputeTask: (request, { deadlineMs, onCancel }) => calls.run(request, { remainingMs: deadlineMs, onCancel }),
    },
  };
}
