import { seconds, toNumericDate } from '../../../../shared/clock.ts';
import type {
  RelyingParty,
  RelyingPartyLogout,
} from '../../../../shared/contracts/identity/relying-party.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { newTokenId, type SessionId } from '../../../../shared/ids.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';

type Sender = Pick<Services, 'config' | 'clock' | 'keys' | 'clients' | 'fetchSafely'>;

/** RFC 9110 §15.3: the answer's body, if any, means nothing (Back-Channel Logout §2.8). */
const DONE = [200, 204];
const MAX_ANSWER_BYTES = 16 * 1_024;

/**
 * Tells relying parties that a session has ended (OpenID Connect Back-Channel Logout §2.5). All are
 * told whenever it is called: whoever may have to repeat it asks for one at a time.
 *
 * @throws {Error} If a party could not be told. Names the clients, and quotes no token.
 */
export async function logoutRelyingParties(
  { sessionId, parties }: RelyingPartyLogout,
  services: Sender,
): Promise<void> {
  const outcomes = await Promise.allSettled(
    parties.map((party) => tell(party, sessionId, services)),
  );
  const failures = outcomes.flatMap((outcome, at) =>
    outcome.status === 'fulfilled'
      ? []
      : [`${parties[at]?.clientId}: ${messageOf(outcome.reason)}`],
  );
  if (failures.length > 0) throw new Error(`Cannot tell of a logout: ${failures.join('; ')}`);
}

/** A client that is gone, or wants no notice, is content. */
async function tell(party: RelyingParty, sessionId: SessionId, services: Sender): Promise<void> {
  const client = await services.clients.find(party.clientId);
  const uri = client?.backchannelLogoutUri ?? null;
  if (client === undefined || uri === null) return;
  const answer = await services.fetchSafely(uri, {
    method: 'POST',
    accept: '*/*',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `logout_token=${await signLogoutToken(party, sessionId, client, services)}`,
    maxBytes: MAX_ANSWER_BYTES,
  });
  if (!answer.ok) throw new Error(answer.error.reason);
  const { status } = answer.value;
  if (!DONE.includes(status)) throw new Error(`status ${status}`);
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : typeof error;

/** Two minutes at most (OpenID Connect Back-Channel Logout §4). */
const LIFE = seconds(120) / 1_000;

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * Signs a logout token (OpenID Connect Back-Channel Logout §2.4) as the client's ID tokens are signed.
 * It has no `nonce`, so that it can pass for no ID token.
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, if the keys do not answer.
 */
function signLogoutToken(
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
