// What the doctor found out, as plain data: gathered by the probes, judged by `verdict.ts` and `findings.ts`, printed with --json.
import type { NakReason } from '../../common/protocol/discovery-messages.ts';
import type { Role } from '../../common/protocol/messages.ts';
import type { Source } from '../../common/protocol/handshake.ts';

/** One IPv4 address of an interface; or an interface without one. */
export interface InterfaceFact {
  readonly name: string;
  readonly address?: string;
  readonly netmask?: string;
  readonly broadcast?: string;
  readonly isLoopback: boolean;
  /** `used`: asked for a master. `unusable`: nothing can be broadcast on it, `why` says what is missing. */
  readonly state: 'used' | 'not-chosen' | 'unusable';
  readonly why?: string;
  /** Such as `Wi-Fi` or `containers`. */
  readonly looksLike?: string;
}

/** What one master said to one way of asking. */
export interface AnswerFact {
  /** How it was asked. */
  readonly by: 'broadcast' | 'address';
  /** Interface and address on which the answer came. */
  readonly interface: string;
  readonly at: string;
  readonly from: Source;
  readonly kind: 'ack' | 'nak';
  readonly master: string;
  /** Of an ACK: the instance of the master. */
  readonly masterId?: string;
  readonly pollIntervalMs?: number;
  readonly cluster: string;
  readonly version: string;
  readonly reason?: NakReason;
  readonly detail?: string;
  /** Its sender lies outside the network that was asked. */
  readonly isFromElsewhere: boolean;
}

/** A master was told the ports, and should have connected to them. */
export interface VisitFact {
  readonly master: string;
  readonly masterId: string;
  readonly from: Source;
  readonly interface: string;
  /** The address by which the master knows this machine; 0.0.0.0 when the system chose it. */
  readonly at: string;
  readonly ports: readonly number[];
  /** Roles of which the master has said hello. */
  readonly greeted: readonly Role[];
  /** Something connected there. */
  readonly connected: readonly Role[];
  /** Whether the master heard what this machine sent over these connections; undefined when that could not be told. */
  readonly heard?: boolean;
}

/** A program that has a port. */
export interface PortUse {
  readonly protocol: 'UDP' | 'TCP';
  readonly port: number;
  /** Such as `node bin/slave (process 4711)`; undefined when the system does not tell. */
  readonly owner?: string;
}

/** A program here that looks like a slave that has joined. */
export interface JoinedSlave {
  readonly ports: readonly number[];
  /** Undefined when the system does not tell: then it may be several. */
  readonly owner?: string;
}

/** What keeps packets from coming in, as far as it could be read. */
export interface FirewallFact {
  /** Firewall programs that are on or installed. */
  readonly present: readonly string[];
  /** False: the rules can be read as root only, or there is nothing to read them with. */
  readonly isRead: boolean;
  /** What of this machine drops incoming packets, each in words. */
  readonly drops: readonly Drop[];
}

export interface Drop {
  readonly what: string;
  readonly protocols: readonly ('udp' | 'tcp')[];
  /** It lets answers to what was sent come in, which answers to a broadcast are not for Linux. */
  readonly lets: 'nothing' | 'answers';
  /** False: some rule may let them in after all, or they are dropped on some networks only. */
  readonly isCertain: boolean;
}

export interface MachineFact {
  readonly platform: string;
  readonly release: string;
  readonly isRoot: boolean;
  readonly container?: string;
  readonly wsl?: 'nat' | 'mirrored';
  /** CPUs that a quota of the container allows, when there is one. */
  readonly cpuQuota?: number;
  readonly loadAverage: number;
  readonly firewall: FirewallFact;
}

/** Why a request could not leave: by which interface (`--master`: to that master) and address. */
export interface NotSentFact {
  readonly interface: string;
  readonly at: string;
  readonly why: string;
}

/** The --master address, asked beside all networks. */
export interface MasterFact {
  readonly asked: string;
  readonly port: number;
  readonly address?: string;
  /** The address of this machine from which it was asked, when --interface says so. */
  readonly from?: string;
  /** Why its name or address cannot be used. */
  readonly problem?: string;
  /** Its HTTP port: `open` proves that the machine is there. */
  readonly http?: 'open' | 'refused' | 'silent';
}

export interface Facts {
  readonly cluster: string;
  readonly discoveryPort: number;
  readonly timeoutMs: number;
  readonly wantedInterfaces: readonly string[];
  /** Of these, those that this machine does not have, or that are down. */
  readonly missingInterfaces: readonly { readonly wanted: string; readonly why: string }[];
  readonly interfaces: readonly InterfaceFact[];
  readonly master?: MasterFact;
  readonly answers: readonly AnswerFact[];
  readonly notSent: readonly NotSentFact[];
  /** Of the masters that a slave might follow: the first, and two more. */
  readonly visits: readonly VisitFact[];
  readonly portRange?: { readonly first: number; readonly last: number };
  /** Why the slave could not open its ports in that range. */
  readonly portRangeProblem?: string;
  readonly portsInUse: readonly PortUse[];
  readonly joinedSlaves: readonly JoinedSlave[];
  readonly machine: MachineFact;
}
