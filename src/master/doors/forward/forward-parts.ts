// What a forwarded request works with: what its door has for all of them, and what its client asked for.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../../../common/log.ts';
import type { Forwarding } from '../door.ts';
import type { SilenceWatch } from '../silence.ts';
import type { Upstream } from '../upstream.ts';
import type { ForwardLimits } from './forward-failures.ts';
import type { KeptBytes } from './request-body.ts';

/** What all requests of a door share. */
export interface ForwardParts {
  readonly forwarding: Forwarding<Upstream>;
  readonly log: Log;
  readonly limits: ForwardLimits;
  readonly watch: SilenceWatch;
  readonly kept: KeptBytes;
}

/** What the client asked for. */
export interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly service: string;
  /** As the service knows it, without its base path. */
  readonly path: string;
  readonly hasBody: boolean;
  /** The client waits for `100 Continue` before it sends its body. */
  readonly awaitsContinue: boolean;
}
