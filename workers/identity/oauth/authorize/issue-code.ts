import { type Clock, seconds } from '../../../../shared/clock.ts';
import type {
  IssueCode,
  IssueCodeError,
  SessionGrant,
} from '../../../../shared/contracts/identity/user-sessions.ts';
import { ok, type Result } from '../../../../shared/result.ts';
import { newAuthorizationCode } from '../../../../shared/tokens/authorization-code.ts';
import type { SealingKeys } from '../../../../shared/tokens/sealing-keys.ts';
import type { Users } from '../../sessions/user-sessions.ts';
import type { Client } from '../clients/client.ts';
import { type SubjectNeeds, subjectForClient } from '../clients/pairwise-sector.ts';
import type { AuthorizationRequest } from './authorization-request.ts';

export type IssueCodeNeeds = SubjectNeeds & {
  readonly config: { readonly oauth: { readonly codeSeconds: number } };
  readonly clock: Clock;
  readonly users: Users;
  readonly sealingKeys: () => Promise<SealingKeys>;
};

/**
 * Makes a code for what the user agreed to (RFC 6749 §4.1.2). The user's object stores its hash.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the object does not answer.
 */
export async function issueCode(
  client: Client,
  request: AuthorizationRequest,
  session: SessionGrant,
  needs: IssueCodeNeeds,
): Promise<Result<string, IssueCodeError>> {
  const { config, clock, users, sealingKeys } = needs;
  const { accountId } = session;
  const { text, codeHash } = await newAuthorizationCode(await sealingKeys(), accountId);
  const subject = await subjectForClient(client, accountId, needs);
  const code: IssueCode = {
    codeHash,
    browserSessionId: session.sessionId,
    clientId: client.clientId,
    redirectUri: request.redirectUri,
    codeChallenge: request.codeChallenge,
    dpopJkt: request.dpopJkt,
    scopes: request.scopes,
    offline: request.scopes.includes('offline_access'),
    expiresAt: clock() + seconds(codeSeconds(client, config.oauth.codeSeconds)),
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
  const issued = await users(accountId).issueCode(code);
  return issued.ok ? ok(text) : issued;
}

/** FAPI 2.0 Security Profile §5.3.2.1. */
const LONGEST_FAPI_SECONDS = 60;

const codeSeconds = ({ profile }: Client, configured: number): number =>
  profile === 'none' ? configured : Math.min(configured, LONGEST_FAPI_SECONDS);
