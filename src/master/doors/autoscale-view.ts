// What people and programs see of the replicas: `GET /autoscale`. Times of day are ISO 8601, spans milliseconds.

export interface AutoscaleView {
  readonly groups: readonly ScaledGroupView[];
  /** Replicas that are there, and that none of the groups keeps. */
  readonly strangers: readonly StrangerView[];
}

export interface StrangerView {
  readonly id: string;
  readonly group: string;
  /** Name of its slave; null when it has not joined. */
  readonly slave: string | null;
  readonly detail: string;
}

export interface ScaledGroupView {
  readonly group: string;
  readonly min: number;
  readonly max: number;
  readonly provider: string;
  /** How many there should be. */
  readonly wanted: number;
  /** How many there are, those included that start and that leave. */
  readonly actual: number;
  /** How many of them take work. */
  readonly ready: number;
  /** Requests or tasks that wait. */
  readonly waiting: number;
  readonly replicas: readonly ReplicaView[];
  /** Why it is as it is. */
  readonly reason: string;
  /** What went wrong last; null when nothing did since all was well. */
  readonly lastError: string | null;
  /** When starting is tried again after failures; null when nothing holds it. */
  readonly retryInMs: number | null;
  /** The latest changes, oldest first. */
  readonly history: readonly ScaleChange[];
}

export interface ReplicaView {
  readonly id: string;
  /** `ordered`: the provider has not answered yet. `starting`: no work yet. `unwell`: took work, and does not now. */
  readonly state: 'ordered' | 'starting' | 'ready' | 'unwell' | 'draining' | 'stopping';
  /** Name of its slave; null until it joined. */
  readonly slave: string | null;
  /** For how long it has had no work; 0 when it has some, or cannot have any. */
  readonly idleMs: number;
  /** What the provider says of it: a pid, a container. */
  readonly detail: string;
}

export interface ScaleChange {
  readonly at: string;
  /** How many there were, and how many there are to be. */
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}
