import { Hono } from 'hono';
import { Problem } from '../../../../shared/http/problem.ts';
import { newTokenId } from '../../../../shared/ids.ts';
import { assertOwnForm } from '../../browser/csrf.ts';
import type { AppEnv } from '../../context.ts';
import { termsOf } from '../../tokens/access-claims.ts';
import { signAccessToken } from '../../tokens/sign-access-token.ts';
import { findViewer } from '../viewer.ts';

/** Seconds. The page asks again; what is left behind in a browser is soon worth nothing. */
const LIFETIME = 300;

/** What the page's own script sends in place of a form's hidden field. */
const CSRF_HEADER = 'x-csrf-token';

/**
 * `POST /connect/inspector/token`: an access token of the browser's session for our own client, as its
 * sign-in would have given it. Only for our own page: it is the one way from the cookie to a token.
 */
export function inspectorTokenRoute(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.post('/token', async (c) => {
    const { services } = c.var;
    await assertOwnForm(c, c.req.header(CSRF_HEADER));
    const viewer = await findViewer(c);
    if (viewer === undefined) throw new Problem('SESSION_TERMINATED');
    const { config, clock } = services;
    const lifetime = Math.min(LIFETIME, config.limits.accessSeconds);
    const terms = termsOf(viewer.session.grant, config.audience);
    const request = { terms, tokenId: newTokenId(), issuedAt: clock(), lifetime };
    const { text } = await signAccessToken(request, services);
    return c.json({ accessToken: text, expiresIn: lifetime }, 200, { 'cache-control': 'no-store' });
  });
  return app;
}
