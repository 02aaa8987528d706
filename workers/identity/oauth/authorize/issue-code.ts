import { seconds } from '../../../../shared/clock.ts';
import type {
  IssueCode,
  IssueCodeError,
  SessionGrant,
} from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { ok, type Result } from '../../../../shared/result.ts';
import { newAuthorizationCode } from '../../../../shared/tokens/authorization-code.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';
import { subjectForClient } from '../clients/pairwise-sector.ts';
import type { AuthorizationRequest } from './authorization-request.ts';

/** FAPI 2.0 Security Profile §5.3.2.1. */
const LONGEST_FAPI_SECONDS = 60;

const codeSeconds = ({ profile }: Client, configured: number): number =>
  profile === 'none' ? configured : Math.min(configured, LONGEST_FAPI_SECONDS);

/**
 * Makes a code for what the user agreed to (RFC 6749 §4.1.2) and has the user's object remember it.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the object does not answer.
 */
export async function issueCode(
  client: Client,
  request: AuthorizationRequest,
  session: SessionGrant,
  services: Services,
): Promise<Result<string, IssueCodeError>> {
  const { accountId } = session;
  const { text, codeHash } = await newAuthorizationCode(await services.sealingKeys(), accountId);
  const subject = await subjectForClient(client, accountId, services);
  const asked: IssueCode = {
    codeHash,
    browserSessionId: session.sessionId,
    clientId: client.clientId,
    redirectUri: request.redirectUri,
    codeChallenge: request.codeChallenge,
    dpopJkt: request.dpopJkt,
    scopes: request.scopes,
    offline: request.scopes.includes('offline_access'),
    expiresAt: services.clock() + seconds(codeSeconds(client, services.config.oauth.codeSeconds)),
    oauth: {
      subject,
      browserSessionId: session.sessionId,
      resources: request.resources,
      claims: request.claims,
      authorizationDetails: request.authorizationDetails,
      confirmation: null,
      nonce: request.nonce,
    },
  };
  const issued = await orUnavailable('the user', async () =>
    services.users(accountId).issueCode(asked),
  );
  return issued.ok ? ok(text) : issued;
}
