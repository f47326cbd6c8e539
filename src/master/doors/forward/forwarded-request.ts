// One request on its way through the master: asks for a member, sends, streams the response back, tries once more if it may. Whatever
// happens first ends it: the response, the client, the service, or a limit. The place at the member ends with it, once.
import type { Failure } from '../../../common/errors.ts';
import type { Route, RouteAsker, RouteEnd } from '../door.ts';
import { heldFor, type Held } from '../http/hang-up.ts';
import { sendProblem } from '../http/problem.ts';
import { addressOf } from '../http/guard.ts';
import type { Exchange, Upstream, UpstreamFault, UpstreamReader } from '../upstream.ts';
import * as failures from './forward-failures.ts';
import type { Asked, ForwardParts } from './forward-parts.ts';
import { RequestBody, type BodyOwner } from './request-body.ts';
import { requestHeaders } from './request-headers.ts';
import { responseHeaders } from './response-headers.ts';
import { ResponseStream } from './response-stream.ts';
import { mayTryAgain } from './retry.ts';
import { Watched } from '../silence.ts';
import { linger } from './turn-away.ts';

type Phase =
  | 'asking'
  /** Its body is on its way. */
  | 'sending'
  /** The service has all of it, and has not begun to answer. */
  | 'waiting'
  | 'responding'
  /** Answered, but the client has not read it all. */
  | 'flushing'
  | 'over';

export class ForwardedRequest extends Watched implements RouteAsker<Upstream>, UpstreamReader, BodyOwner, Held {
  readonly #asked: Asked;
  readonly #parts: ForwardParts;
  readonly #body: RequestBody | undefined;
  readonly #held: Set<Held>;
  #phase: Phase = 'asking';
  #awaitsContinue: boolean;
  #stopAsking: (() => void) | undefined;
  #route: Route<Upstream> | undefined;
  #exchange: Exchange | undefined;
  #wasSent = false;
  #tries = 0;
  #failure: Failure | undefined;
  #response: ResponseStream | undefined;

  constructor(asked: Asked, parts: ForwardParts) {
    super();
    this.#asked = asked;
    this.#parts = parts;
    this.#awaitsContinue = asked.awaitsContinue;
    const { request, hasBody } = asked;
    this.#held = heldFor(request.socket);
    if (hasBody) this.#body = new RequestBody(request, this, parts.limits.bodyBytesMax, parts.kept);
  }

  start(): void {
    this.#held.add(this);
    this.#ask();
  }

  /** Whether the client has got some of the service's response. */
  get hasBegun(): boolean {
    return this.#response !== undefined;
  }

  #ask(without?: Route<Upstream>): void {
    this.#phase = 'asking';
    this.#stopAsking = undefined;
    const tries = this.#tries;
    const stop = this.#parts.forwarding.route(this.#asked.service, this, without);
    if (!this.#stillAsks(tries)) return;
    this.#stopAsking = stop;
    if (!this.#awaitsContinue) this.#body?.wait();
  }

  /** Neither answered nor refused before `route` returned. */
  #stillAsks(tries: number): boolean {
    return this.#phase === 'asking' && this.#tries === tries;
  }

  // ── RouteAsker

