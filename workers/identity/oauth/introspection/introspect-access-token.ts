import type { Principal } from '../../../../shared/contracts/edge/principal.ts';
import type { SessionLimits } from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { Background } from '../../../../shared/revocation/refresher.ts';
import type { AccessToken } from '../../../../shared/tokens/access-token.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { Services } from '../../context.ts';
import { strongCheck } from '../../sessions/strong-check.ts';
import { isActiveClient } from '../clients/active-client.ts';
import { INACTIVE, type Introspection } from './introspection.ts';

/**
 * Describes an access token: verified by its signature, and alive by what the revocation log and its
 * client's record say.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if one of them does not answer.
 */
export async function introspectAccessToken(
  token: string,
  background: Background,
  services: Services,
): Promise<Introspection> {
  const verified = await services.liveTokens.verify(token);
  if (!verified.ok || !(await isAlive(verified.value, background, services))) return INACTIVE;
  return describe(verified.value.claims);
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

function describe(claims: JsonObject): Introspection {
  const described = DESCRIBED.flatMap((name) =>
    claims[name] === undefined ? [] : [[name, claims[name]] as const],
  );
  const token_type = isDpopBound(claims['cnf']) ? 'DPoP' : 'Bearer';
  return { active: true, token_type, ...Object.fromEntries(described) };
}

/** RFC 9449 §6.2. */
const isDpopBound = (cnf: unknown): boolean =>
  typeof cnf === 'object' && cnf !== null && 'jkt' in cnf;
