import type { Context } from 'hono';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { Account } from '../../accounts/account.ts';
import type { AppEnv, Services } from '../../context.ts';
import {
  type BrowserSession,
  readBrowserSession,
  writeBrowserSession,
} from '../../sessions/browser-session.ts';
import { openFirstPartySession, type SignInMethod } from '../../sessions/open-user-session.ts';
import { requestOrigin } from '../../sessions/request-origin.ts';

/**
 * Signs in, in this browser, somebody who has just proved who they are. Their own session here is
 * renewed; one of somebody else ends, and its id is never theirs (session fixation).
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the sessions' owner does not answer.
 */
export async function signInHere(
  c: Context<AppEnv>,
  account: Account,
  method: SignInMethod,
): Promise<void> {
  const { services } = c.var;
  const current = await readBrowserSession(c);
  if (current?.grant.accountId === account.id && (await renew(current, method, services))) return;
  if (current !== undefined) await endSession(current, services);
  const origin = requestOrigin(c.req.raw.headers);
  // Its refresh token is handed to nobody: the cookie alone leads to this session.
  const signedIn = { account, origin, device: {}, method };
  const { grant } = await openFirstPartySession(signedIn, services);
  await writeBrowserSession(c, grant);
}

/** @returns `false`: it has ended meanwhile. */
const renew = (
  { grant }: BrowserSession,
  method: SignInMethod,
  { clock, users }: Services,
): Promise<boolean> =>
  orUnavailable('the user', async () =>
    users(grant.accountId).reauthenticate({
      sessionId: grant.sessionId,
      authTime: clock(),
      ...method,
    }),
  );

const endSession = ({ grant }: BrowserSession, { users }: Services): Promise<boolean> =>
  orUnavailable('the user', async () =>
    users(grant.accountId).endSession(grant.sessionId, 'logout'),
  );
