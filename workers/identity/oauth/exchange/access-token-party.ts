import type { AuthorizationDetail } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { SessionId } from '../../../../shared/ids.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { AccessToken } from '../../../../shared/tokens/access-token.ts';
import { isJsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { Services } from '../../context.ts';
import type { TokenSession } from '../../tokens/access-claims.ts';
import { activeAccessToken } from '../verify/active-access-token.ts';
import { actorClaims } from './actor-claims.ts';
import type { Party } from './party.ts';

/**
 * Whom one of our access tokens stands for, if it is good at this moment.
 *
 * @returns Why it is not, for the log.
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
export async function accessTokenParty(
  text: string,
  services: Services,
): Promise<Result<Party, string>> {
  const active = await activeAccessToken(text, services);
  return active.ok ? readParty(active.value) : err(active.error.reason);
}

function readParty(token: AccessToken): Result<Party, string> {
  const { principal, audiences, expiresAt, claims } = token;
  const actors = actorClaims(claims);
  if (!actors.ok) return actors;
  const session = readSession(token);
  if (session === undefined) return err('session');
  return ok({
    subject: principal.subject,
    clientId: principal.clientId,
    audiences,
    agreedResources: [],
    scopes: principal.scopes,
    expiresAt,
    authorizationDetails: detailsOf(claims['authorization_details']),
    confirmation: principal.confirmation ?? null,
    ...actors.value,
    origin: { kind: 'access_token', session },
  });
}

/** @returns `undefined`: it has one, but does not say what our tokens say of theirs. */
function readSession(token: AccessToken): TokenSession | null | undefined {
  const { principal, authTime, acr, claims } = token;
  if (principal.sessionId === null) return null;
  const sessionId = SessionId.parse(principal.sessionId);
  const amr = [claims['amr']].flat().filter((method) => typeof method === 'string');
  if (sessionId === undefined || authTime === undefined || acr === undefined) return undefined;
  // A token that was not for our own audience has no roles, and what comes of it gets none.
  return { sessionId, authTime: authTime * 1_000, acr, amr, roles: principal.roles };
}

const detailsOf = (claim: unknown): readonly AuthorizationDetail[] =>
  [claim].flat().flatMap((detail) => {
    if (!isJsonObject(detail)) return [];
    const { type, ...members } = detail;
    return typeof type === 'string' ? [{ type, ...members }] : [];
  });
