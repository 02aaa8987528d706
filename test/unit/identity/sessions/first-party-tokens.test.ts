import { beforeEach, describe, expect, it } from 'vitest';
import type { RotateError, Rotation } from '../../../../shared/contracts/identity/user-sessions.ts';
import { AccountId, ClientId, newFamilyId } from '../../../../shared/ids.ts';
import { err, ok } from '../../../../shared/result.ts';
import { newRefreshSecret, seal } from '../../../../shared/tokens/refresh-token.ts';
import { altered } from '../../../support/altered.ts';
import { IdentityFixture, SESSION } from '../../../support/identity-fixture.ts';

let identity: IdentityFixture;
beforeEach(() => {
  identity = new IdentityFixture();
});

async function aRefreshToken() {
  const accountId = AccountId.restore(crypto.randomUUID());
  const token = {
    accountId,
    familyId: newFamilyId(),
    generation: 4,
    secret: newRefreshSecret(),
  };
  const text = await seal(await identity.services.sealingKeys(), token);
  const rotation: Rotation = {
    outcome: 'rotated',
    generation: 5,
    rotatedAt: identity.backend.now,
    refreshExpiresAt: identity.backend.now + 604_800_000,
    grant: {
      sessionId: SESSION,
      accountId,
      clientId: ClientId.restore('sallyport'),
      scopes: ['openid'],
      roles: ['user', 'admin'],
      amr: ['pwd'],
      acr: 'urn:sallyport:acr:pwd',
      authTime: identity.backend.now - 5_000,
    },
  };
  return { text, token, rotation };
}

describe('refresh', () => {
  it('asks no object and no database for a token that this system did not seal', async () => {
    const { text } = await aRefreshToken();
    const forged = altered(text);
    const { status, json } = await identity.call('/auth/refresh', {
      body: { refreshToken: forged },
    });
    expect([status, json.code]).toEqual([401, 'TOKEN_REFRESH_INVALID']);
    expect([identity.backend.usersWoken, identity.backend.accountsOpened]).toEqual([0, 0]);
  });

  it('repeats its answer to a duplicate: same refresh token, same jti', async () => {
    const { text, rotation } = await aRefreshToken();
    identity.backend.user.rotation = ok(rotation);
    const first = await identity.call('/auth/token/refresh', { body: { refreshToken: text } });
    identity.backend.now += 7_000;
    identity.backend.user.rotation = ok({ ...rotation, outcome: 'duplicate' });
    const second = await identity.call('/api/v1/auth/refresh', { body: { refreshToken: text } });
    expect(second.json.refreshToken).toBe(first.json.refreshToken);
    expect(identity.backend.signed[1]).toEqual(identity.backend.signed[0]);
    expect(identity.backend.signed[0]).toMatchObject({ roles: ['user', 'admin'] });
    expect([first.json.expiresIn, second.json.expiresIn]).toEqual([900, 893]);
    expect([first.json.refreshExpiresIn, second.json.refreshExpiresIn]).toEqual([604_800, 604_793]);
    expect(identity.backend.accountsOpened).toBe(0);
  });

  it.each<[RotateError, number, string]>([
    [{ reason: 'family_unknown' }, 401, 'TOKEN_REFRESH_INVALID'],
    [{ reason: 'client_mismatch' }, 401, 'TOKEN_REFRESH_INVALID'],
    [{ reason: 'refresh_expired', expiredAt: 1 }, 401, 'TOKEN_REFRESH_EXPIRED'],
    [{ reason: 'session_expired', expiredAt: 1 }, 401, 'SESSION_EXPIRED'],
    [{ reason: 'family_revoked', revokedAt: 1 }, 401, 'TOKEN_FAMILY_REVOKED'],
    [{ reason: 'refresh_reused', generation: 4 }, 401, 'TOKEN_REFRESH_REUSED'],
  ])('answers $reason with its code', async (error, status, code) => {
    const { text } = await aRefreshToken();
    identity.backend.user.rotation = err(error);
    const answer = await identity.call('/auth/refresh', { body: { refreshToken: text } });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    const security = identity.backend.logged.filter(({ level }) => level === 'security');
    const isAttack = error.reason === 'refresh_reused' || error.reason === 'client_mismatch';
    expect(security).toHaveLength(isAttack ? 1 : 0);
    expect(JSON.stringify(identity.backend.logged)).not.toContain(text);
  });

  it.each([
    ['users', 'SERVICE_UNAVAILABLE'],
    ['keys', 'TOKEN_KMS_ERROR'],
  ] as const)('never calls a token invalid because the %s are down', async (part, code) => {
    const { text, rotation } = await aRefreshToken();
    identity.backend.user.rotation = ok(rotation);
    identity.backend.down.add(part);
    const { status, json, headers } = await identity.call('/auth/refresh', {
      body: { refreshToken: text },
    });
    expect([status, json.code]).toEqual([503, code]);
    expect(headers.get('retry-after')).not.toBeNull();
  });
});
