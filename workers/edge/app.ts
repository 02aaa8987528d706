/**
 * Answers each route by a handler of the edge, or by the Worker behind it that owns the path.
 *
 * @module
 */

import type { Background } from '../../shared/cache/refresher.ts';
import { isCountedForClient } from '../../shared/contracts/edge/counted-client.ts';
import type { ApiDescription } from '../../shared/contracts/http/worker-rpc.ts';
import { orUnavailable } from '../../shared/http/or-unavailable.ts';
import { Problem, problemResponse } from '../../shared/http/problem.ts';
import { takeBack } from '../../shared/rate-limits/rate-limit.ts';
import type { Usage } from '../../shared/rate-limits/sliding-window.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import { readCredentials } from './credentials/credentials.ts';
import { messageOf } from './failure.ts';
import { authenticate, countForCaller } from './gateway/authenticate.ts';
import { forward } from './gateway/forward.ts';
import { forwardUpgrade, type UpgradeNeeds } from './gateway/forward-upgrade.ts';
import { type GatewayNeeds, serve } from './gateway/gateway.ts';
import { healthReporter } from './gateway/health.ts';
import { ownOriginRedirect } from './gateway/own-origin.ts';
import { type PresentNeeds, present } from './gateway/present.ts';
import {
  type ForwardRoute,
  findRoute,
  type OwnRoute,
  type OwnRouteName,
  ROUTES,
} from './gateway/routes.ts';
import type { Trip } from './gateway/trip.ts';
import type { AddressLimit, RateLimits } from './limits/rate-limits.ts';
import { apiDescriber } from './openapi/document.ts';
import * as operations from './openapi/operations.ts';
import type { Runtime, Upstreams } from './ports.ts';
import { findValidation, type ValidateEndpoint } from './validate/endpoint.ts';

export type AppNeeds = Omit<GatewayNeeds, 'dispatch'> &
  UpgradeNeeds & {
    readonly upstreams: Upstreams;
    readonly runtime: Runtime;
    readonly issuer: URL;
    readonly validate: ValidateEndpoint;
  };

export type App = {
  fetch(request: Request, background: Background): Response | Promise<Response>;
};

/** Builds the edge. It makes no calls before a request arrives. */
export function createApp(needs: AppNeeds): App {
  const { validate, corsOrigins } = needs;
  const handlers = ownHandlers(needs);
  const gateway = { ...needs, dispatch: (trip: Trip) => dispatch(needs, handlers, trip) };
  const isCrossOrigin = ({ headers }: Request) => corsOrigins.size > 0 && headers.has('origin');
  return {
    fetch(request, background) {
      // Validation skips the route table, and the costs of a routed request.
      const { url, method } = request;
      const validation = findValidation(url);
      // A preflight is one of a client of the proxy, too: it is no question of a browser to us.
      if (validation === 'forward') return validate.forward(request, url, background);
      if (validation === 'validate' && !isCrossOrigin(request)) {
        if (method === 'GET') return validate.forward(request, url, background);
        if (method === 'POST') return validate.post(request, url, background);
      }
      return serve(gateway, request, background);
    },
  };
}

/** An edge with a bad setting: it answers everything with the error that names the setting. */
export function misconfigured(error: unknown, log: Log, needs: PresentNeeds): App {
  const detail = messageOf(error);
  return {
    fetch(request) {
      log({ event: 'edge.misconfigured', level: 'error', message: detail });
      const instance = new URL(request.url).pathname;
      const ids = { correlationId: 'misconfigured', instance };
      const problem = problemResponse({ code: 'INTERNAL_ERROR', options: { detail } }, ids);
      return present(needs, problem, { request, route: findRoute(instance) });
    },
  };
}

/** @throws {Problem} `RATE_LIMITED`, `NOT_FOUND`, `METHOD_NOT_ALLOWED`, and those of the handlers. */
async function dispatch(needs: AppNeeds, handlers: OwnHandlers, trip: Trip): Promise<Response> {
  const { route, request } = trip;
  if (route === undefined) {
    admitAddress(needs, trip, 'ip');
    throw new Problem('NOT_FOUND');
  }
  const response = await ('own' in route
    ? answer(needs, handlers, route, trip)
    : pass(needs, route, trip));
  // RFC 9110 §9.3.2. Own handlers answer HEAD as they answer GET.
  return request.method === 'HEAD' ? new Response(null, response) : response;
}