  onRoute(route: Route<Upstream>): void {
    if (this.#phase !== 'asking') {
      route.end({ kind: 'cancelled' });
      return;
    }
    this.#stopAsking = undefined;
    this.#route = route;
    this.#tries++;
    this.#wasSent = false;
    this.#phase = this.#body?.isWhole === false ? 'sending' : 'waiting';
    const { limits, watch } = this.#parts;
    watch.heard(this, this.#phase === 'waiting' ? limits.timeoutMs : limits.idleMs);
    const { request, service, path } = this.#asked;
    const whence = { client: addressOf(request), prefix: `/services/${service}`, host: route.host };
    const exchange = route.upstream.send(
      {
        method: request.method ?? 'GET',
        path: route.basePath + path,
        headers: requestHeaders(request.rawHeaders, whence),
        body: this.#body?.open(),
      },
      this,
    );
    if (this.#route === route) this.#exchange = exchange;
  }

  onRefused(failure: Failure): void {
    // Of two failures the first says more.
    if (this.#phase === 'asking') this.#refuse(this.#failure ?? failure);
  }

  // ── UpstreamReader

  onSending(): void {
    this.#wasSent = true;
    this.#body?.leave();
  }

  onHead(status: number, statusText: string, raw: readonly string[]): void {
    const member = this.#route?.member ?? '';
    const head = responseHeaders(raw, status, member);
    if (head.isOddlyCoded) {
      this.#exchange?.abort();
      this.onFailed('its response has a transfer-encoding other than chunked', 'service');
      return;
    }
    this.#body?.forgetKept();
    this.#phase = 'responding';
    this.#parts.watch.heard(this, this.#parts.limits.idleMs);
    this.#response = new ResponseStream(this.#asked, head, () => this.#exchange?.resume());
    this.#response.begin(status, statusText);
  }

  onData(chunk: Buffer): boolean {
    this.#parts.watch.heard(this, this.#parts.limits.idleMs);
    return this.#response?.write(chunk) ?? true;
  }

  onEnd(trailers: readonly string[]): void {
    const status = this.#asked.response.statusCode;
    this.#response?.end(trailers);
    this.#endRoute({ kind: 'answered', status });
    this.#afterwards();
  }

  onFailed(reason: string, fault: UpstreamFault): void {
    const route = this.#route;
    if (route === undefined) return;
    const { service, request } = this.#asked;
    const isReplayable = this.#body?.isReplayable ?? true;
    if (fault === 'request') {
      this.#endRoute({ kind: 'cancelled' });
      this.#refuse(failures.unfit(reason));
      return;
    }
    this.#parts.log.debug({ service, member: route.member, reason }, 'request not answered');
    this.#endRoute({ kind: fault === 'nobody' ? 'cancelled' : this.#wasSent ? 'broken' : 'unreachable' });
    if (this.#phase === 'responding') {
      this.#cut();
      return;
    }
    this.#failure = failures.notAnswered(service, route.member, reason);
    if (!mayTryAgain(request, { wasSent: this.#wasSent, isReplayable, tries: this.#tries })) {
      this.#refuse(this.#failure);
      return;
    }
    this.#body?.suspend();
    this.#parts.watch.drop(this);
    this.#ask(route);
  }

  // ── BodyOwner

  onWanted(): void {
    if (!this.#awaitsContinue) return;
    this.#awaitsContinue = false;
    this.#asked.response.writeContinue();
  }

  onMoved(): void {
    if (this.#phase !== 'asking') this.#parts.watch.heard(this, this.#parts.limits.idleMs);
  }

  onWhole(): void {
    if (this.#phase !== 'sending') return;
    this.#phase = 'waiting';
    this.#parts.watch.heard(this, this.#parts.limits.timeoutMs);
  }

  onTooLarge(): void {
    this.#giveUp({ kind: 'cancelled' }, failures.bodyTooLarge(this.#parts.limits.bodyBytesMax));
  }

  // ── Watched

  override onSilence(): void {
    const { service, response, request } = this.#asked;
    const { timeoutMs, idleMs } = this.#parts.limits;
    const member = this.#route?.member ?? '';
    switch (this.#phase) {
      case 'sending': {
        // A client that went away while its connection was paused looks like a service that does not read.
        const isAwaited = this.#body?.isAwaited === true;
        const failure = isAwaited ? failures.bodyStopped(idleMs) : failures.notRead(service, member, idleMs);
        this.#giveUp({ kind: 'cancelled' }, failure);
        break;
      }
      case 'waiting':
        this.#giveUp({ kind: 'timed-out' }, failures.tooLate(service, member, timeoutMs));
        break;
      case 'responding': // to a client that does not read, or by a service that does not write
        this.#giveUp({ kind: response.writableNeedDrain ? 'cancelled' : 'timed-out' });
        break;
      case 'flushing':
        this.#phase = 'over';
        request.socket.destroy();
        break;
      case 'asking':
      case 'over':
        break;
    }
  }

  // ── Held

  /** The client went away. */
  cancel(): void {
    this.#phase = 'over';
    this.#stopAsking?.();
    this.#stopAsking = undefined;
    this.#exchange?.abort();
    this.#endRoute({ kind: 'cancelled' });
    this.#parts.watch.drop(this);
    this.#body?.discard();
  }

  // ── Ends

  #giveUp(end: RouteEnd, failure?: Failure): void {
    this.#stopAsking?.();
    this.#stopAsking = undefined;
    this.#exchange?.abort();
    this.#endRoute(end);
    if (failure === undefined || this.#phase === 'responding') this.#cut();
    else this.#refuse(failure);
  }

  #endRoute(end: RouteEnd): void {
    const route = this.#route;
    this.#route = undefined;
    this.#exchange = undefined;
    route?.end(end);
  }

  #refuse(failure: Failure): void {
    // It will not send its body now, and what it sends next would be taken for it.
    const headers = this.#awaitsContinue ? { connection: 'close' } : {};
    sendProblem(this.#asked.response, failure, headers);
    this.#afterwards();
  }

  /** The client can tell that this is not the whole response. */
  #cut(): void {
    this.#phase = 'over';
    this.#response?.cut();
    this.#letGo();
  }

  /** The response is on its way; perhaps the client is not through with its request, or slow to read. */
  #afterwards(): void {
    const { request, response } = this.#asked;
    this.#letGo();
    this.#phase = 'over';
    if (!request.complete) linger(request, this.#parts.watch);
    if (response.writableLength === 0) return;
    this.#phase = 'flushing';
    this.#parts.watch.heard(this, this.#parts.limits.idleMs);
    response.once('close', () => this.#parts.watch.drop(this));
  }

  #letGo(): void {
    this.#held.delete(this);
    this.#parts.watch.drop(this);
    this.#body?.discard();
  }
}
