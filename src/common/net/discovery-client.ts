// A node's search for its master: broadcasts requests on every chosen interface for as long as it takes, judges the answers
// with the pure handshake, and sends the burst of ten ConnectionAcks. TCP is the caller's: it learns of the offer.
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import {
  CONNECTION_ACK_BURST,
  type ConnectionRequest,
  type ConnectionResponse,
  type NodeKind,
} from '../protocol/discovery-messages.ts';
import {
  judgeResponse,
  requestDelayMs,
  type Handshake,
  type MasterOffer,
  type Refusal,
  type Source,
} from '../protocol/handshake.ts';
import { decodePacket, encodePacket } from '../protocol/packet.ts';
import type { Random } from '../random/random.ts';
import type { Clock, Timer } from '../time/clock.ts';
import { openDatagramPort, type DatagramPort } from './datagram.ts';
import { discoveryTargets } from './discovery-targets.ts';
import { chooseInterfaces, listInterfaces, sourceAddress, type Interface } from './interfaces.ts';

/** After an ACK the master has this long to dial; then the search starts over with a new nonce. */
export const JOIN_TIMEOUT_MS = 5000;
/** A refusal is shown again at most this often. */
const REFUSAL_REPEAT_MS = 30_000;
/** Refusals kept between two requests. */
const REFUSALS_MAX = 100;
/** So long without any answer, and what was tried is said; again at most this often. */
const SILENT_MS = 10_000;
const SILENT_REPEAT_MS = 180_000;
/** The master gives up first: a new search must not meet the old dial. */
const JOIN_SLACK_MS = 250;

export interface DiscoveryOptions {
  readonly cluster: string;
  readonly discoveryPort: number;
  readonly interfaces: readonly string[];
  /** Address of a master beyond the broadcast domain: then nothing is broadcast. */
  readonly master: Source | undefined;
  readonly instanceId: string;
  readonly kind: NodeKind;
  readonly ports: readonly number[];
  /** The command line that tells why nobody answers. */
  readonly doctor: string;
  /** A master said yes and will dial. */
  readonly onOffer: (offer: MasterOffer) => void;
}

export interface DiscoveryTools {
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  readonly newNonce: () => string;
}

interface Target {
  readonly port: DatagramPort;
  /** Of the interface. */
  readonly name: string;
  readonly address: string;
  readonly delayMs: number;
}

export class DiscoveryClient {
  readonly #options: DiscoveryOptions;
  readonly #tools: DiscoveryTools;
  readonly #ports = new Map<string, DatagramPort>();
  readonly #shown = new Map<string, number>();
  #handshake: Handshake | undefined;
  #refusals: Refusal[] = [];
  #requestsSent = 0;
  /** Since when a search goes on without an answer. */
  #silentSinceMs: number | undefined;
  #silenceShownMs = -Infinity;
  #timers: Timer[] = [];
  #closed = false;

  constructor(options: DiscoveryOptions, tools: DiscoveryTools) {
    this.#options = options;
    this.#tools = tools;
  }

  /** The nonce of the search under way or just won: a master that dials must repeat it. */
  get nonce(): string | undefined {
    return this.#handshake?.nonce;
  }

  /** Starts a new search with a new nonce, ending the one under way. */
  search(): void {
    this.#cancelTimers();
    this.#handshake = { state: 'searching', nonce: this.#tools.newNonce() };
    this.#requestsSent = 0;
    this.#silentSinceMs ??= this.#tools.clock.nowMs();
    this.#scheduleRequest();
  }

