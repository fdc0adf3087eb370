import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FenceReason, Side } from '@falsework/core/routing';
import type { Plane } from '@falsework/seam/plane';
import type { Limits } from '../options/limits.ts';
import { PIN_HEADER } from '../routes/pins.ts';
import { compilePlan, isDrawn, isKept, type Plan, pinnedSideOf, sideOf } from '../routes/plan.ts';
import type { Route, RouteSpec } from '../routes/route.ts';
import type { RouteTable } from '../routes/route-table.ts';
import { Capture } from '../shadow/capture.ts';
import { SampledRequest } from '../shadow/sampled-request.ts';
import type { ShadowContext } from '../shadow/shadow-lane.ts';
import { hasCredentials } from '../sides/header-list.ts';
import { traced } from '../telemetry/guard-tracer.ts';
import type { RouteWrites } from '../writes/write-settings.ts';
import { BodyWatch } from './body-watch.ts';
import type { CallerAnswer, CallerRequest } from './caller.ts';
import type { CallerResponse } from './caller-response.ts';
import type { CertificateFiles } from './certificate.ts';
import { Exchange, type ServingContext, type Visit } from './exchange.ts';
import { Forwarding, type TrustedForwarding } from './forwarding.ts';
import { HeldExchange } from './held-exchange.ts';
import { holdWithBody } from './hold-with-body.ts';
import { Listener } from './listener.ts';
import type { Follow } from './open-writes.ts';
import { OwnTime } from './own-time.ts';
import { whyNotPassable, whyNotTunnelled, whyStreamNotPassable } from './passable.ts';
import { refuseBody, refuseBusy, refuseRequest, refuseSocket } from './refusal.ts';
import { type BodyLimits, RequestBody } from './request-body.ts';
import { RequestHead } from './request-head.ts';
import type { AddedHeaders } from './response-head.ts';
import type { StreamRequest } from './stream-request.ts';
import type { StreamResponse } from './stream-response.ts';
import { takeWrite } from './take-write.ts';
import { tunnel } from './tunnel.ts';
import { type TakenHead, WaitingRead } from './waiting-read.ts';

/** What the entrance is built from. */
export interface EntranceOptions {
  readonly plane: Plane;
  readonly table: RouteTable;
  readonly serving: ServingContext;
  readonly shadowing: ShadowContext;
  readonly limits: Limits;
  readonly forwarded: TrustedForwarding;
  /** `null`: callers speak in clear. */
  readonly certificate: CertificateFiles | null;
  /** `null` where no route is followed. */
  readonly follow: Follow | null;
}

// How `Via` names us: what the caller spoke, and what we are. RFC 9110, section 7.6.3.
const HTTP_1 = '1.1 falsework';
const HTTP_2 = '2.0 falsework';

type ServedAt = Pick<Visit, 'request' | 'response' | 'route' | 'plan' | 'side'>;

/** Where a request goes, and by which plan. */
interface Choice {
  readonly plan: Plan;
  readonly side: Side;
  readonly key: string | null;
}

/**
 * Where callers come in: takes a request, finds its route and its side, and sends it on its way.
 */
export class Entrance {
  /** Failures of our own that were kept from callers. */
  faults = 0;
  #options: EntranceOptions;
  readonly #listener: Listener;
  #forwarding: Forwarding;
  #bodyLimits: BodyLimits;
  readonly #tunnels = new Set<Duplex>();
  // One for all requests: it is read and done with before the next one comes.
  readonly #head = new RequestHead();

