import { createRoute } from '@hono/zod-openapi';

import { Problem } from '../../../../shared/http/problem.ts';
import type { IdentityApp } from '../../context.ts';
import {
  BODY_PROBLEMS,
  json,
  type Mounting,
  operation,
  problems,
} from '../../routes/documented.ts';
import { TokenReplySchema } from '../../routes/replies.ts';
import { requestOrigin } from '../../sign-in/request-origin.ts';
import { findProvider } from '../flow/find-provider.ts';
import { finishSignIn } from '../flow/finish-sign-in.ts';
import { takeState } from '../flow/take-state.ts';
import { requestServices } from '../request-services.ts';
import { faultEvent, faultProblem } from '../social-problem.ts';
import { signInToApi } from './sign-in-to-api.ts';
import { ProviderParam, SocialCallbackBody } from './social-bodies.ts';

const PATH = '/oauth/{provider}/callback';

/** `POST /oauth/{provider}/callback`: what a client took from the redirect that it intercepted. */
export function addSocialCallback(app: IdentityApp, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'socialCallback'),
    method: 'post',
    path: PATH,
    summary: 'Finish a sign-in with a provider',
    description: 'With the cookie that the beginning set.',
    request: {
      params: ProviderParam,
      body: { required: true, content: { 'application/json': { schema: SocialCallbackBody } } },
    },
    responses: {
      200: json(TokenReplySchema, 'Signed in.'),
      ...problems(
        ...BODY_PROBLEMS,
        'SOCIAL_PROVIDER_UNKNOWN',
        'SOCIAL_STATE_INVALID',
        'SOCIAL_SIGN_IN_FAILED',
        'SOCIAL_PROVIDER_UNAVAILABLE',
        'ACCOUNT_EMAIL_REQUIRED',
        'ACCOUNT_LINK_REQUIRED',
        'TOKEN_KMS_ERROR',
      ),
    },
  });
  app.openapi(route, async (c) => {
    const services = requestServices(c);
    const provider = findProvider(c.req.valid('param').provider, services);
    const { email, deviceInfo, code, state: sealed, iss } = c.req.valid('json');
    const answer = { code, state: sealed, iss, error: undefined, user: undefined, openid: {} };
    const state = await takeState(c, provider, answer);
    // What a page began, the browser ends there.
    if (state.purpose.kind !== 'api') throw new Problem('SOCIAL_STATE_INVALID');
    const finished = await finishSignIn(provider, answer, state, services);
    if (!finished.ok) {
      services.log(faultEvent(provider.id, finished.error));
      throw faultProblem(finished.error);
    }
    const origin = requestOrigin(c.req.raw.headers);
    const device = deviceInfo ?? {};
    const signIn = { ...finished.value, provider, email, origin, device };
    return c.json(await signInToApi(signIn, services), 200);
  });
}
