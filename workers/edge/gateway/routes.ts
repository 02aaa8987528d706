/**
 * The route table of the edge: every path that is answered, who answers it, and on which terms.
 *
 * @module
 */

import type { UpstreamName } from '../ports.ts';
import { VALIDATE_PATHS } from '../validate/endpoint.ts';

/**
 * Which origins may read the answers of a route.
 *
 * - `any`: what takes no cookies, since single-page apps have any origin. The origins of the settings
 *   may send credentials along, which nothing there reads.
 * - `configured`: the origins of the settings, with credentials.
 * - `none`: pages, and all that browsers visit with their cookies.
 */
type CorsClass = 'any' | 'configured' | 'none';

type Terms = {
  /** `/*` at the end matches the path itself, too. */
  readonly path: string;
  readonly cors: CorsClass;
  /** What counts the requests of one address, where it is not the general limit. */
  readonly limit?: 'oauth' | 'connect';
};

/** A path that the edge answers itself. The handlers of each name are in `app.ts`. */
export type OwnRoute = Terms & {
  readonly own: OwnRouteName;
  /** It counts for the rate limits by itself. */
  readonly limitsItself?: true;
};

export type OwnRouteName =
  | 'validate'
  | 'connect'
  | 'health'
  | 'openapi'
  | 'docs'
  | 'errors'
  | 'stylesheet';

/** A path that belongs to a Worker behind the edge. */
export type ForwardRoute = Terms & {
  readonly to: UpstreamName;
  /** Which requests count as a possible guess at a credential. */
  readonly guessable?: 'all' | 'POST';
  /** The request is passed on whoever sent it: no token is judged. */
  readonly open?: true;
  /** `Authorization` is the Worker's own to judge: a client's secret, a registration access token. */
  readonly passesAuthorization?: true;
  /** Bytes of a body, where it is not the general limit. */
  readonly largestBody?: number;
};

export type Route = OwnRoute | ForwardRoute;

const CONFIGURED = { cors: 'configured' } as const;

/**
 * What `identity` judges by itself. It has a limit of its own: one page is many requests, and one
 * backend sends those of many users.
 */
const OAUTH = {
  to: 'identity',
  open: true,
  passesAuthorization: true,
  limit: 'oauth',
} as const;

/** An endpoint or a document that takes no cookies. */
const endpoint = (path: string): ForwardRoute => ({ path, cors: 'any', ...OAUTH });

/** A page, or an endpoint that a browser visits with its cookies. */
const page = (path: string): ForwardRoute => ({ path, cors: 'none', ...OAUTH });

/** A page whose form can be used to guess a password or a user code (RFC 8628 §5.1). */
const guessablePage = (path: string): ForwardRoute => ({ ...page(path), guessable: 'POST' });

/** In order: the first that matches is taken. */
export const ROUTES: readonly Route[] = [
  ...VALIDATE_PATHS.map(
    (path): OwnRoute => ({ path, ...CONFIGURED, own: 'validate', limitsItself: true }),
  ),
  { path: '/connect', ...CONFIGURED, own: 'connect', limit: 'connect' },
  { path: '/health', ...CONFIGURED, own: 'health' },
  { path: '/openapi.json', ...CONFIGURED, own: 'openapi' },
  { path: '/docs', ...CONFIGURED, own: 'docs' },
  { path: '/docs/errors', ...CONFIGURED, own: 'errors' },
  { path: '/docs/protocol', ...CONFIGURED, to: 'connect', open: true },
  { path: '/docs/style.css', ...CONFIGURED, own: 'stylesheet' },

  { path: '/.well-known/jwks.json', cors: 'any', to: 'keys', open: true, limit: 'oauth' },
  endpoint('/.well-known/openid-configuration/*'),
  endpoint('/.well-known/oauth-authorization-server/*'),
  endpoint('/.well-known/oauth-protected-resource/*'),
  { path: '/oauth2/userinfo', cors: 'any', to: 'identity', limit: 'oauth' },
  endpoint('/oauth2/token'),
  endpoint('/oauth2/par'),
  endpoint('/oauth2/revoke'),
  endpoint('/oauth2/introspect'),
  endpoint('/oauth2/device_authorization'),
  endpoint('/oauth2/bc-authorize'),
  endpoint('/oauth2/register/*'),
  page('/oauth2/*'),
  guessablePage('/sign-in/*'),
  guessablePage('/create-account/*'),
  guessablePage('/device/*'),
  page('/consent/*'),
  page('/account/*'),
  page('/signed-out/*'),
  page('/pages/*'),
  page('/connect/inspector/*'),

  { path: '/api/v1/keys/*', ...CONFIGURED, to: 'keys' },
  { path: '/api/v1/auth/*', ...CONFIGURED, to: 'identity', guessable: 'all' },
  { path: '/auth/*', ...CONFIGURED, to: 'identity', guessable: 'all' },
  { path: '/api/v1/sessions/*', ...CONFIGURED, to: 'identity' },
  { path: '/api/v1/accounts/*', ...CONFIGURED, to: 'identity' },
  { path: '/api/v1/oauth/*', ...CONFIGURED, to: 'identity' },
  page('/queue'),
  { path: '/queue/request-access', cors: 'any', to: 'connect', limit: 'connect' },
  { path: '/queue/status', cors: 'any', to: 'connect', limit: 'connect' },
  { path: '/queue/*', ...CONFIGURED, to: 'connect', limit: 'connect' },
  // A batch of events, or a service with its whole OpenAPI document.
  {
    path: '/api/v1/connect/*',
    ...CONFIGURED,
    to: 'connect',
    limit: 'connect',
    largestBody: 1_048_576,
  },
];

/** The first route that has the path, percent-decoded as the Workers behind do it. */
export function findRoute(pathname: string): Route | undefined {
  const path = decoded(pathname);
  return ROUTES.find((route) => matches(route.path, path));
}

function matches(pattern: string, path: string): boolean {
  if (!pattern.endsWith('/*')) return path === pattern;
  const base = pattern.slice(0, -2);
  return path.startsWith(base) && (path.length === base.length || path[base.length] === '/');
}

function decoded(pathname: string): string {
  return pathname.includes('%') ? decodeAll(pathname) : pathname;
}

/** Where some of it cannot be decoded, the rest is, as Hono does it in the Workers behind. */
function decodeAll(pathname: string): string {
  try {
    return decodeURI(pathname);
  } catch {
    return pathname.replaceAll(/(?:%[\da-f]{2})+/gi, (octets) => decodeSome(octets));
  }
}

function decodeSome(octets: string): string {
  try {
    return decodeURI(octets);
  } catch {
    return octets;
  }
}
