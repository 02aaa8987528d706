import { importPKCS8, SignJWT } from 'jose';

import { type Millis, toNumericDate } from '../../../../shared/clock.ts';
import type { AppleKey } from '../providers/provider.ts';

const LIFE = 300;
const AUDIENCE = 'https://appleid.apple.com';

/**
 * The client secret that Apple wants: a JWT of ours, signed with the key that Apple gave us. Made for
 * one request: nothing is to be renewed every six months.
 */
export async function appleSecret(
  { teamId, keyId, privateKey }: AppleKey,
  clientId: string,
  now: Millis,
): Promise<string> {
  const key = await importPKCS8(privateKey, 'ES256');
  const iat = toNumericDate(now);
  return new SignJWT()
    .setProtectedHeader({ alg: 'ES256', kid: keyId })
    .setIssuer(teamId)
    .setSubject(clientId)
    .setAudience(AUDIENCE)
    .setIssuedAt(iat)
    .setExpirationTime(iat + LIFE)
    .sign(key);
}
