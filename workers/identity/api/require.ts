import type { MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import {
  type Principal,
  readAuthFailure,
  readPrincipal,
} from '../../../shared/contracts/edge/principal.ts';
import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import type { SessionStatus } from '../../../shared/contracts/identity/identity-rpc.ts';
import { ACCOUNT_SCOPE, ADMINISTRATOR } from '../../../shared/contracts/identity/oauth-terms.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { AccountId, SessionId, TokenId } from '../../../shared/ids.ts';
import { BEARER, SESSION_PROBLEMS, USER_PROBLEMS } from '../../kit/documented.ts';
import { isAdministrator } from '../accounts/is-administrator.ts';
import type { AppEnv, Services, User } from '../context.ts';

/**
 * Requires a signed-in user, whom our own client speaks for, or one that may manage accounts: a token
 * that the user gave somebody else must not manage theirs. Trusts what `edge` validated: does NOT ask
 * whether the session still lives.
 */
export const requireUser = createMiddleware<AppEnv>(async (c, next) => {
  const principal = readPrincipal(c.req.raw.headers);
  if (principal === undefined) throw new Problem(readAuthFailure(c.req.raw.headers));
  requireOwnClient(principal, c.var.services);
  c.set('user', toUser(principal));
  await next();
});

function requireOwnClient({ clientId, scopes }: Principal, { config }: Services): void {
  if (clientId === config.clientId || scopes.includes(ACCOUNT_SCOPE)) return;
  const challenge = `Bearer error="insufficient_scope", scope="${ACCOUNT_SCOPE}"`;
  throw new Problem('AUTH_SCOPE_INSUFFICIENT', { headers: { 'www-authenticate': challenge } });
}

/**
 * Requires that the user's session lives at this moment, whatever the edge's snapshot still says, and
 * marks its activity.
 */
export const requireLiveSession = createMiddleware<AppEnv>(async (c, next) => {
  const { services, user } = c.var;
  const status = await orUnavailable('the user', async () =>
    services.users(user.accountId).checkSession(user.sessionId),
  );
  const refusal = REFUSALS[status];
  if (refusal !== undefined) throw new Problem(refusal);
  await next();
  c.executionCtx.waitUntil(touch(services, user));
});

/** The answer neither waits for this nor fails with it. */
async function touch({ users, log }: Services, { accountId, sessionId }: User): Promise<void> {
  try {
    await users(accountId).touchSession(sessionId);
  } catch (error) {
    log({ event: 'session.touch_failed', level: 'warn', sessionId, cause: String(error) });
  }
}

const REFUSALS: Readonly<Record<SessionStatus, ErrorCode | undefined>> = {
  live: undefined,
  ended: 'SESSION_TERMINATED',
  unknown: 'SESSION_TERMINATED',
  expired: 'SESSION_EXPIRED',
};

/** A token of another kind of subject, such as a client's own, names no user. */
function toUser({ subject, sessionId, tokenId, expiresAt }: Principal): User {
  const ids = {
    accountId: AccountId.parse(subject),
    sessionId: sessionId === null ? undefined : SessionId.parse(sessionId),
    tokenId: TokenId.parse(tokenId),
  };
  const { accountId, sessionId: sid, tokenId: jti } = ids;
  if (accountId === undefined || sid === undefined || jti === undefined) {
    throw new Problem('AUTH_TOKEN_INVALID');
  }
  return { accountId, sessionId: sid, tokenId: jti, tokenExpiresAt: expiresAt };
}

/**
 * Requires an administrator who signed in here. After `requireUser`.
 *
 * A client's token does not do, though an administrator agreed to it: what a client may do is told by
 * scopes, and no scope is for this. The role is asked of the database: a token outlives a demotion.
 */
const requireAdministrator = createMiddleware<AppEnv>(async (c, next) => {
  const { services, user } = c.var;
  const principal = readPrincipal(c.req.raw.headers);
  const isOurs = principal?.clientId === services.config.clientId;
  if (!isOurs || !principal.roles.includes(ADMINISTRATOR)) throw new Problem('AUTHZ_DENIED');
  const isAdmin = await orUnavailable('the accounts', () =>
    isAdministrator(user.accountId, services),
  );
  if (!isAdmin) throw new Problem('AUTHZ_DENIED');
  await next();
});

/**
 * Treats an empty body as none, for a request whose body is optional: many clients announce JSON
 * whether they send any or not.
 */
export const emptyBodyIsNone = createMiddleware<AppEnv>(async (c, next) => {
  if ((await c.req.text()).trim() === '') {
    const headers = new Headers(c.req.raw.headers);
    headers.delete('content-type');
    c.req.raw = new Request(c.req.url, { method: c.req.method, headers });
  }
  await next();
});

/** Who may administer: checked before a body is read. */
export const ADMINISTRATION: readonly MiddlewareHandler<AppEnv>[] = [
  requireUser,
  requireLiveSession,
  requireAdministrator,
];

/** Of every route behind `requireUser`. `x-sallyport-permission` tells the hub whom to list it for. */
export const FOR_USERS = {
  security: BEARER,
  'x-sallyport-permission': { scopes: [ACCOUNT_SCOPE], ownClient: 'suffices' },
};

/** Of every route behind {@link ADMINISTRATION}. */
export const FOR_ADMINISTRATORS = {
  security: BEARER,
  'x-sallyport-permission': { roles: [ADMINISTRATOR], ownClient: 'required' },
};

export const ADMINISTRATION_PROBLEMS = [
  ...USER_PROBLEMS,
  ...SESSION_PROBLEMS,
  'AUTHZ_DENIED',
] as const;
