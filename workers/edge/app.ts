import { Hono } from 'hono';

import type { Millis } from '../../shared/clock.ts';
import { Problem } from '../../shared/http/problem.ts';
import { readCredentials } from './credentials.ts';
import { rateLimited } from './failure.ts';
import { type AuthenticateServices, authenticate } from './gateway/authenticate.ts';
import { type ForwardServices, forward } from './gateway/forward.ts';
import { FORWARD_ROUTES, type ForwardRoute, type OwnRoute } from './gateway/routes.ts';
import type { Trip } from './gateway/trip.ts';
import type { RateLimits } from './limits/rate-limits.ts';

export type AppServices = AuthenticateServices & ForwardServices;

type AppEnv = { Bindings: { readonly trip: Trip } };

/** Dispatches a trip to the edge's own routes, then to the Workers behind. Rejects with a `Problem`. */
export function createApp(
  services: AppServices,
  routes: readonly OwnRoute[],
): (trip: Trip) => Promise<Response> {
  const app = new Hono<AppEnv>();
  for (const route of routes) {
    app.on(route.method, route.path, ({ env: { trip } }) => {
      if (route.limitsItself !== true) admitAddress(services, trip, route.limit);
      return route.handle(trip);
    });
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    app.all(path, ({ env: { trip } }) => {
      admitAddress(services, trip);
      throw methodNotAllowed(routes.filter((route) => route.path === path));
    });
  }
  for (const route of FORWARD_ROUTES) {
    app.all(route.path, ({ env: { trip } }) => pass(services, route, trip));
  }
  app.notFound(({ env: { trip } }) => {
    admitAddress(services, trip);
    throw new Problem('NOT_FOUND');
  });
  app.onError((error) => {
    throw error;
  });
  return async (trip) => app.fetch(trip.request, { trip });
}

async function pass(services: AppServices, route: ForwardRoute, trip: Trip): Promise<Response> {
  admitTo(route, services, trip);
  if (route.open === true) return forward(services, route, trip);
  const credentials = readCredentials(trip.request.headers.get('authorization'));
  return forward(services, route, trip, await authenticate(services, credentials, trip));
}

function admitTo({ limit, guessable }: ForwardRoute, services: AppServices, trip: Trip): void {
  admitAddress(services, trip, limit);
  const { request, network, now } = trip;
  if (guessable !== 'all' && guessable !== request.method) return;
  const guessed = services.limits.admitSignIn(network, now);
  if (guessed !== undefined) throw rateLimited(guessed);
}

function admitAddress(
  { limits }: AppServices,
  { network, now }: Trip,
  limit?: ForwardRoute['limit'],
): void {
  const reached = ADMISSIONS[limit ?? 'general'](limits, network, now);
  if (reached !== undefined) throw rateLimited(reached);
}

const ADMISSIONS = {
  general: (limits: RateLimits, network: string, now: Millis) => limits.admitAddress(network, now),
  oauth: (limits: RateLimits, network: string, now: Millis) => limits.admitOAuth(network, now),
  connect: (limits: RateLimits, network: string, now: Millis) => limits.admitConnect(network, now),
} as const;

/** RFC 9110 §15.5.6. */
function methodNotAllowed(routes: readonly OwnRoute[]): Problem {
  const allow = routes.map(({ method }) => method).join(', ');
  return new Problem('METHOD_NOT_ALLOWED', { headers: { allow } });
}
