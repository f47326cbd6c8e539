// Every message that travels over TCP: a tuple whose first field is its tag. Fields are by position; tags and positions are
// append-only, so that a node of an older minor version can skip what it does not know. docs/protocol.md is the prose to this.
import type { TaskTypeSpec } from '../task-types/contract.ts';
import type { SlaveInfo } from './slave-info.ts';

export const Tag = {
  Hello: 1,
  Capabilities: 2,
  Welcome: 3,
  Rejected: 4,
  LoadRequest: 5,
  LoadResponse: 6,
  Task: 7,
  Cancel: 8,
  Recall: 9,
  Ack: 10,
  Progress: 11,
  Result: 12,
  Slots: 13,
  Draining: 14,
  Leave: 15,
  Drain: 16,
  SlavesRequest: 17,
  Slaves: 18,
  SlaveJoined: 19,
  SlaveLeft: 20,
  TunnelOpen: 21,
  ServiceStates: 22,
} as const;

/** What one of a slave's three sockets is for. */
export const ROLES = ['load', 'dispatch', 'results'] as const;
export type Role = (typeof ROLES)[number];
/** The role of a monitor's only socket, by number. */
export const MONITOR_ROLE = ROLES.length;
/** The role of a connection that is to carry requests to a service of the slave, by number: a tunnel. */
export const TUNNEL_ROLE = MONITOR_ROLE + 1;

/** Master → node, the first message on each socket. A higher `dial` replaces all sockets of a lower one. */
export type Hello = readonly [
  tag: typeof Tag.Hello,
  role: number,
  nonce: string,
  masterId: string,
  dial: number,
  major: number,
  minor: number,
  /** Of a tunnel: where it is to lead. */
  service?: string,
];

/** What a slave can do and still does; sent on the load socket at the join and whenever it changes. */
export interface SlaveCapabilities {
  readonly instanceId: string;
  readonly name: string;
  readonly cores: number;
  readonly concurrency: number;
  readonly maxLoad: number;
  readonly groups: readonly GroupOffer[];
  readonly labels: Readonly<Record<string, string>>;
  /** Where Prometheus may scrape this slave; 0 when it is off. */
  readonly metricsPort: number;
  /** All that it holds: waiting, running, or finished with the result not yet sent. */
  readonly holds: readonly Held[];
  readonly draining: boolean;
  /** Where it serves gRPC; 0 when it does not. Slaves before version 1.2 do not say. */
  readonly grpcPort?: number;
  /** Where tunnels to its services are opened; 0 for none. Since version 1.3, as are they. */
  readonly forwardPort?: number;
  readonly services?: readonly ServiceOffer[];
}

/** So many services one slave may have. */
export const SERVICES_MAX = 100;

/** A web service beside the slave, to which it lets the master through. */
export interface ServiceOffer {
  readonly name: string;
  /** How many requests it takes at once. */
  readonly slots: number;
  /** `host:port` of its URL, for the Host header. */
  readonly host: string;
  /** The path of its URL without a slash at its end: stands before the path of each request. Empty for none. */
  readonly basePath: string;
  /** Its load is what a metric of its own says. */
  readonly reportsLoad: boolean;
}

/** One attempt at a slave, and whether it has started there. */
export type Held = readonly [id: string, attempt: number, started?: boolean];

/** One group that a slave offers: the built-in types together, every other type or service on its own. */
export interface GroupOffer {
  readonly name: string;
  readonly slots: number;
  readonly taskTypes: readonly TaskTypeSpec[];
}

/** No machine is busier: so many runnable threads per core. What is beyond it is no CPU load. */
export const CPU_LOAD_MAX = 1e6;

/** What a load poll brings home. */
export interface LoadReport {
  /** CPU load: see DESIGN of the load metric in docs/algorithms.md; from 0.01 to CPU_LOAD_MAX. */
  readonly cpu: number;
  /** Memory in use, 0 to 1. */
  readonly memoryRatio: number;
  /** Weight of work that reached the slave another way than by this master: waiting or running. */
  readonly foreignWeight: number;
  /** How many such tasks it has taken since it began, counted when it takes one: only ever grows. */
  readonly foreignStarts: number;
  readonly slots: readonly (readonly [group: string, slots: number])[];
  /** Tasks in hand that have started, whoever gave them. */
  readonly running: number;
}

/** Ack states, in the order in which they can come. */
export const ACKS = ['accepted', 'started', 'refused'] as const;
export type AckState = (typeof ACKS)[number];

