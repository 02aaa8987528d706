import { toNumericDate } from '../../../../shared/clock.ts';
import type { Principal } from '../../../../shared/contracts/edge/principal.ts';
import type {
  RefreshTokenRecord,
  SessionLimits,
} from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { Background } from '../../../../shared/revocation/refresher.ts';
import type { AccessToken } from '../../../../shared/tokens/access-token.ts';
import {
  hashSecret,
  type PresentedToken,
  unseal,
} from '../../../../shared/tokens/refresh-token.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { Services } from '../../context.ts';
import { strongCheck } from '../../sessions/token-status.ts';
import type { Client } from '../clients/client.ts';
import { isActiveClient } from '../clients/client-directory.ts';

/**
 * Describes a token (RFC 7662 §2.2). Any client that can prove who it is may ask about an access
 * token that it holds: as resource servers do. `token_type_hint` is not needed: the two kinds of
 * token never look alike.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if what is asked cannot be found out: that is no "no".
 */
export async function introspect(
  token: string,
  client: Pick<Client, 'clientId'>,
  background: Background,
  services: Services,
): Promise<Introspection> {
  const refreshToken = await unseal(await services.sealingKeys(), token);
  return refreshToken === undefined
    ? introspectAccessToken(token, background, services)
    : introspectRefreshToken(refreshToken, client, services);
}

/** What is said of a token (RFC 7662 §2.2). Of one that is not active, nothing but that. */
export type Introspection =
  | { readonly active: false }
  | ({ readonly active: true } & Readonly<Record<string, unknown>>);

const INACTIVE: Introspection = { active: false };

/**
 * Describes an access token: verified by its signature, and alive by what the revocation log and its
 * client's record say.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if one of them does not answer.
 */
async function introspectAccessToken(
  token: string,
  background: Background,
  services: Services,
): Promise<Introspection> {
  const verified = await services.liveTokens.verify(token);
  if (!verified.ok || !(await isAlive(verified.value, background, services))) return INACTIVE;
  return describeAccessToken(verified.value.claims);
}

async function isAlive(
  { principal }: AccessToken,
  background: Background,
  services: Services,
): Promise<boolean> {
  if (await services.liveTokens.isRevoked(principal, background)) return false;
  if (!(await isActiveClient(principal.clientId, services))) return false;
  return isLoggedWhateverEnds(services.config.limits) || isLiveByItsOwner(principal, services);
}

/** A session that lies idle ends without a word: but not before its tokens do, unless set so. */
const isLoggedWhateverEnds = ({ idleSeconds, accessSeconds }: SessionLimits): boolean =>
  idleSeconds >= accessSeconds;

const isLiveByItsOwner = async (principal: Principal, services: Services): Promise<boolean> =>
  (await orUnavailable('the user', () => strongCheck(principal, services))) === 'live';

/** What RFC 7662 §2.2 and its extensions name: what else the token says stays in the token. */
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
 * Describes a refresh token to the client that it was issued to, and to nobody else: no resource
 * server has any business with one (RFC 7662 §4).
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if its owner does not answer.
 */
async function introspectRefreshToken(
  token: PresentedToken,
  { clientId }: Pick<Client, 'clientId'>,
  services: Pick<Services, 'config' | 'users'>,
): Promise<Introspection> {
  const record = await readRefreshToken(token, services);
  if (record === undefined || !record.active || record.clientId !== clientId) return INACTIVE;
  return describeRefreshToken(record, services.config.issuer);
}

/** @returns What its owner says of it, or `undefined`: it knows nothing of it. */
export async function readRefreshToken(
  { accountId, familyId, generation, secret }: PresentedToken,
  { users }: Pick<Services, 'users'>,
): Promise<RefreshTokenRecord | undefined> {
  const presentedHash = await hashSecret(secret);
  return orUnavailable('the user', async () =>
    users(accountId).readRefreshToken({ familyId, generation, presentedHash }),
  );
}

function describeRefreshToken(record: RefreshTokenRecord, iss: string): Introspection {
  const { grant, clientId, issuedAt, expiresAt } = record;
  const { oauth, acr, authTime } = grant;
  const cnf = oauth?.confirmation ?? undefined;
  const details = oauth?.authorizationDetails ?? [];
  return {
    active: true,
    scope: grant.scopes.join(' '),
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
