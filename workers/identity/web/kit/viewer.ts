import type { Context } from 'hono';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { Account } from '../../accounts/account.ts';
import type { AppEnv } from '../../context.ts';
import {
  type BrowserSession,
  readBrowserSession,
  touchBrowserSession,
} from '../../sessions/browser-session.ts';

/** Who is signed in in this browser. */
export type Viewer = { readonly account: Account; readonly session: BrowserSession };

/**
 * Finds out who looks at a page, and marks their session's activity.
 *
 * @returns `undefined`: nobody who may be signed in.
 * @throws {Problem} `SERVICE_UNAVAILABLE` if that cannot be found out.
 */
export async function findViewer(c: Context<AppEnv>): Promise<Viewer | undefined> {
  const { services } = c.var;
  const session = await readBrowserSession(c);
  if (session === undefined) return undefined;
  const account = await orUnavailable('the database', async () =>
    services.accounts().find(session.grant.accountId),
  );
  if (account?.status !== 'active') return undefined;
  touchBrowserSession(c, session);
  return { account, session };
}
