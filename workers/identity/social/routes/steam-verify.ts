import { createRoute } from '@hono/zod-openapi';

import { Problem } from '../../../../shared/http/problem.ts';
import type { IdentityApp, Services } from '../../context.ts';
import {
  BODY_PROBLEMS,
  json,
  type Mounting,
  operation,
  problems,
} from '../../routes/documented.ts';
import { TokenReplySchema } from '../../routes/replies.ts';
import { requestOrigin } from '../../sign-in/request-origin.ts';
import type { SteamProvider } from '../providers/provider.ts';
import { requestServices } from '../request-services.ts';
import { faultEvent, faultProblem } from '../social-problem.ts';
import { steamProfile } from '../steam/steam-profile.ts';
import { verifyTicket } from '../steam/verify-ticket.ts';
import { signInToApi } from './sign-in-to-api.ts';
import { SteamVerifyBody } from './social-bodies.ts';

/** `POST /steam/verify`: signs a player in with a session ticket of their game. */
export function addSteamVerify(app: IdentityApp, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'steamVerify'),
    method: 'post',
    path: '/steam/verify',
    summary: 'Sign in with a Steam session ticket',
    request: {
      body: { required: true, content: { 'application/json': { schema: SteamVerifyBody } } },
    },
    responses: {
      200: json(TokenReplySchema, 'Signed in.'),
      ...problems(
        ...BODY_PROBLEMS,
        'SOCIAL_PROVIDER_UNKNOWN',
        'SOCIAL_SIGN_IN_FAILED',
        'SOCIAL_PROVIDER_UNAVAILABLE',
        'AUTHZ_DENIED',
        'ACCOUNT_EMAIL_REQUIRED',
        'ACCOUNT_LINK_REQUIRED',
        'TOKEN_KMS_ERROR',
      ),
    },
  });
  app.openapi(route, async (c) => {
    const services = requestServices(c);
    const { ticket, email, deviceInfo } = c.req.valid('json');
    const provider = ticketProvider(services);
    const steamId = await verifyTicket(provider, ticket, services);
    if (!steamId.ok) {
      services.log(faultEvent(provider.id, steamId.error));
      throw faultProblem(steamId.error);
    }
    const profile = await steamProfile(provider, steamId.value, services);
    const origin = requestOrigin(c.req.raw.headers);
    const device = deviceInfo ?? {};
    const signIn = { provider, profile, tokens: null, email, origin, device };
    return c.json(await signInToApi(signIn, services), 200);
  });
}

type TicketProvider = SteamProvider & { readonly appId: number };

/** @throws {Problem} `SOCIAL_PROVIDER_UNKNOWN` where tickets are not taken. */
function ticketProvider({ config }: Services): TicketProvider {
  const steam = config.social.providers.get('steam');
  if (steam?.kind !== 'steam' || steam.appId === null) {
    throw new Problem('SOCIAL_PROVIDER_UNKNOWN');
  }
  return { ...steam, appId: steam.appId };
}
