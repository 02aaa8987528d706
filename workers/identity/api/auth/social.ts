import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { DeviceInfo, Origin } from '../../../../shared/contracts/identity/user-sessions.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import type { Result } from '../../../../shared/result.ts';
import type { Log } from '../../../../shared/telemetry/log.ts';
import {
  BODY_PROBLEMS,
  json,
  jsonBody,
  type Mounting,
  operation,
  problems,
} from '../../../kit/documented.ts';
import { type RequestEnv, requestServices } from '../../../kit/request.ts';
import type { EmailAddress } from '../../accounts/account.ts';
import { emailField } from '../../accounts/fields.ts';
import { ensureBrowserId } from '../../sessions/browser-id.ts';
import {
  type StartSessionNeeds,
  startSession,
  type TokenReply,
} from '../../sessions/first-party-tokens.ts';
import { SIGN_IN_METHODS } from '../../sessions/open-user-session.ts';
import { requestOrigin } from '../../sessions/request-origin.ts';
import { faultEvent, faultProblem, type SocialFault } from '../../social/fault.ts';
import {
  type BeginSignInNeeds,
  beginSignIn,
  type FindProviderNeeds,
  findProvider,
} from '../../social/flow/begin-sign-in.ts';
import {
  type Authenticated,
  type FinishSignInNeeds,
  finishSignIn,
} from '../../social/flow/finish-sign-in.ts';
import { STATE_SECONDS, type TakeStateNeeds, takeState } from '../../social/flow/state.ts';
import {
  type Resolution,
  type ResolveIdentityNeeds,
  resolveIdentity,
} from '../../social/identities/resolve-identity.ts';
import type { Provider, ProviderProfile, SteamProvider } from '../../social/providers/provider.ts';
import { steamProfile, verifyTicket } from '../../social/steam/web-api.ts';
import { deviceInfoField } from '../device-info.ts';
import { TokenReplySchema } from './sign-in.ts';

export type SocialNeeds = BeginSignInNeeds &
  FindProviderNeeds &
  TakeStateNeeds &
  FinishSignInNeeds &
  SignInToApiNeeds;

type SocialApi = OpenAPIHono<RequestEnv<SocialNeeds>>;

/** Signs in with other providers, for clients of this API. */
export function socialRoutes(mounting: Mounting): SocialApi {
  const app: SocialApi = new OpenAPIHono();
  addListProviders(app, mounting);
  addBegin(app, mounting);
  addFinish(app, mounting);
  addVerifyTicket(app, mounting);
  return app;
}

function addListProviders(app: SocialApi, mounting: Mounting): void {
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
    const listed = [...config.social.providers.values()].map((one) => entryOf(one, config.issuer));
    return c.json(listed, 200);
  });
}

function entryOf(provider: Provider, issuer: string) {
  const isTicket = provider.kind === 'steam' && provider.appId !== null;
  return {
    name: provider.id,
    displayName: provider.name,
    authType: isTicket ? ('ticket' as const) : ('oauth' as const),
    authUrl: `${issuer}/api/v1/auth/oauth/${provider.id}/url`,
  };
}

function addBegin(app: SocialApi, mounting: Mounting): void {
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
    const { services, log } = c.var;
    const provider = findProvider(c.req.valid('param').provider, services);
    const browser = await ensureBrowserId(c);
    const beginning = { browser, purpose: { kind: 'api' }, more: {} } as const;
    const begun = await beginSignIn(provider, beginning, services);
    return c.json({ ...valueOf(begun, provider, log), expiresIn: STATE_SECONDS }, 200);
  });
}

