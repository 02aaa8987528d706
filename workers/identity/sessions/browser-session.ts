/**
 * Who is signed in in this browser. A sealed cookie names their session, and the session's owner is asked
 * each time, because a cookie outlives its session.
 *
 * @module
 */

import type { SessionRecord } from '../../../shared/contracts/identity/user-sessions.ts';
import { AccountId, SessionId } from '../../../shared/ids.ts';
import { sealText, unsealText } from '../../../shared/tokens/sealed-text.ts';
import type { SealingKeys } from '../../../shared/tokens/sealing-keys.ts';
import type { RequestContext } from '../../kit/request.ts';
import { isNavigation } from '../platform/navigation.ts';
import { type CookieNeeds, dropCookie, readCookie, writeCookie } from './cookies.ts';
import { type TouchSessionNeeds, touchSession, type Users } from './user-sessions.ts';

const COOKIE = 'sallyport-session';
const PURPOSE = 'browser session v1';

export type BrowserSession = Pick<SessionRecord, 'grant' | 'createdAt'>;

type Named = { readonly accountId: AccountId; readonly sessionId: SessionId };

type SealedCookieNeeds = CookieNeeds & { readonly sealingKeys: () => Promise<SealingKeys> };

export type ReadBrowserSessionNeeds = SealedCookieNeeds & { readonly users: Users };

/**
 * Reads the cookie and asks the session's owner.
 *
 * @returns `undefined` where nobody is signed in in this browser, or no longer.
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the owner does not answer.
 */
export async function readBrowserSession(
  c: RequestContext<ReadBrowserSessionNeeds>,
): Promise<BrowserSession | undefined> {
  const { services } = c.var;
  const named = await namedSession(c, services);
  if (named === undefined) return undefined;
  const record = await services.users(named.accountId).readSession(named.sessionId);
  return record?.status === 'live' && record.grant.oauth === undefined ? record : undefined;
}

export type WriteBrowserSessionNeeds = SealedCookieNeeds & {
  readonly config: { readonly limits: { readonly absoluteSeconds: number } };
};

/** Names a session in the browser, for as long as it can last. */
export async function writeBrowserSession(
  c: RequestContext<WriteBrowserSessionNeeds>,
  { accountId, sessionId }: Named,
): Promise<void> {
  const { config, sealingKeys } = c.var.services;
  const text = JSON.stringify([accountId, sessionId]);
  const sealed = await sealText(await sealingKeys(), PURPOSE, text);
  writeCookie(c, COOKIE, sealed, config.limits.absoluteSeconds);
}

/** Makes the browser forget. Does NOT end the session. */
export const forgetBrowserSession = (c: RequestContext<CookieNeeds>): void => dropCookie(c, COOKIE);

async function namedSession(
  c: RequestContext<CookieNeeds>,
  { sealingKeys }: SealedCookieNeeds,
): Promise<Named | undefined> {
  const cookie = readCookie(c, COOKIE);
  if (cookie === undefined || cookie === '') return undefined;
  const text = await unsealText(await sealingKeys(), PURPOSE, cookie);
  if (text === undefined) return undefined;
  const [account = '', session = ''] = JSON.parse(text);
  return { accountId: AccountId.restore(account), sessionId: SessionId.restore(session) };
}

/**
 * Marks that the browser's session is in use, where a person uses it. The answer neither waits for this nor
 * fails with it.
 */
export function touchBrowserSession(
  c: RequestContext<TouchSessionNeeds>,
  { grant }: Pick<BrowserSession, 'grant'>,
): void {
  if (!isNavigation(c.req.raw)) return;
  c.executionCtx.waitUntil(touchSession(grant, c.var.services, c.var.log));
}
