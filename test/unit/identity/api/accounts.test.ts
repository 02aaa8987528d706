import { beforeEach, describe, expect, it } from 'vitest';

import { encodePrincipal, PRINCIPAL_HEADER } from '../../../../shared/contracts/edge/principal.ts';
import { AccountId } from '../../../../shared/ids.ts';
import { DatabaseFailure } from '../../../../workers/identity/platform/database.ts';
import { IdentityFixture, SESSION } from '../../../support/identity-fixture.ts';

let identity: IdentityFixture;
let admin: AccountId;
let bob: AccountId;

beforeEach(async () => {
  identity = new IdentityFixture();
  admin = AccountId.restore((await identity.register()).json.accountId);
  const more = await identity.register({
    email: 'bob@example.test',
    username: 'bob_1',
    firstName: 'Bob',
  });
  bob = AccountId.restore(more.json.accountId);
  give(admin, ['user', 'admin']);
});

function give(id: AccountId, roles: readonly string[]): void {
  const { stored } = identity.backend.accounts;
  const found = stored.get(id);
  if (found !== undefined) stored.set(id, { ...found, account: { ...found.account, roles } });
}

const as = (subject: AccountId, roles = ['user', 'admin'], changes: object = {}) => ({
  [PRINCIPAL_HEADER]: encodePrincipal({
    subject,
    sessionId: SESSION,
    clientId: 'sallyport',
    scopes: [],
    roles,
    tokenId: 'a-token-id',
    expiresAt: identity.backend.now / 1_000 + 100,
    ...changes,
  }),
});

const read = (id: string, headers = as(admin)) =>
  identity.call(`/api/v1/accounts/${id}`, { headers });
const changeStatus = (id: string, status: string) =>
  identity.call(`/api/v1/accounts/${id}/status`, {
    method: 'PUT',
    body: { status },
    headers: as(admin),
  });
const change = (id: string, roles: unknown, headers = as(admin)) =>
  identity.call(`/api/v1/accounts/${id}/roles`, { method: 'PUT', body: { roles }, headers });

