import type { UpstreamName } from '../ports.ts';
import type { Trip } from './trip.ts';

/** A path that belongs to a Worker behind the edge. `/*` matches the path itself, too. */
export type ForwardRoute = {
  readonly path: string;
  readonly to: UpstreamName;
  /** Counted as a possible guess at a credential. */
  readonly guessable?: true;
  /** Open to everybody: nobody is asked who they are. */
  readonly open?: true;
};

/** In order: the first that matches is taken. */
export const FORWARD_ROUTES: readonly ForwardRoute[] = [
  { path: '/.well-known/jwks.json', to: 'keys', open: true },
  { path: '/api/v1/keys/*', to: 'keys' },
  { path: '/api/v1/auth/*', to: 'identity', guessable: true },
  { path: '/auth/*', to: 'identity', guessable: true },
  { path: '/api/v1/sessions/*', to: 'identity' },
  { path: '/api/v1/connect/*', to: 'connect' },
];

/** A route of the edge itself: the row is what runs, and what `/openapi.json` tells of it. */
export type OwnRoute = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** An OpenAPI 3.1 operation object; `undefined` for pages and their parts. */
  readonly operation?: Readonly<Record<string, unknown>>;
  /** Counts for the rate limits by itself. */
  readonly limitsItself?: true;
  readonly handle: (trip: Trip) => Response | Promise<Response>;
};