  /** The master has joined us: nothing more is sent, but a second master's answer is still noticed. */
  settle(): void {
    this.#cancelTimers();
    this.#silentSinceMs = undefined;
    if (this.#handshake?.state === 'searching') this.#handshake = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimers();
    for (const port of this.#ports.values()) port.close();
    this.#ports.clear();
  }

  #cancelTimers(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
  }

  #scheduleRequest(): void {
    const delayMs = requestDelayMs(this.#requestsSent, this.#tools.random);
    this.#timers = [this.#tools.clock.after(delayMs, () => void this.#request())];
  }

  async #request(): Promise<void> {
    const handshake = this.#handshake;
    if (handshake?.state !== 'searching') return;
    this.#showRefusals();
    const targets = await this.#targets();
    if (this.#handshake !== handshake || this.#closed) return;
    const { cluster, discoveryPort, instanceId, kind, master } = this.#options;
    const request: ConnectionRequest = { type: 'request', nonce: handshake.nonce, instanceId, kind };
    const packet = encodePacket(cluster, request);
    const port = master?.port ?? discoveryPort;
    if (this.#requestsSent === 0) {
      const addresses = targets.map(({ address }) => address);
      this.#tools.log.info({ cluster, addresses, port }, 'looking for a master');
    }
    this.#showSilence(targets, port);
    this.#requestsSent++;
    this.#scheduleRequest();
    for (const { port: from, address, delayMs } of targets) {
      const send = (): void => {
        if (this.#handshake === handshake) from.send(packet, port, address);
      };
      if (delayMs === 0) send();
      else this.#timers.push(this.#tools.clock.after(delayMs, send));
    }
  }

  /** One socket per interface, bound to its address, so that the source address is right. Interfaces come and go: looked up anew. */
  async #targets(): Promise<Target[]> {
    const { interfaces, master } = this.#options;
    if (master !== undefined) {
      const port = await this.#open(sourceAddress(interfaces, this.#available()));
      return port === undefined ? [] : [{ port, name: '--master', address: master.address, delayMs: 0 }];
    }
    const targets: Target[] = [];
    for (const { name, address, broadcast, delayMs } of discoveryTargets(this.#available())) {
      const port = await this.#open(address);
      if (port !== undefined) targets.push({ port, name, address: broadcast, delayMs });
    }
    return targets;
  }

  /** An interface that the user named may be down for a while: the search goes on without it. */
  #available(): Interface[] {
    try {
      return chooseInterfaces(this.#options.interfaces, listInterfaces());
    } catch (error) {
      this.#showOnce('interface', () => this.#tools.log.warn({ err: error }, 'interface not available'));
      return [];
    }
  }

  async #open(address: string): Promise<DatagramPort | undefined> {
    const open = this.#ports.get(address);
    if (open !== undefined) return open;
    const { log } = this.#tools;
    try {
      const port: DatagramPort = await openDatagramPort({
        what: 'discovery',
        host: address,
        port: 0,
        option: '--interface',
        onPacket: (packet, source) => this.#receive(packet, source, port),
        onError: (error) => {
          const { master } = this.#options;
          if (master === undefined) log.debug({ err: error, address }, 'discovery packet not sent');
          else
            this.#showOnce('not sent', () =>
              log.warn({ master: master.address, why: messageOf(error) }, 'cannot reach --master'),
            );
          if (this.#ports.get(address) === port) this.#ports.delete(address);
          port.close();
        },
      });
      if (this.#closed) port.close();
      else this.#ports.set(address, port);
      return port;
    } catch (error) {
      log.debug({ err: error, address }, 'no discovery socket on this address');
      return undefined;
    }
  }

  #receive(bytes: Uint8Array, source: Source, port: DatagramPort): void {
    const packet = decodePacket(bytes);
    if (!packet.ok || (packet.message.type !== 'ack' && packet.message.type !== 'nak')) return;
    if (packet.message.type === 'ack' && packet.cluster !== this.#options.cluster) return;
    this.#judge(packet.message, source, port);
  }

  #judge(response: ConnectionResponse, source: Source, port: DatagramPort): void {
    if (this.#handshake === undefined) return;
    const { log, clock } = this.#tools;
    const verdict = judgeResponse(this.#handshake, response, source);
    switch (verdict.kind) {
      case 'ignored':
        return;
      case 'refused':
        this.#silentSinceMs = clock.nowMs();
        if (this.#refusals.length < REFUSALS_MAX) this.#refusals.push(verdict.refusal);
        return;
      case 'second-master':
        this.#showOnce(`second ${verdict.masterName}`, () =>
          log.warn(
            { master: verdict.masterName, address: source.address, cluster: this.#options.cluster },
            'a second master of this cluster answered, it is ignored: give one of them another --cluster name',
          ),
        );
        return;
      case 'accepted': {
        this.#cancelTimers();
        this.#refusals = [];
        this.#silentSinceMs = undefined;
        this.#handshake = verdict.handshake;
        log.debug({ master: verdict.offer.masterName, ...source }, 'master found');
        const { cluster, instanceId, ports, doctor, onOffer } = this.#options;
        onOffer(verdict.offer);
        const connect = encodePacket(cluster, { type: 'connect', nonce: response.nonce, instanceId, ports });
        for (let i = 0; i < CONNECTION_ACK_BURST; i++) port.send(connect, source.port, source.address);
        this.#timers.push(
          clock.after(JOIN_TIMEOUT_MS + JOIN_SLACK_MS, () => {
            this.#showOnce('no dial', () =>
              log.warn(
                { master: verdict.offer.masterName, ports, waitedMs: JOIN_TIMEOUT_MS, doctor },
                'the master answered but did not connect: is a firewall in the way? (--port-range fixes the ports)',
              ),
            );
            this.search();
          }),
        );
      }
    }
  }

  /** Shown only when the next round starts: another master may have said yes in the meantime. */
  #showRefusals(): void {
    for (const { reason, masterName, detail, source } of this.#refusals) {
      this.#showOnce(`${reason} ${source.address}`, () =>
        this.#tools.log.warn({ reason, detail, master: masterName, address: source.address }, 'refused by a master'),
      );
    }
    this.#refusals = [];
  }

  /** One line for whoever wonders why nothing joins: what was tried, and what tells more. */
  #showSilence(targets: readonly Target[], port: number): void {
    const nowMs = this.#tools.clock.nowMs();
    const silentMs = nowMs - (this.#silentSinceMs ?? nowMs);
    if (silentMs < SILENT_MS || nowMs - this.#silenceShownMs < SILENT_REPEAT_MS) return;
    this.#silenceShownMs = nowMs;
    const { cluster, doctor } = this.#options;
    const asked = targets.map(({ name, address }) => `${name} ${address}`);
    const silentS = Math.round(silentMs / 1000);
    this.#tools.log.warn({ cluster, asked, port, silentS, doctor }, 'no master has answered; the doctor says why');
  }

  #showOnce(key: string, show: () => void): void {
    const nowMs = this.#tools.clock.nowMs();
    const shownAt = this.#shown.get(key);
    if (shownAt !== undefined && nowMs - shownAt < REFUSAL_REPEAT_MS) return;
    if (this.#shown.size > 1000) this.#shown.clear();
    this.#shown.set(key, nowMs);
    show();
  }
}