describe('/api/v1/accounts', () => {
  it.each([
    ['GET', ''],
    ['PUT', '/roles'],
    ['PUT', '/status'],
  ])('%s …%s takes only an administrator’s own session', async (method, path) => {
    const answer = async (headers: Record<string, string>) => {
      const change = path === '/status' ? { status: 'disabled' } : { roles: ['admin'] };
      const body = method === 'PUT' ? change : undefined;
      const { status, json } = await identity.call(`/api/v1/accounts/${bob}${path}`, {
        method,
        body,
        headers,
      });
      return [status, json?.code];
    };
    expect(await answer({})).toEqual([401, 'AUTH_TOKEN_MISSING']);
    expect(await answer(as(bob, ['user']))).toEqual([403, 'AUTHZ_DENIED']);
    // A token outlives a demotion: the database is asked.
    expect(await answer(as(bob))).toEqual([403, 'AUTHZ_DENIED']);
    const agreed = as(admin, ['admin'], { clientId: 'an-app', scopes: ['account', 'roles'] });
    expect(await answer(agreed)).toEqual([403, 'AUTHZ_DENIED']);
    identity.backend.user.status = 'ended';
    expect(await answer(as(admin))).toEqual([401, 'SESSION_TERMINATED']);
    expect((await identity.backend.accounts.find(bob))?.roles).toEqual(['user']);
  });

  it('reads an account, without its password hash', async () => {
    const { status, json } = await read(bob);
    expect(status).toBe(200);
    expect(json).toEqual({
      accountId: bob,
      email: 'bob@example.test',
      emailVerified: false,
      username: 'bob_1',
      displayName: null,
      firstName: 'Bob',
      lastName: null,
      company: null,
      avatarUrl: null,
      roles: ['user'],
      status: 'active',
      createdAt: new Date(identity.backend.now).toISOString(),
      updatedAt: new Date(identity.backend.now).toISOString(),
      lastLoginAt: new Date(identity.backend.now).toISOString(),
    });
  });

  it('changes roles in the database and in the user’s sessions, and logs it', async () => {
    const { status, json } = await change(bob, ['user', 'editor']);
    expect([status, json.roles]).toEqual([200, ['user', 'editor']]);
    expect((await identity.backend.accounts.find(bob))?.roles).toEqual(['user', 'editor']);
    expect(identity.backend.user.store.roleChange()?.roles).toEqual(['user', 'editor']);
    expect(identity.backend.logged).toContainEqual(
      expect.objectContaining({
        event: 'account.roles_changed',
        level: 'security',
        by: admin,
        accountId: bob,
        roles: ['user', 'editor'],
      }),
    );
  });

  it('changes the roles of the next token, also of one that is refreshed', async () => {
    const { refreshToken } = (
      await identity.call('/auth/login', {
        body: { email: 'bob@example.test', password: 'a long enough phrase' },
      })
    ).json;
    await change(bob, ['editor']);
    await identity.call('/auth/token/refresh', { body: { refreshToken } });
    expect(identity.backend.signed.at(-1)).toMatchObject({ sub: bob, roles: ['editor'] });
  });

  it('disables an account: no session, no refresh and no sign-in remain', async () => {
    const login = () =>
      identity.call('/auth/login', {
        body: { email: 'bob@example.test', password: 'a long enough phrase' },
      });
    const { refreshToken } = (await login()).json;
    const disabled = await changeStatus(bob, 'disabled');
    expect([disabled.status, disabled.json.status]).toEqual([200, 'disabled']);
    const refreshed = await identity.call('/auth/token/refresh', { body: { refreshToken } });
    expect(refreshed.json.code).toBe('TOKEN_FAMILY_REVOKED');
    expect((await login()).json.code).toBe('AUTH_CREDENTIALS_INVALID');
    expect(identity.backend.logged).toContainEqual(
      expect.objectContaining({ event: 'account.disabled', by: admin, accountId: bob }),
    );
    expect((await changeStatus(bob, 'active')).json.status).toBe('active');
    expect((await login()).status).toBe(200);
  });

  it('opens no session for a user who was disabled while they signed in', async () => {
    const disabled = { status: 'disabled', roles: ['user'], credentialsVersion: 0 } as const;
    await identity.backend.user.accountChanged({ account: { ...disabled, version: 1 } });
    const { status, json } = await identity.call('/auth/login', {
      body: { email: 'bob@example.test', password: 'a long enough phrase' },
    });
    expect([status, json.code]).toEqual([401, 'AUTH_CREDENTIALS_INVALID']);
  });

  it('refuses to disable the last administrator, and unknown members', async () => {
    expect((await changeStatus(admin, 'disabled')).json.code).toBe('CONFLICT');
    const unknown = await identity.call(`/api/v1/accounts/${bob}/status`, {
      method: 'PUT',
      body: { status: 'disabled', reason: 'x' },
      headers: as(admin),
    });
    expect([unknown.status, unknown.json.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect((await identity.backend.accounts.find(bob))?.status).toBe('active');
  });

  it('tells the user’s object before the account changes, so that no change is missed', async () => {
    identity.backend.down.add('database');
    expect((await changeStatus(bob, 'disabled')).status).toBe(503);
    identity.backend.down.delete('database');
    expect(identity.backend.user.store.outbox.waiting()).toEqual([]);
    identity.backend.accounts.changeStatus = async () => Promise.reject(new DatabaseFailure('x'));
    expect((await changeStatus(bob, 'disabled')).status).toBe(503);
    const waiting = identity.backend.user.store.outbox.waiting();
    expect(waiting.map(({ destination }) => destination)).toEqual(['account', 'account']);
  });

  it('refuses to demote the last administrator, and no other', async () => {
    const refused = await change(admin, ['user']);
    expect([refused.status, refused.json.code]).toEqual([409, 'CONFLICT']);
    expect((await change(admin, ['user', 'admin', 'x'])).status).toBe(200);
    expect((await change(bob, ['admin'])).status).toBe(200);
    expect((await change(admin, [])).status).toBe(200);
    expect((await change(bob, [], as(bob))).status).toBe(409);
  });

  it.each([
    ['no array', 'admin'],
    ['nothing', undefined],
    ['a role twice', ['a', 'a']],
    ['an empty name', ['']],
    ['a space', ['a b']],
    ['too long a name', ['x'.repeat(41)]],
    ['too many', Array.from({ length: 21 }, (_, index) => `r${index}`)],
  ])('refuses %s', async (_, roles) => {
    const { status, json } = await change(bob, roles);
    expect([status, json.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('answers 404 for an unknown account', async () => {
    const nobody = crypto.randomUUID();
    expect((await read(nobody)).status).toBe(404);
    expect((await change(nobody, [])).status).toBe(404);
    expect((await read('x')).status).toBe(400);
  });

  it('answers 503 where the user’s object does not answer, and does the rest when asked again', async () => {
    identity.backend.down.add('users');
    expect((await change(bob, ['editor'])).status).toBe(503);
    identity.backend.down.clear();
    expect((await change(bob, ['editor'])).status).toBe(200);
    expect(identity.backend.user.store.roleChange()?.roles).toEqual(['editor']);
  });
});
