import type {
  RelyingParty,
  RelyingPartyLogout,
} from '../../../../shared/contracts/identity/relying-party.ts';
import type { SessionId } from '../../../../shared/ids.ts';
import type { Services } from '../../context.ts';
import { signLogoutToken } from './logout-token.ts';

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
