import { beforeEach, describe, expect, it } from 'vitest';

import { IdentityFixture, SESSION } from '../../../../support/identity-fixture.ts';

let identity: IdentityFixture;
beforeEach(() => {
  identity = new IdentityFixture();
});

describe('POST /logout', () => {
  const ada = crypto.randomUUID();

  it.each([
    ['no body', {}],
    ['an empty body that says it is JSON', { headers: { 'content-type': 'application/json' } }],
    ['an empty object', { body: {} }],
  ])('ends the session with %s, and revokes the token for its remaining life', async (_, more) => {
    const headers = { ...identity.as(ada), ...('headers' in more ? more.headers : {}) };
    const { status } = await identity.call('/auth/logout', { method: 'POST', ...more, headers });
    expect(status).toBe(204);
    expect(identity.backend.user.ended).toEqual([[SESSION, 'logout']]);
    expect([...identity.backend.ttl]).toEqual([['revoked:a-token-id', 100]]);
    expect(identity.backend.revoked).toEqual([
      { kind: 'token', id: 'a-token-id', expiresAt: identity.backend.now / 1_000 + 100 },
    ]);
  });

  it('revokes no token that has expired meanwhile', async () => {
    const headers = identity.as(ada);
    identity.backend.now += 100_000;
    await identity.call('/auth/logout', { method: 'POST', headers });
    expect(identity.backend.user.ended).toHaveLength(1);
    expect([identity.backend.ttl.size, identity.backend.revoked.length]).toEqual([0, 0]);
  });

  it('ends all sessions on request', async () => {
    await identity.call('/auth/logout', { body: { allSessions: true }, headers: identity.as(ada) });
    expect(identity.backend.user.ended).toEqual([{ reason: 'logout' }]);
  });

  it('ends the session, although the token cannot be revoked', async () => {
    identity.backend.down.add('ttlStore');
    const { status } = await identity.call('/auth/logout', {
      method: 'POST',
      headers: identity.as(ada),
    });
    expect(status).toBe(204);
    expect(identity.backend.logged).toContainEqual(
      expect.objectContaining({ event: 'token.revoke_failed' }),
    );
  });

  it.each([
    ['ended', 'SESSION_TERMINATED'],
    ['unknown', 'SESSION_TERMINATED'],
    ['expired', 'SESSION_EXPIRED'],
  ] as const)('is refused in a session that is %s', async (status, code) => {
    identity.backend.user.status = status;
    const answer = await identity.call('/auth/logout', {
      method: 'POST',
      headers: identity.as(ada),
    });
    expect([answer.status, answer.json.code]).toEqual([401, code]);
    expect(identity.backend.user.ended).toEqual([]);
  });
});
