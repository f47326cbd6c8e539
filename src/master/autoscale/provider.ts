// The contract of whatever starts and ends replicas: slaves that come and go with the work. A provider starts and ends, and restarts
// nothing by itself; when and how many is decide.ts's business. Conformance: test/conformance/provider.conformance.test.ts.

/** The labels that a replica's slave carries, by which its master knows it again. */
export const REPLICA_LABEL = 'lanyard.replica';
export const GROUP_LABEL = 'lanyard.group';

/** Which cluster, of those that may be on one machine. */
export interface ClusterPlace {
  readonly cluster: string;
  readonly discoveryPort: number;
  /** Of its networks, as the master was told; all when there are none. */
  readonly interfaces?: readonly string[];
}

/** A replica to be started. */
export interface ReplicaOrder {
  /** Letters, digits, dots, dashes and underscores; unique in the cluster. */
  readonly id: string;
  /** Of work: the name of a service, or of a group of task types. */
  readonly group: string;
  /** What its slave needs to find this master and to carry its labels: LANYARD_<OPTION> variables. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A replica that exists, whoever started it. */
export interface Replica {
  readonly id: string;
  readonly group: string;
  /** `ended`: its process is over, and what is left of it is to be cleared away by `stop`. */
  readonly state: 'running' | 'ended';
  /** Why it ended, as far as that is known; a pid, a container's id: what a person looks for. */
  readonly detail: string;
}

export interface Provider {
  readonly name: 'process' | 'docker';
  /** Resolves when it runs; it has not joined by then. Rejects with a sentence that says what to do. */
  start(order: ReplicaOrder): Promise<void>;
  /** All of this cluster, of every group that this provider started, now or before this master was. */
  list(): Promise<readonly Replica[]>;
  /** Asks it to end, makes it end when `graceMs` are over, and clears it away. It need not exist. */
  stop(id: string, graceMs: number): Promise<void>;
}
