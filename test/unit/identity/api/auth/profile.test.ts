import { beforeEach, describe, expect, it } from 'vitest';

import { IdentityFixture, SESSION } from '../../../../support/identity-fixture.ts';

let identity: IdentityFixture;
beforeEach(() => {
  identity = new IdentityFixture();
});

describe('/profile', () => {
  it('changes the names that are sent, and refuses a taken username', async () => {
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

  it('marks the activity of the session, unless the request is refused', async () => {
    const { json: ada } = await identity.register();
    const headers = identity.as(ada.accountId);
    await identity.call('/auth/profile');
    expect(identity.backend.user.touched).toEqual([]);
    await identity.call('/auth/profile', { headers });
    await identity.call('/auth/profile', { method: 'PUT', body: {}, headers });
    await Promise.all(identity.deferred);
    expect(identity.backend.user.touched).toEqual([SESSION, SESSION]);
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
