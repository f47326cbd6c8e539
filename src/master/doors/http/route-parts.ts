// What the endpoints of the HTTP door work with.
import type { Page } from '../../../common/http/page.ts';
import type { Log } from '../../../common/log.ts';
import type { Clock } from '../../../common/time/clock.ts';
import type { Cluster } from '../door.ts';
import type { EventStream } from './event-stream.ts';
import type { Guard } from './guard.ts';
import type { TaskWaits } from './task-waits.ts';

export interface RouteParts {
  readonly cluster: Cluster;
  readonly guard: Guard;
  readonly log: Log;
  readonly clock: Clock;
  readonly events: EventStream;
  readonly waits: TaskWaits;
  /** The page for Prometheus. */
  readonly metrics: () => Promise<Page>;
}
