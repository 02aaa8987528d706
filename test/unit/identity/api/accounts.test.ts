import { beforeEach, describe, expect, it } from 'vitest';

import { encodePrincipal, PRINCIPAL_HEADER } from '../../../../shared/contracts/edge/principal.ts';
import { AccountId } from '../../../../shared/ids.ts';
import { IdentityFixture, SESSION } from '../../../support/identity-fixture.ts';

let identity: IdentityFixture;
let admin: AccountId;
let bob: AccountId;

beforeEach(async () => {
  identity = new IdentityFixture();
  admin = AccountId.restore((await identity.register()).json.accountId);
  const more = await identity.register({ email: 'bob@example.test', username: 'bob_1' });
  bob = AccountId.restore(more.json.accountId);
  give(admin, ['user', 'admin']);
});

function give(id: AccountId, roles: readonly string[]): void {
  const { stored } = identity.world.accounts;
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
    expiresAt: identity.world.now / 1_000 + 100,
    ...changes,
  }),
});

const read = (id: string, headers = as(admin)) =>
  identity.call(`/api/v1/accounts/${id}`, { headers });
const change = (id: string, roles: unknown, headers = as(admin)) =>
  identity.call(`/api/v1/accounts/${id}/roles`, { method: 'PUT', body: { roles }, headers });

describe('/api/v1/accounts', () => {
  it.each([
    ['GET', ''],
    ['PUT', '/roles'],
  ])('%s …%s takes only an administrator’s own session', async (method, path) => {
    const answer = async (headers: Record<string, string>) => {
      const body = method === 'PUT' ? { roles: ['admin'] } : undefined;
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
    identity.world.user.status = 'ended';
    expect(await answer(as(admin))).toEqual([401, 'SESSION_TERMINATED']);
    expect((await identity.world.accounts.find(bob))?.roles).toEqual(['user']);
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
      roles: ['user'],
      status: 'active',
      createdAt: new Date(identity.world.now).toISOString(),
      updatedAt: new Date(identity.world.now).toISOString(),
      lastLoginAt: new Date(identity.world.now).toISOString(),
    });
  });

  it('changes roles in the database and in the user’s sessions, and logs it', async () => {
    const { status, json } = await change(bob, ['user', 'editor']);
    expect([status, json.roles]).toEqual([200, ['user', 'editor']]);
    expect((await identity.world.accounts.find(bob))?.roles).toEqual(['user', 'editor']);
    expect(identity.world.user.store.roleChange()?.roles).toEqual(['user', 'editor']);
    expect(identity.world.logged).toContainEqual(
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
    expect(identity.world.signed.at(-1)).toMatchObject({ sub: bob, roles: ['editor'] });
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

  it('answers 503 if the user’s object does not answer, and completes the change when asked again', async () => {
    identity.world.down.add('users');
    expect((await change(bob, ['editor'])).status).toBe(503);
    identity.world.down.clear();
    expect((await change(bob, ['editor'])).status).toBe(200);
    expect(identity.world.user.store.roleChange()?.roles).toEqual(['editor']);
  });
});
