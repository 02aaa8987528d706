/**
 * Single access tokens that are revoked before they expire, by `jti`.
 *
 * @module
 */

import { toNumericDate } from '../../../shared/clock.ts';
import type { TokenId } from '../../../shared/ids.ts';
import type { TtlStore } from '../../../shared/ttl-store/ttl-store.ts';
import type { Services, User } from '../context.ts';

const keyOf = (id: TokenId): string => `revoked:${id}`;

/**
 * Revokes the access token that was presented. Call it when its session has been ended, which is what
 * counts: a failure here is logged and not an answer to the user.
 */
export async function revokeToken(
  { tokenId, tokenExpiresAt }: User,
  {
    clock,
    log,
    ttlStore,
    revocations,
  }: Pick<Services, 'clock' | 'log' | 'ttlStore' | 'revocations'>,
): Promise<void> {
  const remaining = tokenExpiresAt - toNumericDate(clock());
  if (remaining < 1) return;
  const entry = { kind: 'token', id: tokenId, expiresAt: tokenExpiresAt } as const;
  const outcomes = await Promise.allSettled([
    (async () => ttlStore().put(keyOf(tokenId), '1', remaining))(),
    (async () => revocations().append([entry]))(),
  ]);
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    log({ event: 'token.revoke_failed', level: 'error', tokenId, cause: String(outcome.reason) });
  }
}

export async function isTokenRevoked(store: TtlStore, id: TokenId): Promise<boolean> {
  return (await store.get(keyOf(id))) !== undefined;
}