/** Takes what a client found in the redirect that it intercepted. */
function addFinish(app: SocialApi, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'socialCallback'),
    method: 'post',
    path: '/oauth/{provider}/callback',
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
    const { email, deviceInfo: device = {}, code, state: sealed, iss } = c.req.valid('json');
    const answer = { code, state: sealed, iss, error: undefined, user: undefined, openid: {} };
    const state = await takeState(c, provider, answer);
    // A sign-in that a page began ends on the page, by the browser's own callback.
    if (state.purpose.kind !== 'api') throw new Problem('SOCIAL_STATE_INVALID');
    const finished = await finishSignIn(provider, answer, state, services);
    const authenticated = valueOf(finished, provider, services.log);
    const origin = requestOrigin(c.req.raw.headers);
    const signIn = { ...authenticated, provider, email, origin, device };
    return c.json(await signInToApi(signIn, services), 200);
  });
}

/** Signs a player in with a session ticket of their game. */
function addVerifyTicket(app: SocialApi, mounting: Mounting): void {
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
    const { ticket, email, deviceInfo: device = {} } = c.req.valid('json');
    const provider = ticketProvider(services);
    const verified = await verifyTicket(provider, ticket, services.fetchSafely);
    const steamId = valueOf(verified, provider, services.log);
    const profile = await steamProfile(provider, steamId, services.fetchSafely);
    const origin = requestOrigin(c.req.raw.headers);
    const signIn = { provider, profile, tokens: null, email, origin, device };
    return c.json(await signInToApi(signIn, services), 200);
  });
}

/**
 * The value of a result. A fault is logged.
 *
 * @throws {Problem} What the client learns of the fault.
 */
function valueOf<T>(result: Result<T, SocialFault>, { id }: Provider, log: Log): T {
  if (result.ok) return result.value;
  log(faultEvent(id, result.error));
  throw faultProblem(result.error);
}

type TicketProvider = SteamProvider & { readonly appId: number };

/** @throws {Problem} `SOCIAL_PROVIDER_UNKNOWN` if no session tickets are accepted. */
function ticketProvider({ config }: FindProviderNeeds): TicketProvider {
  const steam = config.social.providers.get('steam');
  if (steam?.kind !== 'steam' || steam.appId === null) {
    throw new Problem('SOCIAL_PROVIDER_UNKNOWN');
  }
  return { ...steam, appId: steam.appId };
}

export type SignInToApiNeeds = ResolveIdentityNeeds & StartSessionNeeds;

export type ApiSignIn = Authenticated & {
  readonly provider: Provider;
  /** The address that the client names, for a provider that tells none. */
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
  needs: SignInToApiNeeds,
): Promise<TokenReply> {
  const proven = { provider, profile: withEmail(profile, email), tokens, linkTo: undefined };
  const resolution = await resolveIdentity(proven, needs);
  if (resolution.act !== 'signed_in') throw refusal(resolution);
  const { account } = resolution;
  const method = SIGN_IN_METHODS.federated;
  return startSession({ account, origin, device, method }, needs);
}

/** The client's address counts as unverified, because it can name any address. */
const withEmail = (profile: ProviderProfile, email: EmailAddress | undefined): ProviderProfile =>
  profile.email !== null || email === undefined
    ? profile
    : { ...profile, email: { ...email, trust: 'unverified' } };

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

/** Any text, so that a malformed id is answered like an unknown one: `SOCIAL_PROVIDER_UNKNOWN`. */
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
  .strictObject({
    code: z.string().min(1).max(4_096),
    state: z.string().min(1).max(8_192),
    iss: z.string().max(512).optional().openapi({ description: 'RFC 9207, where it came along.' }),
    email: firstEmail,
    deviceInfo: deviceInfoField.optional(),
  })
  .openapi('SocialCallbackRequest');

const SteamVerifyBody = z
  .strictObject({
    ticket: z
      .string()
      .regex(/^(?:[0-9A-Fa-f]{2}){8,1024}$/, {
        error: 'Must be 16 to 2048 hexadecimal digits, two for each byte',
      })
      .openapi({
        description: 'Of `ISteamUser::GetAuthTicketForWebApi`, in hexadecimal.',
        example: '14000000d2a7c5b1e04f9c3b',
      }),
    email: firstEmail,
    deviceInfo: deviceInfoField.optional(),
  })
  .openapi('SteamVerifyRequest');
