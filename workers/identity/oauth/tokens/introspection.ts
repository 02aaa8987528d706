import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Background } from '../../../../shared/cache/refresher.ts';
import { type Clock, toNumericDate } from '../../../../shared/clock.ts';
import type { Principal } from '../../../../shared/contracts/edge/principal.ts';
import type {
  RefreshTokenRecord,
  SessionLimits,
} from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { AccessToken } from '../../../../shared/tokens/access-token.ts';
import {
  hashSecret,
  type PresentedToken,
  unseal,
} from '../../../../shared/tokens/refresh-token.ts';
import type { SealingKeys } from '../../../../shared/tokens/sealing-keys.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { RequestContext, RequestEnv } from '../../../kit/request.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { readForm } from '../../platform/parameters.ts';
import { type StrongCheckNeeds, strongCheck } from '../../sessions/token-status.ts';
import type { Users } from '../../sessions/user-sessions.ts';
import {
  type AuthenticateClientNeeds,
  authenticateClient,
} from '../client-auth/authenticate-client.ts';
import { type Client, isPublicClient } from '../clients/client.ts';
import { type ActiveClientNeeds, isActiveClient } from '../clients/client-directory.ts';
import { type SignForClientNeeds, signForClient } from '../clients/sign-for-client.ts';
import { clientFields, type DocumentedEndpoint, documentEndpoint } from '../document-endpoint.ts';
import { INTROSPECTION_ENDPOINT } from '../endpoints.ts';
import {
  type IntrospectedUserNeeds,
  type Introspector,
  introspectedUser,
} from './introspected-user.ts';
import type { LiveTokens } from './live-tokens.ts';

const MEDIA_TYPE = 'application/token-introspection+jwt';

/** `POST /introspect` (RFC 7662), as JSON or as a signed JWT (RFC 9701). */
export function introspectionRoutes(): OpenAPIHono<RequestEnv<IntrospectionNeeds>> {
  const app = new OpenAPIHono<RequestEnv<IntrospectionNeeds>>();
  app.post('/introspect', (c) => answer(c));
  documentEndpoint(app, DOCUMENT);
  return app;
}

export type IntrospectionNeeds = AuthenticateClientNeeds & SignIntrospectionNeeds & IntrospectNeeds;

const DOCUMENT: DocumentedEndpoint = {
  path: '/introspect',
  summary: 'Describe a token (RFC 7662)',
  operations: { post: 'introspectToken' },
  form: z.object({ token: z.string(), token_type_hint: z.string().optional(), ...clientFields }),
  answers: { 'application/json': z.looseObject({ active: z.boolean() }), [MEDIA_TYPE]: z.string() },
};

async function answer(c: RequestContext<IntrospectionNeeds>): Promise<Response> {
  const { services, correlationId } = c.var;
  const { headers } = c.req.raw;
  const parameters = await readForm(c.req.raw);
  const answerHeaders = c.res.headers;
  const endpoint = INTROSPECTION_ENDPOINT;
  const request = { headers, parameters, endpoint, correlationId, answerHeaders };
  const client = await authenticateClient(request, services);
  // Anybody can say that they are a public client (RFC 7662 §2.1).
  if (isPublicClient(client))
    throw new OAuthError('invalid_client', 'The client must authenticate');
  const token = parameters.require('token');
  const introspection = await introspect(token, client, c.executionCtx, services);
  if (!acceptsJwt(headers)) return c.json(introspection);
  const jwt = await signIntrospection(introspection, client, services);
  return c.body(jwt, 200, { 'content-type': MEDIA_TYPE });
}

/** A client asks for the JWT by its media type (RFC 9701 §4). */
function acceptsJwt(headers: Headers): boolean {
  const ranges = (headers.get('accept') ?? '').split(',');
  return ranges.some((range) => range.split(';')[0]?.trim().toLowerCase() === MEDIA_TYPE);
}

type SignIntrospectionNeeds = SignForClientNeeds & { readonly clock: Clock };

/**
 * Signs an introspection for the client that asked (RFC 9701 §5). The description of the token is one
 * claim, so that the answer cannot pass for a token itself (§8.1).
 *
 * @throws As {@link signForClient}.
 */
function signIntrospection(
  introspection: Introspection,
  client: Client,
  needs: SignIntrospectionNeeds,
): Promise<string> {
  const { introspectionSignedResponseAlg: alg, introspectionEncryption: encryption } = client;
  const iat = toNumericDate(needs.clock());
  const claims = { iat, token_introspection: introspection };
  return signForClient({ typ: 'token-introspection+jwt', alg, encryption, claims }, client, needs);
}

type IntrospectNeeds = AliveNeeds &
  ReadRefreshTokenNeeds &
  IntrospectedUserNeeds & {
    readonly config: { readonly issuer: string };
    readonly sealingKeys: () => Promise<SealingKeys>;
  };

/**
 * Describes a token (RFC 7662 §2.2). Any client that can prove who it is may ask about an access token that
 * it holds, as resource servers do. `token_type_hint` is ignored: the two kinds of token never look alike.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if it cannot be found out whether the token is active.
 */
