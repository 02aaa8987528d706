import type { UpstreamName } from '../ports.ts';
import type { Trip } from './trip.ts';

/** A path that belongs to a Worker behind the edge. `/*` matches the path itself, too. */
export type ForwardRoute = {
  readonly path: string;
  readonly to: UpstreamName;
  /** Which requests count as a possible guess at a credential. */
  readonly guessable?: 'all' | 'POST';
  /** Open to everybody: nobody is asked who they are. */
  readonly open?: true;
  /** `Authorization` is the Worker's own to judge: a client's secret, a registration access token. */
  readonly passesAuthorization?: true;
  /** Bytes of a body, where it is not the general limit. */
  readonly largestBody?: number;
  /** What counts the requests of one address, where it is not the general limit. */
  readonly limit?: 'oauth' | 'connect';
};

/** OAuth endpoints, metadata and pages: one page is many requests, one backend speaks for many users. */
const oauth = (path: string): ForwardRoute => ({
  path,
  to: 'identity',
  open: true,
  passesAuthorization: true,
  limit: 'oauth',
});

/** A page whose form can be used to guess a password or a user code (RFC 8628 §5.1). */
const guessablePage = (path: string): ForwardRoute => ({ ...oauth(path), guessable: 'POST' });

/** In order: the first that matches is taken. */
export const FORWARD_ROUTES: readonly ForwardRoute[] = [
  { path: '/.well-known/jwks.json', to: 'keys', open: true, limit: 'oauth' },
  oauth('/.well-known/openid-configuration/*'),
  oauth('/.well-known/oauth-authorization-server/*'),
  oauth('/.well-known/oauth-protected-resource/*'),
  { path: '/oauth2/userinfo', to: 'identity', limit: 'oauth' },
  oauth('/oauth2/*'),
  guessablePage('/sign-in/*'),
  guessablePage('/create-account/*'),
  guessablePage('/device/*'),
  oauth('/consent/*'),
  oauth('/account/*'),
  oauth('/signed-out/*'),
  oauth('/pages/*'),
  oauth('/connect/inspector/*'),
  { path: '/api/v1/keys/*', to: 'keys' },
  { path: '/api/v1/auth/*', to: 'identity', guessable: 'all' },
  { path: '/auth/*', to: 'identity', guessable: 'all' },
  { path: '/api/v1/sessions/*', to: 'identity' },
  { path: '/api/v1/accounts/*', to: 'identity' },
  { path: '/api/v1/oauth/*', to: 'identity' },
  oauth('/queue'),
  { path: '/queue/*', to: 'connect', limit: 'connect' },
  // A batch of events, or a service with its whole OpenAPI document.
  { path: '/api/v1/connect/*', to: 'connect', limit: 'connect', largestBody: 1_048_576 },
];

/** A route of the edge itself: the row is what runs, and what `/openapi.json` tells of it. */
export type OwnRoute = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** An OpenAPI 3.1 operation object; `undefined` for pages and their parts. */
  readonly operation?: Readonly<Record<string, unknown>>;
  /** Counts for the rate limits by itself. */
  readonly limitsItself?: true;
  /** What counts the requests of one address, where it is not the general limit. */
  readonly limit?: ForwardRoute['limit'];
  readonly handle: (trip: Trip) => Response | Promise<Response>;
};
