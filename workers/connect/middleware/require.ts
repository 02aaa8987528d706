import type { MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';

import {
  hasSession,
  type Principal,
  readAuthFailure,
  readPrincipal,
} from '../../../shared/contracts/principal.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { AppEnv } from '../context.ts';

/** Publishes events, and asks clients: for services, by their own tokens (RFC 6749 §4.4). */
export const PUBLISH_SCOPE = 'connect:publish';

/** Judges who asks. Trusts what `edge` validated. */
const require = (judge: (principal: Principal) => void): MiddlewareHandler<AppEnv> =>
  createMiddleware<AppEnv>(async (c, next) => {
    const principal = readPrincipal(c.req.raw.headers);
    if (principal === undefined) throw new Problem(readAuthFailure(c.req.raw.headers));
    judge(principal);
    c.set('principal', principal);
    await next();
  });

/** Requires an access token that stands for a session. */
export const requireSession = require((principal) => {
  if (!hasSession(principal)) {
    throw new Problem('AUTHZ_DENIED', { detail: 'This access token stands for no session' });
  }
});

/** Requires the role `admin`. */
export const requireAdministrator = require(({ roles }) => {
  if (!roles.includes('admin')) throw new Problem('AUTHZ_DENIED');
});

/** Requires the scope `connect:publish`, or the role `admin`. */
export const requirePublisher = require(({ scopes, roles }) => {
  if (scopes.includes(PUBLISH_SCOPE) || roles.includes('admin')) return;
  const challenge = `Bearer error="insufficient_scope", scope="${PUBLISH_SCOPE}"`;
  throw new Problem('AUTH_SCOPE_INSUFFICIENT', { headers: { 'www-authenticate': challenge } });
});
