import { createMiddleware } from 'hono/factory';

import { readPrincipal } from '../../../shared/contracts/edge/principal.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { ADMINISTRATOR } from '../accounts/roles.ts';
import type { AppEnv } from '../context.ts';

/**
 * Requires an administrator who signed in here. After `requireUser`.
 *
 * A client's token does not do, though an administrator agreed to it: what a client may do is told by
 * scopes, and no scope is for this. The role is asked of the database: a token outlives a demotion.
 */
export const requireAdministrator = createMiddleware<AppEnv>(async (c, next) => {
  const { services, user } = c.var;
  const principal = readPrincipal(c.req.raw.headers);
  const isOurs = principal?.clientId === services.config.clientId;
  if (!isOurs || !principal.roles.includes(ADMINISTRATOR)) throw new Problem('AUTHZ_DENIED');
  const account = await orUnavailable('the database', async () =>
    services.accounts().find(user.accountId),
  );
  if (account?.status !== 'active' || !account.roles.includes(ADMINISTRATOR)) {
    throw new Problem('AUTHZ_DENIED');
  }
  await next();
});
