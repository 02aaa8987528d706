import type { MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import {
  hasSession,
  type Principal,
  readAuthFailure,
  readPrincipal,
} from '../../../shared/contracts/edge/principal.ts';
import { PUBLISH_SCOPE, REGISTER_SCOPE } from '../../../shared/contracts/identity/oauth-terms.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { AppEnv } from '../context.ts';

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

/**
 * Requires the scope `connect:publish` of a service's own token, or the role `admin`. A user's token
 * never has that scope to give, whatever it says: who signs a user in is not who speaks to all users.
 */
export const requirePublisher = require((principal) => demand(PUBLISH_SCOPE, principal));

/** Requires the scope `connect:register` of a service's own token, or the role `admin`. */
export const requireRegistrar = require((principal) => demand(REGISTER_SCOPE, principal));

/** Requires a session, or what {@link requirePublisher} does. */
export const requireSessionOrPublisher = require((principal) => {
  if (!hasSession(principal)) demand(PUBLISH_SCOPE, principal);
});

function demand(scope: string, { scopes, roles, sessionId }: Principal): void {
  if (roles.includes('admin') || (sessionId === null && scopes.includes(scope))) return;
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  throw new Problem('AUTH_SCOPE_INSUFFICIENT', { headers: { 'www-authenticate': challenge } });
}