  constructor(options: EntranceOptions) {
    this.#options = options;
    const { shadowing, limits, certificate } = options;
    const { clock } = shadowing.host;
    const own = new OwnTime(clock, options.plane.load);
    this.#forwarding = new Forwarding(options.forwarded);
    this.#bodyLimits = {
      bytesMax: limits.bodyBytesMax,
      watch: new BodyWatch(clock, limits.bodyTimeoutMs),
    };
    this.#listener = new Listener(
      { host: shadowing.host, limits, certificate },
      {
        request: traced(own.around((request, response) => this.#take(request, response))),
        stream: traced(own.around((request, response) => this.#takeStream(request, response))),
        upgrade: (request, socket, head) => void this.#tunnel(request, socket, head),
        connect: (_request, socket) => {
          refuseSocket(socket, 'it asks for a connection to another host');
        },
      },
    );
  }

  /**
   * Begins to take callers. Resolves with the port; rejects with FW_LISTEN, and nothing is left
   * open then.
   */
  listen(host: string, port: number): Promise<number> {
    return this.#listener.listen(host, port);
  }

  /**
   * Takes no further callers, lets those inside finish for at most `withinMs`, then closes what is
   * left.
   */
  close(within: { readonly withinMs: number }): Promise<void> {
    const closed = this.#listener.close(within);
    for (const socket of this.#tunnels) socket.destroy();
    return closed.finally(() => this.#bodyLimits.watch.stop());
  }

  /** Finds routes here from the next request on, and goes by these bounds. */
  adopt(renewed: Pick<EntranceOptions, 'table' | 'limits' | 'forwarded'>): void {
    this.#options = { ...this.#options, ...renewed };
    this.#forwarding = new Forwarding(renewed.forwarded);
    this.#bodyLimits = { ...this.#bodyLimits, bytesMax: renewed.limits.bodyBytesMax };
  }

  #take(request: IncomingMessage, response: CallerResponse): void {
    const head = this.#head;
    head.read(request.rawHeaders);
    const refusal = whyNotPassable(request, head);
    if (refusal !== null) {
      refuseRequest(response, refusal);
      return;
    }
    // Otherwise a caller that always has another request would keep the process from going down.
    if (this.#listener.isClosing) response.shouldKeepAlive = false;
    if (this.#forwarding.isOn) {
      head.headers = this.#forwarding.told(head.headers, request.socket, HTTP_1, head.hasForwarded);
    }
    this.#route(request, response);
  }

  #takeStream(request: StreamRequest, response: StreamResponse): void {
    const head = this.#head;
    head.read(request.rawHeaders);
    const refusal = request.flaw ?? whyStreamNotPassable(request, head);
    if (refusal !== null) {
      refuseRequest(response, refusal);
      return;
    }
    head.hasBody = request.hasBody;
    if (this.#forwarding.isOn) {
      const { connection } = request;
      head.headers = this.#forwarding.told(head.headers, connection, HTTP_2, head.hasForwarded);
    }
    this.#route(request, response);
  }

  #route(request: CallerRequest, response: CallerAnswer): void {
    const { bodyBytesMax } = this.#options.limits;
    if (bodyBytesMax !== null && this.#head.length > bodyBytesMax) {
      refuseBody(response, true);
      return;
    }
    const route = this.#routeOf(request.method ?? '', request.url ?? '');
    const plan = this.#planOf(route);
    const key = plan.needsKey ? this.#keyOf(route, request) : null;
    const pin = this.#options.follow?.pins.read(request.rawHeaders) ?? null;
    const side = pin === null ? sideOf(plan, key) : pinnedSideOf(plan, key, pin);
    if (!route.spec.follow) this.#limitTotal(response);
    if (side === 'candidate' && plan.fence !== null) {
      const doubt = { side: plan.doubtServes, added: this.#addedBy(plan.doubtServes) };
      const arrived = { request, response, route, key, pin, doubt };
      void new WaitingRead(arrived, this.#head).until(
        plan.fence.reasonFor(key),
        this.#passFenced,
        this.#noteFault,
      );
      return;
    }
    this.#pass({ request, response, route, plan, side, key }, this.#head);
  }

  /**
   * A read that waited for the fence. What the fence said holds whatever has been decided since: it
   * is about what had been acknowledged when the read came. Which side it is on, and who answers in
   * doubt, is looked up again, for the stores may have changed places meanwhile.
   */
  readonly #passFenced = (waited: WaitingRead, reason: FenceReason | null): void => {
    const { request, response, route, key, pin } = waited.arrived;
    const plan = this.#planOf(route);
    const chosen = pin === null ? sideOf(plan, key) : pinnedSideOf(plan, key, pin);
    const isFenced = chosen === 'candidate' && isKept(plan, reason);
    if (isFenced) countFenced(route, plan);
    const side = isFenced ? 'legacy' : chosen;
    this.#pass({ request, response, route, plan, side, key }, waited);
  };

  readonly #noteFault = (): void => {
    this.faults += 1;
  };

  /** Sends a request on its way to the side that it is on, as far as that one can take it. */
  #pass(chosen: ServedAt & Pick<Choice, 'key'>, head: TakenHead): void {
    const { response, route, plan, key } = chosen;
    const isFenced = chosen.side === 'candidate' && plan.isBehind && this.#isBehind(key);
    if (isFenced) countFenced(route, plan);
    const side = this.#withRoom(isFenced ? 'legacy' : chosen.side, plan);
    if (side === null) {
      refuseBusy(response);
      return;
    }
    const at = side === chosen.side ? chosen : { ...chosen, side };
    if (route.spec.follow) this.#follow(at, route.spec.follow);
    else this.#serve(at, head, this.#isSampled(route, at, head));
  }

