import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { RequestContext } from '../../../kit/request.ts';
import type { Account } from '../../accounts/account.ts';
import type { AccountStore } from '../../accounts/account-store.ts';
import {
  type BrowserSession,
  type ReadBrowserSessionNeeds,
  readBrowserSession,
  touchBrowserSession,
} from '../../sessions/browser-session.ts';
import type { TouchSessionNeeds } from '../../sessions/user-sessions.ts';

export type ViewerNeeds = ReadBrowserSessionNeeds &
  TouchSessionNeeds & { readonly accounts: () => AccountStore };

/** Who is signed in in this browser. */
export type Viewer = { readonly account: Account; readonly session: BrowserSession };

/**
 * Finds out who looks at a page, and marks their session's activity.
 *
 * @returns `undefined` if nobody is signed in, or an account that is not active.
 * @throws {Problem} `SERVICE_UNAVAILABLE` if that cannot be found out.
 */
export async function findViewer(c: RequestContext<ViewerNeeds>): Promise<Viewer | undefined> {
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
