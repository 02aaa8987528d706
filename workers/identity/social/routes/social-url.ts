import { createRoute } from '@hono/zod-openapi';

import { ensureBrowserId } from '../../browser/browser-id.ts';
import type { IdentityApp } from '../../context.ts';
import { json, type Mounting, operation, problems } from '../../routes/documented.ts';
import { beginSignIn } from '../flow/begin-sign-in.ts';
import { findProvider } from '../flow/find-provider.ts';
import { requestServices } from '../request-services.ts';
import { faultEvent, faultProblem } from '../social-problem.ts';
import { STATE_SECONDS } from '../state/social-state.ts';
import { AuthorizationUrlSchema, ProviderParam } from './social-bodies.ts';

/** `GET /oauth/{provider}/url`: begins a sign-in for a client of our API. */
export function addSocialUrl(app: IdentityApp, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'socialUrl'),
    method: 'get',
    path: '/oauth/{provider}/url',
    summary: 'Begin to sign in with a provider',
    description:
      'Sets a cookie that the callback must come with: what begins in one browser ends in no other.',
    request: { params: ProviderParam },
    responses: {
      200: json(AuthorizationUrlSchema, 'Where to send the browser.'),
      ...problems('SOCIAL_PROVIDER_UNKNOWN', 'SOCIAL_PROVIDER_UNAVAILABLE'),
    },
  });
  app.openapi(route, async (c) => {
    const services = requestServices(c);
    const provider = findProvider(c.req.valid('param').provider, services);
    const browser = await ensureBrowserId(c);
    const purpose = { kind: 'api' } as const;
    const begun = await beginSignIn(provider, { browser, purpose, more: {} }, services);
    if (begun.ok) return c.json({ ...begun.value, expiresIn: STATE_SECONDS }, 200);
    services.log(faultEvent(provider.id, begun.error));
    throw faultProblem(begun.error);
  });
}