  /** True when the candidate lacks a write on the key that came through this guard. */
  #isBehind(key: string | null): boolean {
    return (this.#options.follow?.writes.fence.reasonFor(key) ?? null) !== null;
  }

  /** The side that serves, which is legacy where the candidate is full and both would do. */
  #withRoom(side: Side, plan: Plan): Side | null {
    const { upstreams } = this.#options.serving;
    if (!upstreams[side].isFull('serving')) return side;
    const mayFallBack = side === 'candidate' && plan.canFallBack;
    return mayFallBack && !upstreams.legacy.isFull('serving') ? 'legacy' : null;
  }

  /**
   * A fault of ours in finding the route is counted, and the request goes to its side like any that
   * nobody knows.
   */
  #routeOf(method: string, target: string): Route {
    const { table } = this.#options;
    try {
      return table.find(method, target, this.#head.hasBody);
    } catch {
      this.faults += 1;
      return table.unknown;
    }
  }

  #keyOf({ spec: { readKey } }: Route, request: CallerRequest): string | null {
    return readKey === null ? null : readKey(request.rawHeaders, request.url ?? '');
  }

  #isSampled({ counts, spec }: Route, { plan, side, key }: Choice, head: TakenHead): boolean {
    if (!isDrawn(plan, key, this.#options.shadowing.host.random)) return false;
    // Legacy knows of no dry runs, and would carry the write out once more.
    if (spec.lane.isDryRun === true && side !== 'legacy') return false;
    // One side may say "not modified" to a validator that the other one never made.
    if (head.isConditional) counts.conditional += 1;
    else if (plan.lane === null) counts.early += 1;
    else if (this.#mayNotCarry(spec, side, head)) counts.credentials += 1;
    else return true;
    return false;
  }

  /** Legacy has seen them all along, so this is about shadows of the candidate's only. */
  #mayNotCarry(
    { shadowsCarryCredentials }: RouteSpec,
    served: Side,
    { headers }: TakenHead,
  ): boolean {
    return served === 'legacy' && !shadowsCarryCredentials && hasCredentials(headers);
  }

  #serve(
    at: ServedAt & Pick<Choice, 'key'>,
    { headers, hasBody }: TakenHead,
    isSampled: boolean,
  ): void {
    const { request, plan, side } = at;
    const isHeld = side === 'candidate' && plan.canFallBack;
    const body = hasBody
      ? new RequestBody(request, this.#captureFor(isSampled || isHeld), this.#bodyLimits)
      : null;
    const record = isSampled ? recordOf(at, headers, body?.capture ?? null) : null;
    // What a record keeps it also lets go of.
    const kept = record === null ? (body?.capture ?? null) : null;
    const { response, route } = at;
    const context = this.#servingOf(route);
    // Field by field: a spread costs more than all the rest of this.
    const visit = { context, route, plan, side, request, response, headers, body, record, kept };
    if (!isHeld) new Exchange(visit).send();
    else if (body === null) new HeldExchange(visit).send();
    else holdWithBody(visit, body);
  }

  /** Of a route that begins workflows, answers of each side carry a pin of it. */
  #servingOf({ spec: { beginsWorkflow } }: Route): ServingContext {
    const { serving, follow } = this.#options;
    if (beginsWorkflow !== true || follow === null) return serving;
    const pinned = (side: Side): string[] => [
      ...serving.added[side],
      PIN_HEADER,
      follow.pins.issue(side),
    ];
    return { ...serving, added: { legacy: pinned('legacy'), candidate: pinned('candidate') } };
  }

  /** A write to two stores. Its key is read whatever the stage, for its order. */
  #follow(at: ServedAt, promises: RouteWrites): void {
    const { follow } = this.#options;
    if (follow === null) throw new TypeError('A route is followed, and nothing keeps its writes.');
    const { headers, hasBody } = this.#head;
    const key = this.#keyOf(at.route, at.request);
    const body = hasBody
      ? new RequestBody(at.request, follow.newCapture(), this.#bodyLimits)
      : null;
    const context = this.#servingOf(at.route);
    const visit = { ...at, context, headers, body: null, record: null, kept: null };
    takeWrite({ visit, body, key, promises }, follow.writes);
  }

  /** Whoever is slow, a request ends in the time that there is. */
  #limitTotal(response: CallerAnswer): void {
    const { limits, shadowing } = this.#options;
    if (limits.totalTimeoutMs === null) return;
    const cancel = shadowing.host.clock.after(limits.totalTimeoutMs, () => {
      const { listening } = response;
      if (listening?.expire !== undefined) listening.expire();
      else if (response.headersSent) response.destroy();
      else {
        // Its body is still waited for.
        listening?.onClose();
        refuseBody(response, false);
      }
    });
    response.onceOver(cancel);
  }

  #addedBy(side: Side): AddedHeaders {
    return this.#options.serving.added[side];
  }

  #captureFor(isNeeded: boolean): Capture | null {
    const { budget, bodyBytesMax } = this.#options.shadowing;
    return isNeeded ? new Capture(budget, bodyBytesMax) : null;
  }

  #planOf(route: Route): Plan {
    const { plane, shadowing } = this.#options;
    if (route.plan?.generation !== plane.generation) {
      route.plan = compilePlan(route, plane, shadowing);
    }
    return route.plan;
  }

  /** Never rejects. */
  async #tunnel(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { table, serving } = this.#options;
    this.#head.read(request.rawHeaders);
    const refusal = whyNotPassable(request, this.#head) ?? whyNotTunnelled(request);
    if (refusal !== null) {
      refuseSocket(socket, refusal);
      return;
    }
    const route = table.upgrades;
    const plan = this.#planOf(route);
    const side: Side = sideOf(plan, this.#keyOf(route, request));
    const upstream = serving.upstreams[side];
    this.#tunnels.add(socket);
    socket.on('close', () => this.#tunnels.delete(socket));
    if (side === 'legacy') plan.seam.legacyHits += 1;
    const { isOn } = this.#forwarding;
    const headers = isOn
      ? this.#forwarding.told(request.rawHeaders, request.socket, HTTP_1, true)
      : request.rawHeaders;
    const end = await tunnel({ request, headers, socket, head }, upstream);
    if (end === 'left') {
      route.counts.abandoned += 1;
      return;
    }
    const hasFailed = end !== 'answered';
    route.counts[side] += 1;
    if (hasFailed) upstream.log.countFailure(end);
    else upstream.log.countAnswer();
    plan.seam.countServed(side, hasFailed);
  }
}

function countFenced({ counts }: Route, { seam }: Plan): void {
  counts.fenced += 1;
  seam.countFenced();
}

function recordOf(
  { request, plan, side, key }: Pick<Visit, 'request'> & Choice,
  headers: string[],
  body: Capture | null,
): SampledRequest | null {
  if (plan.lane === null) return null;
  const behind = plan.isBehind || plan.fence !== null ? { key, stores: plan.fence } : null;
  const asked = { method: request.method ?? '', path: request.url ?? '', headers, body, behind };
  return new SampledRequest(plan.lane, side, asked);
}
