/**
 * `grant_type=refresh_token` (RFC 6749 §6, RFC 9700 §4.14).
 *
 * @module
 */

import type {
  RotateError,
  RotateRequest,
} from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { newTokenId } from '../../../../shared/ids.ts';
import {
  deriveSuccessor,
  hashSecret,
  type PresentedToken,
  unseal,
} from '../../../../shared/tokens/refresh-token.ts';
import type { Services } from '../../context.ts';
import type { OAuthError } from '../../platform/oauth-error.ts';
import {
  type Grant,
  invalidGrant,
  type NarrowingRequest,
  narrow,
  type TokenRequest,
} from '../issue/grant.ts';
import { confirmationOf, tokenInstallation } from '../issue/sender-proof.ts';
import { issueUserTokens } from '../issue/user-tokens.ts';

/** A token that this system did not seal wakes no object. No database is asked. */
export const refreshToken: Grant = async (request, services) => {
  const { parameters } = request;
  const text = parameters.require('refresh_token');
  const presented = await unseal(await services.sealingKeys(), text);
  if (presented === undefined) {
    throw refusal({ reason: 'family_unknown' }, undefined, request, services);
  }
  const presentedHash = await hashSecret(presented.secret);
  const narrower = { scope: parameters.get('scope'), resources: parameters.all('resource') };
  if (narrower.scope !== undefined || narrower.resources.length > 0) {
    await assertNarrower(presented, presentedHash, narrower, request, services);
  }
  const successor = await deriveSuccessor(presented);
  const asked = await rotation(presented, presentedHash, successor.secret, request, services);
  const rotated = await orUnavailable('the user', async () =>
    services.users(presented.accountId).rotate(asked),
  );
  if (!rotated.ok) throw refusal(rotated.error, presented, request, services);
  const { outcome, rotatedAt, grant } = rotated.value;
  const tokens = {
    grant,
    narrowed: narrow(grant, narrower, services.config.audience),
    ...(outcome === 'kept'
      ? { refreshToken: presented, tokenId: newTokenId() }
      : { refreshToken: successor }),
    issuedAt: rotatedAt,
    // Two clocks may differ by a little: the life of what was made just now is whole.
    now: outcome === 'duplicate' ? services.clock() : rotatedAt,
    nonce: null,
  };
  return issueUserTokens(tokens, request, services);
};

/** Asks before the token is used up: a request for too much leaves it as it is. */
async function assertNarrower(
  { accountId, familyId, generation }: PresentedToken,
  presentedHash: Uint8Array<ArrayBuffer>,
  asked: NarrowingRequest,
  { client }: TokenRequest,
  { config, users }: Services,
): Promise<void> {
  const query = { familyId, generation, presentedHash };
  const record = await orUnavailable('the user', async () =>
    users(accountId).readRefreshToken(query),
  );
  // Another client's request is for `rotate` to refuse: it must not learn what was granted.
  if (record?.clientId === client.clientId) narrow(record.grant, asked, config.audience);
}

async function rotation(
  { familyId, generation }: PresentedToken,
  presentedHash: Uint8Array<ArrayBuffer>,
  successor: Uint8Array<ArrayBuffer>,
  request: TokenRequest,
  { config }: Services,
): Promise<RotateRequest> {
  const [successorHash, installation] = await Promise.all([
    hashSecret(successor),
    tokenInstallation(request),
  ]);
  return {
    familyId,
    generation,
    presentedHash,
    successorHash,
    clientId: request.client.clientId,
    // Its client authenticates and proves a key: a rotation would protect nothing, and lose tokens.
    keeps: request.client.profile !== 'none',
    installation,
    confirmation: confirmationOf(request.proof) ?? undefined,
    limits: config.limits,
  };
}

/** Signs that a token is in the wrong hands. */
const ATTACKS: ReadonlySet<RotateError['reason']> = new Set([
  'refresh_reused',
  'confirmation_mismatch',
  'client_mismatch',
]);

function refusal(
  { reason }: RotateError,
  presented: PresentedToken | undefined,
  { client, correlationId }: TokenRequest,
  services: Services,
): OAuthError {
  const level = ATTACKS.has(reason) ? 'security' : 'info';
  const { accountId, familyId, generation } = presented ?? {};
  const { clientId } = client;
  return invalidGrant(
    services,
    { event: `token.${reason}`, level, correlationId, clientId, accountId, familyId, generation },
    'The refresh token cannot be used',
  );
}
