import type { Context } from 'hono';
import type { AppEnv, Services } from '../context.ts';
import type { BrowserSession } from './browser-session.ts';

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
