import type { Clock } from '../../../../shared/clock.ts';
import type { RequestContext } from '../../../kit/request.ts';
import type { Account } from '../../accounts/account.ts';
import { signedIn } from '../../oauth/authorize/interaction.ts';
import {
  type BrowserSession,
  type ReadBrowserSessionNeeds,
  readBrowserSession,
  type WriteBrowserSessionNeeds,
  writeBrowserSession,
} from '../../sessions/browser-session.ts';
import type { CookieNeeds } from '../../sessions/cookies.ts';
import {
  accountStateOf,
  type FirstPartySessionNeeds,
  openFirstPartySession,
  type SignInMethod,
} from '../../sessions/open-user-session.ts';
import { requestOrigin } from '../../sessions/request-origin.ts';
import type { Users } from '../../sessions/user-sessions.ts';
import {
  type InteractionNeeds,
  type PendingInteraction,
  resumeInteraction,
} from '../kit/interaction.ts';
import { takeReturnTarget } from '../kit/return-target.ts';

export type SignInHereNeeds = ReadBrowserSessionNeeds &
  WriteBrowserSessionNeeds &
  FirstPartySessionNeeds &
  RenewNeeds;

type RenewNeeds = { readonly clock: Clock; readonly users: Users };

/**
 * Signs in, in this browser, somebody who has just proved who they are. Their own session here is
 * renewed; one of somebody else ends, and its id is never theirs (session fixation).
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the sessions' owner does not answer.
 */
export async function signInHere(
  c: RequestContext<SignInHereNeeds>,
  account: Account,
  method: SignInMethod,
): Promise<void> {
  const { services } = c.var;
  const current = await readBrowserSession(c);
  if (current?.grant.accountId === account.id && (await renew(current, account, method, services)))
    return;
  if (current !== undefined) await end(current, services);
  const origin = requestOrigin(c.req.raw.headers);
  // Its refresh token is given to nobody: the cookie alone leads to this session.
  const opening = { account, origin, device: {}, method };
  const { grant } = await openFirstPartySession(opening, services);
  await writeBrowserSession(c, grant);
}

/** @returns `false` if the session has ended meanwhile. */
const renew = (
  { grant }: BrowserSession,
  account: Account,
  method: SignInMethod,
  { clock, users }: RenewNeeds,
): Promise<boolean> =>
  users(grant.accountId).reauthenticate({
    sessionId: grant.sessionId,
    account: accountStateOf(account),
    authTime: clock(),
    ...method,
  });

const end = ({ grant }: BrowserSession, { users }: Pick<RenewNeeds, 'users'>): Promise<boolean> =>
  users(grant.accountId).endSession(grant.sessionId, 'logout');

export type ContinueNeeds = InteractionNeeds & CookieNeeds & { readonly clock: Clock };

/** Leaves for the client that waits, else for the page that sent the browser, else for the account. */
export async function continueAfterSignIn(
  c: RequestContext<ContinueNeeds>,
  waiting: PendingInteraction | undefined,
  { id }: Pick<Account, 'id'>,
): Promise<Response> {
  if (waiting === undefined) return c.redirect(takeReturnTarget(c) ?? '/account', 303);
  return resumeInteraction(c, signedIn(waiting.interaction, id, c.var.services.clock()));
}
