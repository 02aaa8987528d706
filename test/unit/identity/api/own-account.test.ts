import { beforeEach, describe, expect, it } from 'vitest';

import { ClientId } from '../../../../shared/ids.ts';
import { IdentityUnderTest, SESSION } from '../../../support/identity-under-test.ts';

let identity: IdentityUnderTest;
beforeEach(() => {
  identity = new IdentityUnderTest();
});

describe('logout', () => {
  const ada = crypto.randomUUID();

  it.each([
    ['no body', {}],
    ['an empty body that says it is JSON', { headers: { 'content-type': 'application/json' } }],
    ['an empty object', { body: {} }],
  ])('ends the session with %s, and revokes the token for its remaining life', async (_, more) => {
    const headers = { ...identity.as(ada), ...('headers' in more ? more.headers : {}) };
    const { status } = await identity.call('/auth/logout', { method: 'POST', ...more, headers });
    expect(status).toBe(204);
    expect(identity.world.user.ended).toEqual([[SESSION, 'logout']]);
    expect([...identity.world.ttl]).toEqual([['revoked:a-token-id', 100]]);
    expect(identity.world.revoked).toEqual([
      { kind: 'token', id: 'a-token-id', expiresAt: identity.world.now / 1_000 + 100 },
    ]);
  });

  it('puts no token on a list that has expired meanwhile', async () => {
    const headers = identity.as(ada);
    identity.world.now += 100_000;
    await identity.call('/auth/logout', { method: 'POST', headers });
    expect(identity.world.user.ended).toHaveLength(1);
    expect([identity.world.ttl.size, identity.world.revoked.length]).toEqual([0, 0]);
  });

  it('ends all sessions on request', async () => {
    await identity.call('/auth/logout', { body: { allSessions: true }, headers: identity.as(ada) });
    expect(identity.world.user.ended).toEqual([{ reason: 'logout' }]);
  });

  it('has ended the session even if the token cannot be put on a list', async () => {
    identity.world.down.add('ttlStore');
    const { status } = await identity.call('/auth/logout', {
      method: 'POST',
      headers: identity.as(ada),
    });
    expect(status).toBe(204);
    expect(identity.world.logged).toContainEqual(
      expect.objectContaining({ event: 'token.revoke_failed' }),
    );
  });

  it.each([
    ['ended', 'SESSION_TERMINATED'],
    ['unknown', 'SESSION_TERMINATED'],
    ['expired', 'SESSION_EXPIRED'],
  ] as const)('is refused in a session that is %s', async (status, code) => {
    identity.world.user.status = status;
    const answer = await identity.call('/auth/logout', {
      method: 'POST',
      headers: identity.as(ada),
    });
    expect([answer.status, answer.json.code]).toEqual([401, code]);
    expect(identity.world.user.ended).toEqual([]);
  });
});

describe('sessions', () => {
  const ada = crypto.randomUUID();

  it('ends one, all others, or finds none', async () => {
    const one = await identity.call(`/api/v1/sessions/${SESSION}`, {
      method: 'DELETE',
      headers: identity.as(ada),
    });
    expect(one.status).toBe(204);
    identity.world.user.endsSession = false;
    for (const id of [`ses_${'b'.repeat(26)}`, 'nonsense', '%00']) {
      const none = await identity.call(`/api/v1/sessions/${id}`, {
        method: 'DELETE',
        headers: identity.as(ada),
      });
      expect([none.status, none.json.code]).toEqual([404, 'SESSION_NOT_FOUND']);
    }
    const all = await identity.call('/api/v1/sessions', {
      method: 'DELETE',
      headers: identity.as(ada),
    });
    expect([all.status, all.json]).toEqual([200, { ended: 3 }]);
    expect(identity.world.user.ended.at(-1)).toEqual({ keep: SESSION, reason: 'remote' });
  });

  it('lists them with ISO times', async () => {
    identity.world.user.views = [
      {
        sessionId: SESSION,
        clientId: ClientId.restore('sallyport'),
        origin: { ipAddress: '203.0.113.7', country: 'NL', userAgent: 'Test/1' },
        device: { fingerprint: 'f', name: 'Deck' },
        createdAt: 0,
        lastActivityAt: 1_000,
        expiresAt: 2_000,
      },
    ];
    const { json } = await identity.call('/api/v1/sessions', { headers: identity.as(ada) });
    expect(json).toEqual({
      sessions: [
        {
          sessionId: SESSION,
          current: true,
          clientId: 'sallyport',
          deviceInfo: { fingerprint: 'f', name: 'Deck' },
          deviceFingerprint: 'f',
          userAgent: 'Test/1',
          ipAddress: '203.0.113.7',
          country: 'NL',
          createdAt: '1970-01-01T00:00:00.000Z',
          lastActivityAt: '1970-01-01T00:00:01.000Z',
          expiresAt: '1970-01-01T00:00:02.000Z',
        },
      ],
    });
  });
});

describe('profile', () => {
  it('changes what it names and refuses a taken username', async () => {
    const { json: ada } = await identity.register({ username: 'ada' });
    await identity.register({ email: 'bob@example.test', username: 'Bob' });
    const put = (body: object) =>
      identity.call('/auth/profile', { method: 'PUT', body, headers: identity.as(ada.accountId) });
    expect((await put({ username: 'bOB' })).json.code).toBe('ACCOUNT_USERNAME_TAKEN');
    expect((await put({ displayName: ' Zoë 🚀 ' })).json).toMatchObject({
      username: 'ada',
      displayName: 'Zoë 🚀',
    });
    expect((await put({ username: 'ADA', displayName: null })).json).toMatchObject({
      username: 'ADA',
      displayName: null,
      email: 'Ada@Example.test',
    });
  });

  it('marks the activity of a session that asks, and of nobody who is refused', async () => {
    const { json: ada } = await identity.register();
    const headers = identity.as(ada.accountId);
    await identity.call('/auth/profile');
    expect(identity.world.user.touched).toEqual([]);
    await identity.call('/auth/profile', { headers });
    await identity.call('/auth/profile', { method: 'PUT', body: {}, headers });
    await Promise.all(identity.deferred);
    expect(identity.world.user.touched).toEqual([SESSION, SESSION]);
  });

  it.each([
    ['', 'a\u0000b'],
    ['', 'two\nlines'],
    ['', '\u202Eevil'],
    ['', '\uD83D'],
    ['', '   '],
    ['', '🚀'.repeat(65)],
  ])('refuses %sa display name like %j', async (_, displayName) => {
    const { status, json } = await identity.register({ displayName });
    expect([status, json.errors?.[0].path]).toEqual([400, 'displayName']);
  });
});
