/**
 * `grant_type=authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.5).
 *
 * @module
 */

import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import type {
  RedeemCode,
  RedeemError,
  RedeemedCode,
} from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { newFamilyId, newSessionId } from '../../../../shared/ids.ts';
import type { LogEvent } from '../../../../shared/telemetry/log.ts';
import {
  type AuthorizationCode,
  unsealAuthorizationCode,
} from '../../../../shared/tokens/authorization-code.ts';
import { hashSecret, newRefreshSecret } from '../../../../shared/tokens/refresh-token.ts';
import type { Services } from '../../context.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import {
  type Grant,
  invalidGrant,
  type Narrowed,
  narrow,
  type TokenRequest,
} from '../issue/grant.ts';
import { refreshConfirmation, tokenInstallation } from '../issue/sender-proof.ts';
import { issueUserTokens } from '../issue/user-tokens.ts';

export const authorizationCode: Grant = async (request, services) => {
  const { parameters } = request;
  const text = parameters.require('code');
  const verifier = readVerifier(parameters.require('code_verifier'));
  const code = await unsealAuthorizationCode(await services.sealingKeys(), text);
  if (code === undefined) throw refusal({ reason: 'code_unknown' }, undefined, request, services);
  const secret = newRefreshSecret();
  const asked = await redemption(code, verifier, secret, request, services);
  const redeemed = await orUnavailable('the user', async () =>
    services.users(code.accountId).redeemCode(asked),
  );
  if (!redeemed.ok) throw refusal(redeemed.error, code, request, services);
  const { grant, redeemedAt } = redeemed.value;
  const narrowed = await narrowOrEnd(redeemed.value, request, services);
  const refreshToken = {
    accountId: code.accountId,
    familyId: asked.familyId,
    generation: 0,
    secret,
  };
  const nonce = grant.oauth?.nonce ?? null;
  const tokens = { grant, narrowed, refreshToken, issuedAt: redeemedAt, now: redeemedAt, nonce };
  return issueUserTokens(tokens, request, services);
};

/** RFC 7636 §4.1. */
const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/;

function readVerifier(text: string): string {
  if (VERIFIER.test(text)) return text;
  throw new OAuthError('invalid_request', 'The code_verifier is malformed');
}

async function redemption(
  { codeHash }: AuthorizationCode,
  verifier: string,
  secret: Uint8Array<ArrayBuffer>,
  request: TokenRequest,
  { config }: Services,
): Promise<RedeemCode> {
  const [challenge, secretHash, installation] = await Promise.all([
    sha256(utf8(verifier)),
    hashSecret(secret),
    tokenInstallation(request),
  ]);
  return {
    codeHash,
    clientId: request.client.clientId,
    redirectUri: request.parameters.get('redirect_uri') ?? null,
    codeChallenge: toBase64Url(challenge),
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

/** A grant whose tokens cannot be issued is ended: nobody holds anything of it. */
async function narrowOrEnd(
  { grant }: RedeemedCode,
  { parameters }: TokenRequest,
  { config, users }: Services,
): Promise<Narrowed> {
  try {
    // A `scope` is no parameter of this grant: some clients repeat what they asked for.
    const asked = { scope: undefined, resources: parameters.all('resource') };
    return narrow(grant, asked, config.audience);
  } catch (error) {
    await orUnavailable('the user', async () =>
      users(grant.accountId).endSession(grant.sessionId, 'revoked'),
    );
    throw error;
  }
}

/** Signs that a code is in the wrong hands (RFC 9700 §4.5). */
const ATTACKS: ReadonlySet<RedeemError['reason']> = new Set([
  'code_reused',
  'verifier_mismatch',
  'dpop_mismatch',
  'client_mismatch',
]);

function refusal(
  { reason }: RedeemError,
  code: AuthorizationCode | undefined,
  { client, correlationId }: TokenRequest,
  services: Services,
): OAuthError {
  const level: LogEvent['level'] = ATTACKS.has(reason) ? 'security' : 'info';
  const event = reason.startsWith('code_') ? `code.${reason.slice(5)}` : `code.${reason}`;
  const { clientId } = client;
  return invalidGrant(
    services,
    { event, level, correlationId, clientId, accountId: code?.accountId },
    'The authorization code cannot be used',
  );
}
