// A method with one request and one response: from grpc-js's callback to a function that answers or throws, and from what it throws to
// a status that a person can act on.
import type { handleUnaryCall, Metadata, status as Status, StatusObject } from '@grpc/grpc-js';
import { LanyardError, type Failure } from '../errors.ts';
import type { Log } from '../log.ts';
import { STATUS_CODES, type GrpcStatus } from '../status-codes.ts';
import { Malformed } from './definitions.ts';

/** A call under way, as a handler sees it. */
export interface UnaryCall {
  /** IP address of the caller. */
  readonly peer: string;
  /** Left until the caller gives up; Infinity when it waits as long as it takes. */
  readonly deadlineMs: number;
  /** Calls `listener` once when the caller gives up, is gone or its deadline passes; not after the answer. */
  readonly onCancel: (listener: () => void) => void;
}

/** Answers, or throws a `LanyardError`; whatever else it throws is a fault of ours: logged, and told without what it says. */
export type Unary<Request, Response> = (request: Request, call: UnaryCall) => Response | Promise<Response>;

/** Of grpc-js, which is loaded only when a server is opened. */
export interface StatusTools {
  readonly status: Readonly<Pick<typeof Status, GrpcStatus>>;
  readonly newMetadata: () => Metadata;
}

/** The failure's code stands beside its sentence, for programs. */
export const CODE_KEY = 'lanyard-code';

const FAULT = 'the call failed for a reason that is not its own; the log of this node says why';

/** A failure as gRPC says it. */
export function statusOf({ code, message }: Failure, { status, newMetadata }: StatusTools): StatusObject {
  const metadata = newMetadata();
  metadata.set(CODE_KEY, code);
  // Half a character would make the status unsendable.
  const details = Buffer.from(message).toString();
  return { code: status[STATUS_CODES[code].grpc], details, metadata };
}

/** `path` names the method in the log. */
export function unaryHandler<Request, Response>(
  path: string,
  handler: Unary<Request, Response>,
  log: Log,
  tools: StatusTools,
): handleUnaryCall<Request | Malformed, Response> {
  return (call, callback) => {
    // grpc-js says of every call in the end that it is cancelled.
    let isAnswered = false;
    const seen: UnaryCall = {
      peer: addressOf(call.getPeer()),
      deadlineMs: Math.max(0, Number(call.getDeadline()) - Date.now()),
      onCancel: (listener) =>
        void call.once('cancelled', () => {
          if (!isAnswered) listener();
        }),
    };
    void answer(path, handler, call.request, seen, log).then((result) => {
      isAnswered = true;
      if (result instanceof LanyardError) callback(statusOf(result, tools));
      else callback(null, result);
    });
  };
}

/** Never rejects. */
async function answer<Request, Response>(
  path: string,
  handler: Unary<Request, Response>,
  request: Request | Malformed,
  call: UnaryCall,
  log: Log,
): Promise<Response | LanyardError> {
  if (request instanceof Malformed) return new LanyardError('BAD_PARAMETER', request.message);
  try {
    return await handler(request, call);
  } catch (error) {
    if (error instanceof LanyardError) return error;
    log.error({ err: error, method: path }, 'call failed');
    return new LanyardError('INTERNAL', FAULT);
  }
}

/** `127.0.0.1:40000` and `::ffff:127.0.0.1:40000` → `127.0.0.1`. */
function addressOf(peer: string): string {
  const colon = peer.lastIndexOf(':');
  return (colon < 0 ? peer : peer.slice(0, colon)).replace(/^::ffff:(?=[\d.]+$)/, '');
}
