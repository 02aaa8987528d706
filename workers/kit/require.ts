/**
 * Requirements on the caller. Each is a middleware of a route and runs before the request's body is
 * checked, so a caller that is refused learns nothing about the body.
 *
 * All trust what `edge` validated, which is the token. What only the present moment can say, such as
 * whether somebody still is an administrator, they ask its owner.
 *
 * @module
 */

import type { MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import { mayUseHub } from '../../shared/contracts/connect/hub-access.ts';
import {
  hasSession,
  type Principal,
  readAuthFailure,
  readPrincipal,
} from '../../shared/contracts/edge/principal.ts';
import type { IdentityRpc } from '../../shared/contracts/identity/identity-rpc.ts';
import { ADMINISTRATOR, CONNECT_SCOPE } from '../../shared/contracts/identity/oauth-terms.ts';
import { insufficientScopeProblem } from '../../shared/http/bearer-challenge.ts';
import { orUnavailable } from '../../shared/http/or-unavailable.ts';
import { Problem } from '../../shared/http/problem.ts';
import { AccountId, SessionId, TokenId } from '../../shared/ids.ts';
import type { RequestEnv, SignedInUser } from './request.ts';

export type OwnClientNeeds = {
  readonly config: {
    /** `client_id` of the tokens that the deployment's own sign-in gives out. */
    readonly clientId: string;
  };
};

export type AdministratorNeeds = OwnClientNeeds & {
  /** Who knows the accounts: `identity`, by RPC. */
  readonly administrators: Pick<IdentityRpc, 'isAdministrator'>;
};

/**
 * Requires a user's token of the deployment's own client, or one with `scope`: a token that the
 * user gave another client must not act for them here. Does NOT check whether the session still
 * lives.
 *
 * @throws {Problem} `AUTH_*`, `AUTH_SCOPE_INSUFFICIENT`
 */
export const requireUser = (scope: string): MiddlewareHandler<RequestEnv<OwnClientNeeds>> =>
  createMiddleware<RequestEnv<OwnClientNeeds>>(async (c, next) => {
    const principal = principalOf(c.req.raw.headers);
    const isOurs = principal.clientId === c.var.services.config.clientId;
    if (!isOurs && !principal.scopes.includes(scope)) throw insufficientScopeProblem(scope);
    c.set('principal', principal);
    c.set('user', toUser(principal));
    await next();
  });

/**
 * Requires an access token that belongs to a session, of any client.
 *
 * @throws {Problem} `AUTH_*`, `AUTHZ_DENIED`
 */
export const requireSession: MiddlewareHandler<RequestEnv<unknown>> = createMiddleware<
  RequestEnv<unknown>
>(async (c, next) => {
  const principal = principalOf(c.req.raw.headers);
  if (!hasSession(principal)) {
    throw new Problem('AUTHZ_DENIED', { detail: 'This access token belongs to no session' });
  }
  c.set('principal', principal);
  c.set('session', principal);
  await next();
});

/**
 * Requires a client that may use the hub: a first-party one, or one whose token has the scope `connect`.
 * After {@link requireSession}.
 *
 * @throws {Problem} `AUTH_SCOPE_INSUFFICIENT`
 */
export const requireHubClient: MiddlewareHandler<RequestEnv<OwnClientNeeds>> = createMiddleware<
  RequestEnv<OwnClientNeeds>
>(async (c, next) => {
  requireHubAccess(c.var.session, c.var.services);
  await next();
});

/** @throws {Problem} `AUTH_SCOPE_INSUFFICIENT` */
export function requireHubAccess(principal: Principal, { config }: OwnClientNeeds): void {
  if (!mayUseHub(principal, config.clientId)) throw insufficientScopeProblem(CONNECT_SCOPE);
}

/**
 * Requires an administrator, at this moment.
 *
 * @throws {Problem} `AUTH_*`, `AUTHZ_DENIED`, `SERVICE_UNAVAILABLE`
 */
export const requireAdministrator: MiddlewareHandler<RequestEnv<AdministratorNeeds>> =
  createMiddleware<RequestEnv<AdministratorNeeds>>(async (c, next) => {
    const principal = principalOf(c.req.raw.headers);
    if (!(await isAdministrator(principal, c.var.services))) throw new Problem('AUTHZ_DENIED');
    c.set('principal', principal);
    c.set('isAdministrator', true);
    await next();
  });

/**
 * Requires a scope of a service's own token (RFC 6749 §4.4), or an administrator. Such a scope in a
 * user's token does not count, because a service that signs a user in must not gain the permissions
 * of another service.
 *
 * @throws {Problem} `AUTH_*`, `AUTH_SCOPE_INSUFFICIENT`, `SERVICE_UNAVAILABLE`
 */
export const requireScope = (scope: string): MiddlewareHandler<RequestEnv<AdministratorNeeds>> =>
  createMiddleware<RequestEnv<AdministratorNeeds>>(async (c, next) => {
    const principal = principalOf(c.req.raw.headers);
    const isAdmin = await isAdministrator(principal, c.var.services);
    if (!isAdmin && !isServiceWith(scope, principal)) throw insufficientScopeProblem(scope);
    c.set('principal', principal);
    c.set('isAdministrator', isAdmin);
    await next();
  });

/**
 * Requires what {@link requireSession} and {@link requireHubClient} do, or what {@link requireScope} does.
 *
 * @throws {Problem} `AUTH_*`, `AUTH_SCOPE_INSUFFICIENT`, `SERVICE_UNAVAILABLE`
 */
export const requireHubSessionOrScope = (
  scope: string,
): MiddlewareHandler<RequestEnv<AdministratorNeeds>> =>
  createMiddleware<RequestEnv<AdministratorNeeds>>(async (c, next) => {
    const principal = principalOf(c.req.raw.headers);
    if (hasSession(principal)) requireHubAccess(principal, c.var.services);
    else if (!isServiceWith(scope, principal)) throw insufficientScopeProblem(scope);
    c.set('principal', principal);
    c.set('isAdministrator', await isAdministrator(principal, c.var.services));
    await next();
  });

/**
 * Whether a token is from our own sign-in, and its user is an administrator at this moment.
 *
 * The token of another client is refused even if an administrator agreed to it, because no scope
 * permits administration. The roles in the token are not enough, because it may be older than a
 * demotion. A token without the role is refused without a call.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if it cannot be found out.
 */
async function isAdministrator(
  { subject, clientId, roles, sessionId }: Principal,
  { config, administrators }: AdministratorNeeds,
): Promise<boolean> {
  if (clientId !== config.clientId || sessionId === null) return false;
  const accountId = AccountId.parse(subject);
  if (accountId === undefined || !roles.includes(ADMINISTRATOR)) return false;
  return orUnavailable('the accounts', async () => administrators.isAdministrator(accountId));
}

const isServiceWith = (scope: string, { sessionId, scopes }: Principal): boolean =>
  sessionId === null && scopes.includes(scope);

/** @throws {Problem} If there is no principal. The code is the one that `edge` passed on. */
function principalOf(headers: Headers): Principal {
  const principal = readPrincipal(headers);
  if (principal === undefined) throw new Problem(readAuthFailure(headers));
  return principal;
}

/**
 * The user of a token. A client's own token has none.
 *
 * @throws {Problem} `AUTH_TOKEN_INVALID`
 */
function toUser({ subject, sessionId: sid, tokenId: jti, expiresAt }: Principal): SignedInUser {
  const accountId = AccountId.parse(subject);
  const sessionId = sid === null ? undefined : SessionId.parse(sid);
  const tokenId = TokenId.parse(jti);
  if (accountId === undefined || sessionId === undefined || tokenId === undefined) {
    throw new Problem('AUTH_TOKEN_INVALID');
  }
  return { accountId, sessionId, tokenId, tokenExpiresAt: expiresAt };
}
