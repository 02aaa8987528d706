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

  const DETAILS = {
    firstName: 'Ada',
    lastName: 'Lovelace',
    company: 'Analytical Engines',
    avatarUrl: 'https://pictures.example.test/ada.png',
  };

  it('keeps every detail that registration was sent', async () => {
    const { json: ada } = await identity.register(DETAILS);
    const headers = identity.as(ada.accountId);
    expect((await identity.call('/auth/profile', { headers })).json).toMatchObject(DETAILS);
    const { json: bob } = await identity.register({ email: 'bob@example.test' });
    const read = await identity.call('/auth/profile', { headers: identity.as(bob.accountId) });
    expect(read.json).toMatchObject({
      firstName: null,
      lastName: null,
      company: null,
      avatarUrl: null,
    });
  });

  it('changes the details that are sent, and clears those that are null', async () => {
    const { json: ada } = await identity.register(DETAILS);
    const put = (body: object) =>
      identity.call('/auth/profile', { method: 'PUT', body, headers: identity.as(ada.accountId) });
    const change = { lastName: ' King ', company: null, avatarUrl: 'http://localhost:9000/a.png' };
    expect((await put(change)).json).toMatchObject({
      firstName: 'Ada',
      lastName: 'King',
      company: null,
      avatarUrl: 'http://localhost:9000/a.png',
    });
    expect((await put({ firstName: null })).json).toMatchObject({
      firstName: null,
      lastName: 'King',
    });
  });

  it.each([
    ['firstName', ''],
    ['firstName', '\u200B\u2060'],
    ['lastName', '\u00AD'],
    ['lastName', 'two\nlines'],
    ['lastName', 'x'.repeat(65)],
    ['company', '\u2800 \u3164'],
    ['company', 'x'.repeat(129)],
    ['company', '\u202Eevil'],
    ['avatarUrl', ''],
    ['avatarUrl', 'javascript:alert(1)'],
    ['avatarUrl', 'data:image/png;base64,AA=='],
    ['avatarUrl', '//pictures.example.test/a.png'],
    ['avatarUrl', 'http://pictures.example.test/a.png'],
    ['avatarUrl', 'https://ada:secret@pictures.example.test/a.png'],
    ['avatarUrl', 'https://pictures.example.test/a b.png'],
    ['avatarUrl', `https://pictures.example.test/${'x'.repeat(2_000)}`],
  ])('refuses %s like %j, at registration, too', async (name, value) => {
    const { json: ada } = await identity.register();
    const headers = identity.as(ada.accountId);
    const body = { [name]: value };
    const { status, json } = await identity.call('/auth/profile', { method: 'PUT', body, headers });
    expect([status, json.errors?.[0].path]).toEqual([400, name]);
    const registered = await identity.register({ email: 'bob@example.test', ...body });
    expect([registered.status, registered.json.errors?.[0].path]).toEqual([400, name]);
  });

  it.each(['admin', 'Adm1n', 'R_O_O_T', 'sallyport', 'Support_'])(
    'refuses the username %s, at registration, too, except to administrators',
    async (username) => {
      const { json: ada } = await identity.register({ username: 'ada' });
      const put = () =>
        identity.call('/auth/profile', {
          method: 'PUT',
          body: { username },
          headers: identity.as(ada.accountId),
        });
      const errors = [{ path: 'username', message: 'Is reserved for the system' }];
      expect(await put()).toMatchObject({ status: 400, json: { errors } });
      const bob = { email: 'bob@example.test', username };
      expect(await identity.register(bob)).toMatchObject({ status: 400, json: { errors } });
      const { stored } = identity.backend.accounts;
      const found = stored.get(ada.accountId);
      if (found === undefined) throw new Error('There is no account');
      const account = { ...found.account, roles: ['user', 'admin'] };
      stored.set(ada.accountId, { ...found, account });
      expect(await put()).toMatchObject({ status: 200, json: { username } });
    },
  );

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
    ['', '\u200B\u2060\uFEFF'],
    ['', 'Ada\u200B'],
    ['', '\u3164'],
    ['', '\u0301'],
  ])('refuses %sa display name like %j', async (_, displayName) => {
    const { status, json } = await identity.register({ displayName });
    expect([status, json.errors?.[0].path]).toEqual([400, 'displayName']);
  });
});
