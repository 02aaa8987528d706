/**
 * The route table of the edge: every path, who answers it, and its limits and CORS class.
 *
 * @module
 */

import type { AddressLimit } from '../limits/rate-limits.ts';
import type { UpstreamName } from '../ports.ts';
import { FORWARD_PATH, VALIDATE_PATHS } from '../validate/endpoint.ts';

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
  /** `/*` at the end also matches the path without it. */
  readonly path: string;
  readonly cors: CorsClass;
  /** It is one of OAuth, whose errors are JSON of RFC 6749 §5.2. */
  readonly oauth?: true;
  /** What counts the requests of one address. */
  readonly limit: AddressLimit;
};

/** A path that the edge answers itself. The handlers of each name are in `app.ts`. */
export type OwnRoute = Terms & {
  readonly own: OwnRouteName;
  /** It counts by token. */
  readonly limitsItself?: true;
};

export type OwnRouteName = 'validate' | 'forward' | 'connect' | 'health' | 'openapi' | 'docs';

/** A path that belongs to a Worker behind the edge. */
export type ForwardRoute = Terms & {
  readonly to: UpstreamName;
  /** The request is passed on whoever sent it: no token is judged. */
  readonly open?: true;
  /**
   * `Authorization` is passed on, because the Worker judges it: a client's secret or a registration
   * access token.
   */
  readonly passesAuthorization?: true;
  /** The longest body in bytes, if it is not the general limit. */
  readonly largestBody?: number;
};

export type Route = OwnRoute | ForwardRoute;

const API = { cors: 'configured', limit: 'ip' } as const;
const HUB = { cors: 'configured', limit: 'connect' } as const;
/** Caches keep it, and pages and clients cannot do without it. */
const DOCUMENT = { cors: 'configured', limit: 'documents' } as const;

/** What `identity` judges by itself. */
const IDENTITY = { to: 'identity', open: true, passesAuthorization: true } as const;

/** An endpoint that takes no cookies. */
const endpoint = (path: string): ForwardRoute => ({
  path,
  cors: 'any',
  oauth: true,
  limit: 'oauth',
  ...IDENTITY,
});

/** A document that clients look for from anywhere. */
const metadata = (path: string): ForwardRoute => ({
  path,
  cors: 'any',
  limit: 'documents',
  ...IDENTITY,
});

/** A page, or an endpoint that a browser visits with its cookies. */
const page = (path: string): ForwardRoute => ({ path, cors: 'none', limit: 'pages', ...IDENTITY });

/** The first route that matches is taken. */
export const ROUTES: readonly Route[] = [
  ...VALIDATE_PATHS.map(
    (path): OwnRoute => ({ path, ...API, own: 'validate', limitsItself: true }),
  ),
  { path: FORWARD_PATH, cors: 'none', limit: 'ip', own: 'forward', limitsItself: true },
  page('/'),
  { path: '/connect', ...HUB, own: 'connect' },
  { path: '/health', ...DOCUMENT, own: 'health' },
  { path: '/openapi.json', ...DOCUMENT, own: 'openapi' },
  { path: '/docs', ...DOCUMENT, own: 'docs' },
  { path: '/docs/*', ...DOCUMENT, to: 'identity', open: true },

  { path: '/.well-known/jwks.json', cors: 'any', limit: 'documents', to: 'keys', open: true },
  metadata('/.well-known/openid-configuration/*'),
  metadata('/.well-known/oauth-authorization-server/*'),
  metadata('/.well-known/oauth-protected-resource/*'),
  { path: '/oauth2/userinfo', cors: 'any', oauth: true, to: 'identity', limit: 'oauth' },
  endpoint('/oauth2/token'),
  endpoint('/oauth2/par'),
  endpoint('/oauth2/revoke'),
  endpoint('/oauth2/introspect'),
  endpoint('/oauth2/device_authorization'),
  endpoint('/oauth2/bc-authorize'),
  endpoint('/oauth2/register/*'),
  { ...page('/oauth2/*'), oauth: true },
  page('/sign-in/*'),
  page('/create-account/*'),
  page('/device/*'),
  page('/consent/*'),
  page('/account/*'),
  page('/signed-out/*'),
  { ...page('/pages/*'), limit: 'documents' },
  page('/connect/inspector/*'),

  { path: '/api/v1/keys/*', ...API, to: 'keys' },
  // Signing in comes before any token, from all of an office at once.
  { path: '/api/v1/auth/*', ...API, limit: 'oauth', to: 'identity' },
  { path: '/auth/*', ...API, limit: 'oauth', to: 'identity' },
  { path: '/api/v1/sessions/*', ...API, to: 'identity' },
  { path: '/api/v1/accounts/*', ...API, to: 'identity' },
  { path: '/api/v1/oauth/*', ...API, to: 'identity' },
  page('/queue'),
  { path: '/queue/request-access', cors: 'any', to: 'connect', limit: 'connect' },
  { path: '/queue/status', cors: 'any', to: 'connect', limit: 'connect' },
  { path: '/queue/*', ...HUB, to: 'connect' },
  // A batch of events, or a service with its whole OpenAPI document.
  {
    path: '/api/v1/connect/*',
    ...HUB,
    to: 'connect',
    largestBody: 1_048_576,
  },
];

/** The first route that has the path, percent-decoded like in the Workers behind the edge. */
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
