import { createRoute, z } from '@hono/zod-openapi';
import type { DeviceInfo, Origin } from '../../../../shared/contracts/identity/user-sessions.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import {
  BODY_PROBLEMS,
  json,
  jsonBody,
  type Mounting,
  operation,
  problems,
} from '../../../kit/documented.ts';
import type { EmailAddress } from '../../accounts/account.ts';
import { emailField } from '../../accounts/fields.ts';
import type { Config } from '../../config.ts';
import type { IdentityApp, Services } from '../../context.ts';
import { requestServices } from '../../platform/request-services.ts';
import { ensureBrowserId } from '../../sessions/browser-id.ts';
import { startSession, type TokenReply } from '../../sessions/first-party-tokens.ts';
import { SIGN_IN_METHODS } from '../../sessions/open-user-session.ts';
import { requestOrigin } from '../../sessions/request-origin.ts';
import { faultEvent, faultProblem } from '../../social/fault.ts';
import { beginSignIn, findProvider } from '../../social/flow/begin-sign-in.ts';
import { type Authenticated, finishSignIn } from '../../social/flow/finish-sign-in.ts';
import { STATE_SECONDS, takeState } from '../../social/flow/state.ts';
import { type Resolution, resolveIdentity } from '../../social/identities/resolve-identity.ts';
import type { Provider, ProviderProfile, SteamProvider } from '../../social/providers/provider.ts';
import { steamProfile, verifyTicket } from '../../social/steam/web-api.ts';
import { deviceInfoField } from '../device-info.ts';
import { TokenReplySchema } from './sign-in.ts';

/** `POST /providers`: who may sign users in. */
export function addListProviders(app: IdentityApp, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'listProviders'),
    method: 'post',
    path: '/providers',
    summary: 'List the sign-in providers',
    responses: {
      200: json(ProviderListSchema, 'In the order of the configuration.'),
      ...problems(),
    },
  });
  app.openapi(route, (c) => {
    const { config } = c.var.services;
    const listed = [...config.social.providers.values()].map((one) => entryOf(one, config));
    return c.json(listed, 200);
  });
}

function entryOf(provider: Provider, { issuer }: Config) {
  const isTicket = provider.kind === 'steam' && provider.appId !== null;
  return {
    name: provider.id,
    displayName: provider.name,
    authType: isTicket ? ('ticket' as const) : ('oauth' as const),
    authUrl: `${issuer.replace(/\/$/, '')}/api/v1/auth/oauth/${provider.id}/url`,
  };
}

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

const PATH = '/oauth/{provider}/callback';

/** `POST /oauth/{provider}/callback`: what a client took from the redirect that it intercepted. */
export function addSocialCallback(app: IdentityApp, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'socialCallback'),
    method: 'post',
    path: PATH,
    summary: 'Finish a sign-in with a provider',
    description: 'With the cookie that the beginning set.',
    request: { params: ProviderParam, ...jsonBody(SocialCallbackBody) },
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

/** `POST /steam/verify`: signs a player in with a session ticket of their game. */
export function addSteamVerify(app: IdentityApp, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'steamVerify'),
    method: 'post',
    path: '/steam/verify',
    summary: 'Sign in with a Steam session ticket',
    request: jsonBody(SteamVerifyBody),
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

export type ApiSignIn = Authenticated & {
  readonly provider: Provider;
  /** What the client says the address is, if the provider told none. */
  readonly email: EmailAddress | undefined;
  readonly origin: Origin;
  readonly device: DeviceInfo;
};

/**
 * Answers a client of our API with tokens, as a sign-in with a password does.
 *
 * @throws {Problem} `ACCOUNT_LINK_REQUIRED`, `ACCOUNT_EMAIL_REQUIRED` or `SOCIAL_SIGN_IN_FAILED`.
 */
export async function signInToApi(
  { provider, profile, tokens, email, origin, device }: ApiSignIn,
  services: Services,
): Promise<TokenReply> {
  const arrived = { provider, profile: withEmail(profile, email), tokens, linkTo: undefined };
  const resolution = await resolveIdentity(arrived, services);
  if (resolution.act !== 'signed_in') throw refusal(resolution);
  const { account } = resolution;
  const method = SIGN_IN_METHODS.federated;
  return startSession({ account, origin, device, method }, services);
}

/** Anybody can write any address: it is nobody's proof. */
const withEmail = (profile: ProviderProfile, email: EmailAddress | undefined): ProviderProfile =>
  profile.email !== null || email === undefined
    ? profile
    : { ...profile, email: { ...email, standing: 'unverified' } };

const CODES = {
  prove: 'ACCOUNT_LINK_REQUIRED',
  ask_email: 'ACCOUNT_EMAIL_REQUIRED',
  refuse: 'SOCIAL_SIGN_IN_FAILED',
} as const;

const refusal = ({ act }: Exclude<Resolution, { readonly act: 'signed_in' }>): Problem =>
  new Problem(CODES[act]);

const ProviderListSchema = z
  .array(
    z
      .object({
        name: z.string().openapi({ example: 'google' }),
        displayName: z.string().openapi({ example: 'Google' }),
        authType: z.enum(['oauth', 'ticket']),
        authUrl: z
          .string()
          .optional()
          .openapi({ description: 'What tells where to send the browser.' }),
      })
      .openapi('SocialProvider'),
  )
  .openapi('SocialProviders');

/** A path parameter: unknown ones are told apart from malformed ones by nobody. */
export const ProviderParam = z.object({
  provider: z.string().openapi({ example: 'google' }),
});

const AuthorizationUrlSchema = z
  .object({
    url: z.string().openapi({ description: 'Where to send the browser.' }),
    state: z.string().openapi({ description: 'What it will come back with.' }),
    expiresIn: z.int().openapi({ description: 'Seconds.', example: 600 }),
  })
  .openapi('SocialAuthorizationUrl');

const firstEmail = emailField.optional().openapi({
  description:
    'For the account that a first sign-in creates, where the provider tells no e-mail. It counts as unverified.',
});

const SocialCallbackBody = z
  .object({
    code: z.string().min(1).max(4_096),
    state: z.string().min(1).max(8_192),
    iss: z.string().max(512).optional().openapi({ description: 'RFC 9207, where it came along.' }),
    email: firstEmail,
    deviceInfo: deviceInfoField.optional(),
  })
  .openapi('SocialCallbackRequest');

const SteamVerifyBody = z
  .object({
    ticket: z
      .string()
      .regex(/^(?:[0-9A-Fa-f]{2}){8,1024}$/, {
        error: 'Must be 16 to 2048 hexadecimal digits, two for each byte',
      })
      .openapi({ description: 'Of `ISteamUser::GetAuthTicketForWebApi`, in hexadecimal.' }),
    email: firstEmail,
    deviceInfo: deviceInfoField.optional(),
  })
  .openapi('SteamVerifyRequest');
