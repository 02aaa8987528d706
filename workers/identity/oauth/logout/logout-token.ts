import { seconds, toNumericDate } from '../../../../shared/clock.ts';
import type { RelyingParty } from '../../../../shared/contracts/identity/relying-party.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { newTokenId, type SessionId } from '../../../../shared/ids.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';

/** Two minutes at most (OpenID Connect Back-Channel Logout §4). */
const LIFE = seconds(120) / 1_000;

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * Signs a logout token (OpenID Connect Back-Channel Logout §2.4) as the client's ID tokens are signed.
 * It has no `nonce`, so that it can pass for no ID token.
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, if the keys do not answer.
 */
export function signLogoutToken(
  { subject }: Pick<RelyingParty, 'subject'>,
  sessionId: SessionId,
  { clientId, idTokenSignedResponseAlg: alg }: Client,
  { config, clock, keys }: Pick<Services, 'config' | 'clock' | 'keys'>,
): Promise<string> {
  const iat = toNumericDate(clock());
  const claims = {
    iss: config.issuer,
    sub: subject,
    aud: clientId,
    iat,
    exp: iat + LIFE,
    jti: newTokenId(),
    sid: sessionId,
    events: { [EVENT]: {} },
  };
  return orUnavailable(
    'the keys',
    () => keys.signJwt({ typ: 'logout+jwt', alg, claims }),
    'TOKEN_KMS_ERROR',
  );
}