/** How an attempt ended at the slave. `expired`: its time was over, there by the slave's own clock. */
export const OUTCOMES = ['done', 'failed', 'cancelled', 'expired'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The longest stack that travels with a failure. */
export const STACK_CHARS_MAX = 4000;

export type CapabilitiesMessage = readonly [typeof Tag.Capabilities, SlaveCapabilities];
export type WelcomeMessage = readonly [typeof Tag.Welcome, name: string];
export type RejectedMessage = readonly [typeof Tag.Rejected, reason: string];
export type LoadRequestMessage = readonly [typeof Tag.LoadRequest, sequence: number];
export type LoadResponseMessage = readonly [typeof Tag.LoadResponse, sequence: number, report: LoadReport];
/** `remainingMs` until the deadline, `runLimitMs` from its start at the slave; 0 when there is none. */
export type TaskMessage = readonly [
  tag: typeof Tag.Task,
  id: string,
  attempt: number,
  type: string,
  params: unknown,
  weight: number,
  remainingMs: number,
  runLimitMs?: number,
];
export type CancelMessage = readonly [typeof Tag.Cancel, id: string, attempt: number];
export type RecallMessage = readonly [typeof Tag.Recall, id: string, attempt: number];
export type AckMessage = readonly [typeof Tag.Ack, id: string, attempt: number, state: number, reason: string];
export type ProgressMessage = readonly [typeof Tag.Progress, id: string, attempt: number, ratio: number, text: string];
/** `value` is the result when done, the message of what was thrown when failed, otherwise null. `stack`: where it was thrown. */
export type ResultMessage = readonly [
  tag: typeof Tag.Result,
  id: string,
  attempt: number,
  outcome: number,
  value: unknown,
  runMs: number,
  tooLarge: boolean,
  stack?: string | undefined,
];
export type SlotsMessage = readonly [typeof Tag.Slots, group: string, slots: number];
export type DrainingMessage = readonly [typeof Tag.Draining];
export type LeaveMessage = readonly [typeof Tag.Leave];
/** Master → slave: give back what has not begun and take nothing new, until told `false`. */
export type DrainMessage = readonly [typeof Tag.Drain, on: boolean];
/** Monitor → master: tell me all slaves. At once after the hello, then at every poll of the monitor. */
export type SlavesRequestMessage = readonly [typeof Tag.SlavesRequest, sequence: number];
/**
 * Master → monitor: all slaves, in as many messages as it takes. The answer to the request of that number. `upMs`: for how long this
 * master has been there; slaves of the one before it may still be on their way.
 */
export type SlavesMessage = readonly [
  tag: typeof Tag.Slaves,
  sequence: number,
  isLast: boolean,
  slaves: readonly SlaveInfo[],
  upMs?: number,
];
/** Master → monitor: a slave joined, or says something else of itself than before. */
export type SlaveJoinedMessage = readonly [typeof Tag.SlaveJoined, SlaveInfo];
/** Slave → master, the answer to a hello for a tunnel: from here on the connection is the service's. Rejected says why not. */
export type TunnelOpenMessage = readonly [typeof Tag.TunnelOpen];
/** Most characters of why a service is not well. */
export const WHY_CHARS_MAX = 200;
/**
 * Whether a service takes requests, and its load by its own metric; null when it has none. `why`: what is wrong with it, or with that
 * metric; left out when nothing is.
 */
export type ServiceState = readonly [name: string, healthy: boolean, load: number | null, why?: string];
/** Slave → master on the load socket: how its services are, read after the load request of this sequence came. */
export type ServiceStatesMessage = readonly [
  tag: typeof Tag.ServiceStates,
  sequence: number,
  states: readonly ServiceState[],
];
/** Master → monitor: a slave is gone; why, in a word. */
export type SlaveLeftMessage = readonly [typeof Tag.SlaveLeft, instanceId: string, reason: string];

/** So many slaves stand in one Slaves message: with the longest names and labels they still fit a frame. */
export const SLAVES_PER_MESSAGE_MAX = 32;

export type Message =
  | Hello
  | CapabilitiesMessage
  | WelcomeMessage
  | RejectedMessage
  | LoadRequestMessage
  | LoadResponseMessage
  | TaskMessage
  | CancelMessage
  | RecallMessage
  | AckMessage
  | ProgressMessage
  | ResultMessage
  | SlotsMessage
  | DrainingMessage
  | LeaveMessage
  | DrainMessage
  | SlavesRequestMessage
  | SlavesMessage
  | SlaveJoinedMessage
  | SlaveLeftMessage
  | TunnelOpenMessage
  | ServiceStatesMessage;