type Handler = {
  readonly handle: (trip: Trip) => Response | Promise<Response>;
  /** An OpenAPI 3.1 operation object. `undefined` for pages and their files. */
  readonly operation?: Readonly<Record<string, unknown>>;
};

/** The handlers by path and method. */
type OwnHandlers = Readonly<
  Record<OwnRouteName, { readonly GET: Handler; readonly POST?: Handler }>
>;

function ownHandlers(needs: AppNeeds): OwnHandlers {
  const { upstreams, runtime, validate } = needs;
  const reportHealth = healthReporter(upstreams, runtime);
  const describeApi = apiDescriber(() => describeOwn(handlers), upstreams, runtime);
  const handlers: OwnHandlers = {
    validate: {
      POST: {
        operation: operations.describeToken,
        handle: ({ request, background }) => validate.post(request, request.url, background),
      },
      GET: {
        operation: operations.forwardAuthentication,
        handle: ({ request, background }) => validate.forward(request, request.url, background),
      },
    },
    forward: {
      GET: {
        operation: operations.forwardAuthentication,
        handle: ({ request, background }) => validate.forward(request, request.url, background),
      },
    },
    connect: {
      GET: { operation: operations.socket, handle: (trip) => forwardUpgrade(needs, trip) },
    },
    health: { GET: { operation: operations.health, handle: reportHealth } },
    openapi: {
      GET: {
        operation: operations.openapi,
        handle: async () => documentResponse(await describeApi()),
      },
    },
    docs: {
      GET: { handle: async () => apiPage(upstreams, await describeApi()) },
    },
  };
  return handlers;
}

/** The paths of `/openapi.json` that the edge answers itself. */
function describeOwn(handlers: OwnHandlers): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) {
    if (!('own' in route)) continue;
    for (const [method, { operation }] of Object.entries(handlers[route.own])) {
      if (operation === undefined) continue;
      paths[route.path] = { ...paths[route.path], [method.toLowerCase()]: operation };
    }
  }
  return paths;
}

/** @throws {Problem} `SERVICE_UNAVAILABLE` */
async function apiPage({ identity }: Upstreams, description: ApiDescription): Promise<Response> {
  return orUnavailable('identity', async () => identity.rpc.apiPage(description));
}

/** A document that lacks a Worker is not to be cached. */
const documentResponse = ({ document, missing }: ApiDescription): Response =>
  Response.json(document, {
    headers: { 'cache-control': missing.length === 0 ? 'public, max-age=60' : 'no-store' },
  });

function answer(
  { limits }: Pick<AppNeeds, 'limits'>,
  handlers: OwnHandlers,
  route: OwnRoute,
  trip: Trip,
): Response | Promise<Response> {
  const { method } = trip.request;
  const methods = handlers[route.own];
  const handler =
    method === 'GET' || method === 'HEAD' ? methods.GET : method === 'POST' && methods.POST;
  if (!handler) {
    admitAddress({ limits }, trip, 'ip');
    // RFC 9110 §15.5.6.
    const allow = Object.keys(methods).join(', ');
    throw new Problem('METHOD_NOT_ALLOWED', { headers: { allow } });
  }
  if (route.limitsItself !== true) admitAddress({ limits }, trip, route.limit);
  return handler.handle(trip);
}

/**
 * A request of a user or a client who is known is counted for them, in place of its address: behind
 * one address are many. `identity` authenticates clients by itself, counts for them, and says so.
 */
async function pass(needs: AppNeeds, route: ForwardRoute, trip: Trip): Promise<Response> {
  // Not for what pages load: a policy of theirs would forbid where it leads.
  const isPage = route.limit === 'pages';
  const elsewhere = isPage && ownOriginRedirect(needs.issuer, trip.request, trip.url);
  if (elsewhere) return elsewhere;
  const usage = admitAddress(needs, trip, route.limit);
  if (route.open === true) {
    const response = await forward(needs, route, trip);
    if (isCountedForClient(response)) takeBack(usage);
    return response;
  }
  const credentials = readCredentials(trip.request.headers.get('authorization'));
  const caller = await authenticate(needs, credentials, trip);
  if (caller.isKnown) {
    takeBack(usage);
    countForCaller(needs, caller, trip);
  }
  return forward(needs, route, trip, caller);
}

const admitAddress = (
  { limits }: { readonly limits: RateLimits },
  { network, now }: Trip,
  name: AddressLimit,
): Usage => limits.admitAddress(name, network, now);