async function introspect(
  token: string,
  client: Introspector,
  background: Background,
  needs: IntrospectNeeds,
): Promise<Introspection> {
  const refreshToken = await unseal(await needs.sealingKeys(), token);
  return refreshToken === undefined
    ? introspectAccessToken(token, client, background, needs)
    : introspectRefreshToken(refreshToken, client, needs);
}

/** RFC 7662 §2.2. Of a token that is not active, nothing else is answered. */
type Introspection =
  | { readonly active: false }
  | ({ readonly active: true } & Readonly<Record<string, unknown>>);

const INACTIVE: Introspection = { active: false };

/**
 * Describes an access token. It is active if its signature is good, it is not in the revocation log, and
 * its client is active.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if one of them does not answer.
 */
async function introspectAccessToken(
  token: string,
  client: Introspector,
  background: Background,
  needs: AliveNeeds & IntrospectedUserNeeds,
): Promise<Introspection> {
  const verified = await needs.liveTokens.verify(token);
  if (!verified.ok || !(await isAlive(verified.value, background, needs))) return INACTIVE;
  const { principal, audiences, claims } = verified.value;
  const user = await introspectedUser({ ...principal, audiences }, client, needs);
  return { ...describeAccessToken(claims), ...user };
}

type AliveNeeds = StrongCheckNeeds &
  ActiveClientNeeds & {
    readonly config: { readonly limits: SessionLimits };
    readonly liveTokens: Pick<LiveTokens, 'verify' | 'isRevoked'>;
  };

/**
 * The revocation log has every session that was ended, but not those that end because nothing happened in
 * them. Their tokens have expired by then, unless they live longer than a session may be idle.
 */
async function isAlive(
  { principal, claims }: AccessToken,
  background: Background,
  needs: AliveNeeds,
): Promise<boolean> {
  if (await needs.liveTokens.isRevoked(principal, background)) return false;
  if (!(await isActiveClient(principal.clientId, needs))) return false;
  const lifetime = Number(claims['exp']) - Number(claims['iat']);
  return lifetime <= needs.config.limits.idleSeconds || isLiveByItsOwner(principal, needs);
}

const isLiveByItsOwner = async (principal: Principal, needs: AliveNeeds): Promise<boolean> =>
  (await orUnavailable('the revoked tokens', () => strongCheck(principal, needs))) === 'live';

/** The claims that RFC 7662 §2.2 and its extensions name. No other claim of the token is answered. */
const DESCRIBED = [
  'scope',
  'client_id',
  'exp',
  'iat',
  'nbf',
  'sub',
  'aud',
  'iss',
  'jti',
  'sid',
  'cnf',
  'act',
  'acr',
  'auth_time',
  'authorization_details',
] as const;

function describeAccessToken(claims: JsonObject): Introspection {
  const described = DESCRIBED.flatMap((name) =>
    claims[name] === undefined ? [] : [[name, claims[name]] as const],
  );
  const token_type = isDpopBound(claims['cnf']) ? 'DPoP' : 'Bearer';
  return { active: true, token_type, ...Object.fromEntries(described) };
}

/** RFC 9449 §6.2. */
const isDpopBound = (cnf: unknown): boolean =>
  typeof cnf === 'object' && cnf !== null && 'jkt' in cnf;

/**
 * Describes a refresh token, but only to the client that it was issued to: no resource server is ever sent
 * one (RFC 7662 §4).
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if its owner does not answer.
 */
async function introspectRefreshToken(
  token: PresentedToken,
  client: Introspector,
  needs: IntrospectNeeds,
): Promise<Introspection> {
  const record = await readRefreshToken(token, needs);
  if (!record?.active || record.clientId !== client.clientId) return INACTIVE;
  const described = describeRefreshToken(record, needs.config.issuer);
  const { sub: subject } = described;
  const { scopes } = record.grant;
  const held = { subject, clientId: record.clientId, scopes, audiences: [] };
  return { ...described, ...(await introspectedUser(held, client, needs)) };
}

export type ReadRefreshTokenNeeds = { readonly users: Users };

/** @returns What the user's object says of a refresh token; `undefined` if it knows nothing of it. */
export async function readRefreshToken(
  { accountId, familyId, generation, secret }: PresentedToken,
  { users }: ReadRefreshTokenNeeds,
): Promise<RefreshTokenRecord | undefined> {
  const presentedHash = await hashSecret(secret);
  return users(accountId).readRefreshToken({ familyId, generation, presentedHash });
}

function describeRefreshToken(record: RefreshTokenRecord, iss: string) {
  const { grant, clientId, issuedAt, expiresAt } = record;
  const scope = grant.scopes.join(' ');
  const { oauth, acr, authTime } = grant;
  const cnf = oauth?.confirmation ?? undefined;
  const details = oauth?.authorizationDetails ?? [];
  return {
    active: true as const,
    ...(scope === '' ? {} : { scope }),
    client_id: clientId,
    exp: toNumericDate(expiresAt),
    iat: toNumericDate(issuedAt),
    sub: oauth?.subject ?? grant.accountId,
    iss,
    sid: grant.sessionId,
    acr,
    auth_time: toNumericDate(authTime),
    ...(cnf === undefined ? {} : { cnf }),
    ...(details.length === 0 ? {} : { authorization_details: details }),
  };
}
