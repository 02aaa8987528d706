/**
 * Who is signed in in this browser: a session of theirs, named by a sealed cookie.
 *
 * The cookie proves nothing for longer than the session lives: its owner is asked each time.
 *
 * @module
 */

import type { Context } from 'hono';
import type { SessionRecord } from '../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { AccountId, SessionId } from '../../../shared/ids.ts';
import { sealText, unsealText } from '../../../shared/tokens/sealed-text.ts';
import type { AppEnv, Services } from '../context.ts';
import { dropCookie, readCookie, writeCookie } from './browser-id.ts';

const COOKIE = 'sallyport-session';
const PURPOSE = 'browser session v1';

export type BrowserSession = Pick<SessionRecord, 'grant' | 'createdAt'>;

type Named = { readonly accountId: AccountId; readonly sessionId: SessionId };

/**
 * Reads the cookie and asks the session's owner.
 *
 * @returns `undefined`: nobody is signed in here, or not any more.
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the owner does not answer.
 */
export async function readBrowserSession(c: Context<AppEnv>): Promise<BrowserSession | undefined> {
  const { services } = c.var;
  const named = await namedSession(c, services);
  if (named === undefined) return undefined;
  const record = await orUnavailable('the user', async () =>
    services.users(named.accountId).readSession(named.sessionId),
  );
  return record?.status === 'live' && record.grant.oauth === undefined ? record : undefined;
}

/** Names a session in the browser, for as long as it can last. */
export async function writeBrowserSession(
  c: Context<AppEnv>,
  { accountId, sessionId }: Named,
): Promise<void> {
  const { config, sealingKeys } = c.var.services;
  const text = JSON.stringify([accountId, sessionId]);
  const sealed = await sealText(await sealingKeys(), PURPOSE, text);
  writeCookie(c, COOKIE, sealed, config.limits.absoluteSeconds);
}

/** Makes the browser forget. Does NOT end the session. */
export const forgetBrowserSession = (c: Context<AppEnv>): void => dropCookie(c, COOKIE);

async function namedSession(
  c: Context<AppEnv>,
  { sealingKeys }: Services,
): Promise<Named | undefined> {
  const cookie = readCookie(c, COOKIE);
  if (cookie === undefined || cookie === '') return undefined;
  const text = await unsealText(await sealingKeys(), PURPOSE, cookie);
  if (text === undefined) return undefined;
  const [account = '', session = ''] = JSON.parse(text);
  return { accountId: AccountId.restore(account), sessionId: SessionId.restore(session) };
}

/** Marks that the browser's session is in use. The answer neither waits for this nor fails with it. */
export const touchBrowserSession = (c: Context<AppEnv>, session: BrowserSession): void =>
  c.executionCtx.waitUntil(touch(session, c.var.services));

async function touch({ grant }: BrowserSession, { users, log }: Services): Promise<void> {
  const { accountId, sessionId } = grant;
  try {
    await users(accountId).touchSession(sessionId);
  } catch (error) {
    log({ event: 'session.touch_failed', level: 'warn', sessionId, cause: String(error) });
  }
}
