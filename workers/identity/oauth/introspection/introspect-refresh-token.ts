import { toNumericDate } from '../../../../shared/clock.ts';
import type { RefreshTokenRecord } from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { hashSecret, type PresentedToken } from '../../../../shared/tokens/refresh-token.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';
import { INACTIVE, type Introspection } from './introspection.ts';

/**
 * Describes a refresh token to the client that it was issued to, and to nobody else: no resource
 * server has any business with one (RFC 7662 §4).
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if its owner does not answer.
 */
export async function introspectRefreshToken(
  token: PresentedToken,
  { clientId }: Pick<Client, 'clientId'>,
  services: Pick<Services, 'config' | 'users'>,
): Promise<Introspection> {
  const record = await readRefreshToken(token, services);
  if (record === undefined || !record.active || record.clientId !== clientId) return INACTIVE;
  return describe(record, services.config.issuer);
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

function describe(record: RefreshTokenRecord, iss: string): Introspection {
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
