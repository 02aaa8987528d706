import { fromBase64Url } from '../../../../shared/bytes.ts';
import type {
  RedeemCode,
  RedeemError,
  RedeemedCode,
} from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { newFamilyId, newSessionId } from '../../../../shared/ids.ts';
import type { Result } from '../../../../shared/result.ts';
import { hashSecret, newRefreshSecret } from '../../../../shared/tokens/refresh-token.ts';
import type { Services } from '../../context.ts';
import { issueUserTokens } from '../issue/user-tokens.ts';
import { OAuthError } from '../oauth-error.ts';
import type { TokenRequest, TokenResponse } from '../token/grant.ts';
import { refreshConfirmation, tokenInstallation } from '../token/installation.ts';
import type { Narrowed } from '../token/narrowing.ts';
import type { Allowed } from './polled-request.ts';
import { unusable } from './unusable.ts';

export type AllowedRequest = {
  readonly id: string;
  readonly answer: Allowed;
  readonly narrowed: Narrowed;
};

/**
 * Redeems what the user has allowed: opens the grant, which has no parent, and issues its tokens.
 *
 * @throws {OAuthError} `access_denied` if they have taken it back since.
 * @throws {Problem} `SERVICE_UNAVAILABLE`, `TOKEN_KMS_ERROR`
 */
export async function redeemAllowed(
  { id, answer: { accountId, codeHash }, narrowed }: AllowedRequest,
  request: TokenRequest,
  services: Services,
): Promise<TokenResponse> {
  const secret = newRefreshSecret();
  const asked = await redemption(id, codeHash, secret, request, services);
  const redeemed = await orUnavailable('the user', async () =>
    services.users(accountId).redeemCode(asked),
  );
  const { grant, redeemedAt } = assertRedeemed(redeemed, request, services);
  const refreshToken = { accountId, familyId: asked.familyId, generation: 0, secret };
  const times = { issuedAt: redeemedAt, now: redeemedAt };
  return issueUserTokens(
    { grant, narrowed, refreshToken, ...times, nonce: null },
    request,
    services,
  );
}

async function redemption(
  id: string,
  codeHash: string,
  secret: Uint8Array<ArrayBuffer>,
  request: TokenRequest,
  { config }: Services,
): Promise<RedeemCode> {
  const [secretHash, installation] = await Promise.all([
    hashSecret(secret),
    tokenInstallation(request),
  ]);
  return {
    codeHash: fromBase64Url(codeHash) ?? new Uint8Array(),
    clientId: request.client.clientId,
    redirectUri: null,
    codeChallenge: id,
    dpopJkt: request.proof.dpopJkt,
    confirmation: refreshConfirmation(request),
    sessionId: newSessionId(),
    familyId: newFamilyId(),
    secretHash,
    origin: request.origin,
    device: request.device,
    installation,
    limits: config.limits,
  };
}

/** What the user has taken back since: their consent, or the session in which they gave it. */
const TAKEN_BACK: ReadonlySet<RedeemError['reason']> = new Set(['code_unknown', 'session_ended']);

function assertRedeemed(
  redeemed: Result<RedeemedCode, RedeemError>,
  request: TokenRequest,
  services: Services,
): RedeemedCode {
  if (redeemed.ok) return redeemed.value;
  const { reason } = redeemed.error;
  if (reason === 'code_expired') {
    throw new OAuthError('expired_token', 'The request has expired: begin anew');
  }
  if (TAKEN_BACK.has(reason)) throw new OAuthError('access_denied', 'The user took it back');
  throw unusable(reason, request, services);
}
