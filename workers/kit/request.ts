/**
 * The request as routes see it, with what the Worker's entry has added and the needs of the route.
 *
 * A Worker composes everything that its routes need once, in its `services.ts`. A route names only
 * its own part, such as `RequestEnv<LoginNeeds>`, and accepts any larger context.
 *
 * @module
 */

import type { Context } from 'hono';

import type { Principal, SessionPrincipal } from '../../shared/contracts/edge/principal.ts';
import type { AccountId, SessionId, TokenId } from '../../shared/ids.ts';
import type { Log } from '../../shared/telemetry/log.ts';

/** The signed-in user, from the access token that `edge` validated. */
export type SignedInUser = {
  readonly accountId: AccountId;
  readonly sessionId: SessionId;
  readonly tokenId: TokenId;
  /** `exp` of the access token, in seconds. */
  readonly tokenExpiresAt: number;
};

/** The environment of a router whose routes need `Needs`. */
export type RequestEnv<Needs> = {
  Variables: {
    services: Needs;
    correlationId: string;
    /** Writes lines that carry the request's correlation id. */
    log: Log;
    /** Set by `requireUser`. */
    user: SignedInUser;
    /** Set by everything in `require.ts`. */
    principal: Principal;
    /** Set by `requireSession`. */
    session: SessionPrincipal;
    /** Whether the principal is an administrator at this moment. Set by `requireAdministrator`, `requireScope` and `requireHubSessionOrScope`. */
    isAdministrator: boolean;
  };
};

/**
 * A request with the needs of a function that reads or answers it. Hono's own `Context` is
 * invariant in its variables, so a context with more services could not be passed to a function
 * that needs fewer.
 */
export type RequestContext<Needs> = Pick<
  Context,
  'req' | 'res' | 'header' | 'body' | 'json' | 'text' | 'html' | 'redirect' | 'executionCtx'
> & { readonly var: Readonly<RequestEnv<Needs>['Variables']> };

/** The services of a request, whose log names the request. */
export const requestServices = <Needs extends object>(
  c: RequestContext<Needs>,
): Needs & { readonly log: Log } => ({ ...c.var.services, log: c.var.log });
