import { type Clock, seconds, toNumericDate } from '../../../../shared/clock.ts';
import type {
  RelyingParty,
  RelyingPartyLogout,
} from '../../../../shared/contracts/identity/relying-party.ts';
import type { KeysRpc } from '../../../../shared/contracts/keys/keys-rpc.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { newTokenId, type SessionId } from '../../../../shared/ids.ts';
import type { Client } from '../clients/client.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';

type SignLogoutTokenNeeds = {
  readonly config: { readonly issuer: string };
  readonly clock: Clock;
  readonly keys: Pick<KeysRpc, 'signJwt'>;
};

export type LogoutRelyingPartiesNeeds = SignLogoutTokenNeeds & {
  readonly clients: Pick<ClientDirectory, 'find'>;
  readonly fetchSafely: SafeFetch;
};

/**
 * Notifies relying parties that a session has ended (OpenID Connect Back-Channel Logout §2.5). A
 * repeated call notifies all of them again, so a caller that retries passes one at a time.
 *
 * @throws {Error} If a party could not be notified. Names the clients, and quotes no token.
 */
export async function logoutRelyingParties(
  { sessionId, parties }: RelyingPartyLogout,
  needs: LogoutRelyingPartiesNeeds,
): Promise<void> {
  const outcomes = await Promise.allSettled(
    parties.map((party) => notify(party, sessionId, needs)),
  );
  const failures = outcomes.flatMap((outcome, at) =>
    outcome.status === 'fulfilled'
      ? []
      : [`${parties[at]?.clientId}: ${messageOf(outcome.reason)}`],
  );
  if (failures.length > 0) throw new Error(`Cannot tell of a logout: ${failures.join('; ')}`);
}

/** RFC 9110 §15.3: the body of an answer, if any, means nothing (Back-Channel Logout §2.8). */
const DONE = [200, 204];
const MAX_ANSWER_BYTES = 16 * 1_024;

/** Does nothing for a client that no longer exists, or registered no URI for this. */
async function notify(
  party: RelyingParty,
  sessionId: SessionId,
  needs: LogoutRelyingPartiesNeeds,
): Promise<void> {
  const client = await needs.clients.find(party.clientId);
  const uri = client?.backchannelLogoutUri ?? null;
  if (client === undefined || uri === null) return;
  const answer = await needs.fetchSafely(uri, {
    method: 'POST',
    accept: '*/*',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `logout_token=${await signLogoutToken(party, sessionId, client, needs)}`,
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
 * Signs a logout token (OpenID Connect Back-Channel Logout §2.4) by the algorithm of the client's ID
 * tokens. It has no `nonce`, so that it cannot pass for an ID token.
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, if the keys do not answer.
 */
function signLogoutToken(
  { subject }: Pick<RelyingParty, 'subject'>,
  sessionId: SessionId,
  { clientId, idTokenSignedResponseAlg: alg }: Client,
  { config, clock, keys }: SignLogoutTokenNeeds,
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
