/**
 * `grant_type=authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.5).
 *
 * @module
 */

import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import type {
  RedeemError,
  RedeemedCode,
} from '../../../../shared/contracts/identity/user-sessions.ts';
import type { Result } from '../../../../shared/result.ts';
import {
  type AuthorizationCode,
  unsealAuthorizationCode,
} from '../../../../shared/tokens/authorization-code.ts';
import type { SealingKeys } from '../../../../shared/tokens/sealing-keys.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import {
  type OpenedUserSession,
  type OpenUserSessionNeeds,
  openUserSession,
} from '../../sessions/open-user-session.ts';
import type { Users } from '../../sessions/user-sessions.ts';
import {
  invalidGrant,
  type RefuseNeeds,
  refreshConfirmation,
  requesterOf,
  type TokenRequest,
  type TokenResponse,
} from '../issue/grant.ts';
import { type IssueUserTokensNeeds, issueUserTokens } from '../issue/issue-for-client.ts';
import { type Narrowed, narrow } from '../issue/narrow.ts';

export type AuthorizationCodeNeeds = OpenUserSessionNeeds &
  IssueUserTokensNeeds &
  RefuseNeeds & { readonly sealingKeys: () => Promise<SealingKeys> };

export async function authorizationCode(
  request: TokenRequest,
  needs: AuthorizationCodeNeeds,
): Promise<TokenResponse> {
  const { parameters } = request;
  const text = parameters.require('code');
  const verifier = readVerifier(parameters.require('code_verifier'));
  const code = await unsealAuthorizationCode(await needs.sealingKeys(), text);
  if (code === undefined) throw refusal({ reason: 'code_unknown' }, undefined, request, needs);
  const { opened, refreshToken } = await redeem(code, verifier, request, needs);
  if (!opened.ok) throw refusal(opened.error, code, request, needs);
  const { grant, redeemedAt } = opened.value;
  const narrowed = await narrowOrEnd(opened.value, request, needs);
  const generation = { refreshToken, isKept: false, issuedAt: redeemedAt, now: redeemedAt };
  const nonce = grant.oauth?.nonce ?? null;
  return issueUserTokens({ ...generation, grant, narrowed, nonce }, request, needs);
}

/** RFC 7636 §4.1. */
const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/;

function readVerifier(text: string): string {
  if (VERIFIER.test(text)) return text;
  throw new OAuthError('invalid_request', 'The code_verifier is malformed');
}

/** Opens the session that the user has granted, if the code is good. */
function redeem(
  { accountId, codeHash }: AuthorizationCode,
  verifier: string,
  request: TokenRequest,
  needs: OpenUserSessionNeeds,
): Promise<OpenedUserSession<Result<RedeemedCode, RedeemError>>> {
  return openUserSession(
    accountId,
    requesterOf(request),
    async (user, session) =>
      user.redeemCode({
        ...session,
        codeHash,
        clientId: request.client.clientId,
        redirectUri: request.parameters.get('redirect_uri') ?? null,
        codeChallenge: toBase64Url(await sha256(utf8(verifier))),
        dpopJkt: request.proof.dpopJkt,
        confirmation: refreshConfirmation(request),
      }),
    needs,
  );
}

type NarrowOrEndNeeds = {
  readonly config: { readonly audience: string };
  readonly users: Users;
};

/** Narrows the grant. Where that fails, nobody will hold a token of the new session, so it is ended. */
async function narrowOrEnd(
  { grant }: Pick<RedeemedCode, 'grant'>,
  { parameters }: Pick<TokenRequest, 'parameters'>,
  { config, users }: NarrowOrEndNeeds,
): Promise<Narrowed> {
  try {
    // This grant has no parameter `scope`, but some clients send it again.
    const narrower = { scope: undefined, resources: parameters.all('resource') };
    return narrow(grant, narrower, config.audience);
  } catch (error) {
    await users(grant.accountId).endSession(grant.sessionId, 'revoked');
    throw error;
  }
}

const refusal = (
  { reason }: RedeemError,
  code: AuthorizationCode | undefined,
  request: TokenRequest,
  needs: RefuseNeeds,
): OAuthError =>
  invalidGrant(
    {
      event: `code.${reason.replace(/^code_/, '')}`,
      reason,
      description: 'The authorization code cannot be used',
      accountId: code?.accountId,
    },
    request,
    needs,
  );
