import { describe, it } from 'vitest';

import { newAccountId } from '../../shared/ids.ts';
import type { NewAccount } from '../../workers/identity/accounts/account.ts';
import type { AccountStore } from '../../workers/identity/accounts/account-store.ts';

const PHC = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA';
const DETAILS = {
  firstName: 'Ada',
  lastName: 'Lovelace',
  company: 'Analytical Engines',
  avatarUrl: 'https://pictures.example.test/ada.png',
};
const AT = Date.UTC(2026, 10, 23, 4, 5, 6, 789);

/** Nobody else's address and name: the stores under test may keep what other tests wrote. */
function aNewAccount(changes: Partial<NewAccount> = {}): NewAccount {
  const id = newAccountId();
  const name = id.replaceAll('-', '').slice(0, 24);
  return {
    id,
    email: { display: `Ada.${name}@Example.test`, normalized: `ada.${name}@example.test` },
    username: `Ada_${name}`,
    displayName: 'Ada 🚀',
    passwordHash: PHC,
    roles: ['user'],
    createdAt: AT,
    ...changes,
  };
}

/** What every {@link AccountStore} does. Register it once per implementation. */
export function accountStoreContract(name: string, open: () => AccountStore): void {
  describe(`AccountStore contract: ${name}`, () => {
    it('is reachable', async ({ expect }) => {
      await expect(open().ping()).resolves.toBeUndefined();
    });

    it('returns a created account, also through another database client', async ({ expect }) => {
      const account = aNewAccount({ ...DETAILS, roles: ['user', 'admin, "chief"'] });
      const created = await open().create(account);
      const expected = {
        id: account.id,
        email: account.email.display,
        emailVerified: false,
        username: account.username,
        displayName: 'Ada 🚀',
        ...DETAILS,
        roles: ['user', 'admin, "chief"'],
        status: 'active',
        version: 0,
        credentialsVersion: 0,
        createdAt: AT,
        updatedAt: AT,
        lastLoginAt: AT,
      };
      expect(created).toEqual({ ok: true, value: expected });
      expect(await open().find(account.id)).toEqual(expected);
      expect(await open().findCredentials(account.email.normalized)).toEqual({
        account: expected,
        passwordHash: PHC,
      });
    });

    it('finds no account that was not created', async ({ expect }) => {
      expect(await open().find(newAccountId())).toBeUndefined();
      expect(await open().findCredentials("nobody' OR '1'='1")).toBeUndefined();
    });

    it('finds by the normalised address only', async ({ expect }) => {
      const account = aNewAccount();
      await open().create(account);
      expect(await open().findCredentials(account.email.display)).toBeUndefined();
    });

    it('refuses an address that is taken, however it was typed', async ({ expect }) => {
      const first = aNewAccount();
      await open().create(first);
      const email = { display: 'typed otherwise', normalized: first.email.normalized };
      expect(await open().create(aNewAccount({ email }))).toEqual({
        ok: false,
        error: { reason: 'email_taken' },
      });
    });

    it('refuses a username that is taken in another case', async ({ expect }) => {
      const first = aNewAccount();
      await open().create(first);
      const username = first.username?.toUpperCase() ?? null;
      expect(await open().create(aNewAccount({ username }))).toEqual({
        ok: false,
        error: { reason: 'username_taken' },
      });
    });

    it('allows any number of accounts without a username', async ({ expect }) => {
      expect((await open().create(aNewAccount({ username: null }))).ok).toBe(true);
      expect((await open().create(aNewAccount({ username: null }))).ok).toBe(true);
    });

    it('gives an address to one of several simultaneous registrations', async ({ expect }) => {
      const { email } = aNewAccount();
      const outcomes = await Promise.all(
        Array.from({ length: 5 }, () => open().create(aNewAccount({ email }))),
      );
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
      expect(outcomes.filter((one) => !one.ok && one.error.reason === 'email_taken')).toHaveLength(
        4,
      );
    });

    it('changes what a profile change names, and nothing else', async ({ expect }) => {
      const account = aNewAccount();
      await open().create(account);
      const named = await open().changeProfile(account.id, { displayName: 'Countess' }, AT + 1);
      expect(named).toMatchObject({
        value: { username: account.username, displayName: 'Countess', updatedAt: AT + 1 },
      });
      const username = `n${account.username?.slice(1)}`;
      await open().changeProfile(account.id, { username, displayName: null }, AT + 2);
      expect(await open().find(account.id)).toMatchObject({
        username,
        displayName: null,
        createdAt: AT,
        updatedAt: AT + 2,
      });
    });

    it('keeps details of a person, changes and clears them', async ({ expect }) => {
      const account = aNewAccount();
      await open().create(account);
      expect(await open().find(account.id)).toMatchObject({
        firstName: null,
        lastName: null,
        company: null,
        avatarUrl: null,
      });
      await open().changeProfile(account.id, DETAILS, AT + 1);
      expect(await open().find(account.id)).toMatchObject({ ...DETAILS, displayName: 'Ada 🚀' });
      await open().changeProfile(account.id, { company: null, lastName: 'King' }, AT + 2);
      expect(await open().find(account.id)).toMatchObject({
        ...DETAILS,
        company: null,
        lastName: 'King',
      });
    });

    it('fills the details that are missing, and changes none', async ({ expect }) => {
      const account = aNewAccount({ firstName: 'Ada' });
      await open().create(account);
      const reported = { firstName: 'Augusta', lastName: 'King', avatarUrl: null };
      const filled = await open().fillDetails(account.id, reported, AT + 1);
      expect(filled).toMatchObject({
        firstName: 'Ada',
        lastName: 'King',
        company: null,
        avatarUrl: null,
        updatedAt: AT + 1,
      });
      expect(await open().find(account.id)).toEqual(filled);
      expect(await open().fillDetails(newAccountId(), reported, AT)).toBeUndefined();
    });

    it('lets an owner change the case of a username, which stays taken for others', async ({
      expect,
    }) => {
      const [ann, bob] = [aNewAccount(), aNewAccount()];
      await open().create(ann);
      await open().create(bob);
      const username = ann.username?.toLowerCase() ?? '';
      expect((await open().changeProfile(ann.id, { username }, AT)).ok).toBe(true);
      expect(await open().changeProfile(bob.id, { username }, AT)).toEqual({
        ok: false,
        error: { reason: 'username_taken' },
      });
    });

    it('changes nothing for an unknown account', async ({ expect }) => {
      const nobody = newAccountId();
      expect(await open().changeProfile(nobody, { displayName: 'x' }, AT)).toEqual({
        ok: true,
        value: undefined,
      });
    });

    it('changes roles and nothing else', async ({ expect }) => {
      const account = aNewAccount();
      await open().create(account);
      const before = await open().find(account.id);
      const roles = ['editor', 'a, "b"'];
      const expected = { ...before, roles, version: 1, updatedAt: AT + 1 };
      expect(await open().changeRoles(account.id, roles, AT + 1)).toEqual({
        ok: true,
        value: expected,
      });
      expect(await open().find(account.id)).toEqual(expected);
      expect(await open().changeRoles(newAccountId(), roles, AT)).toEqual({
        ok: true,
        value: undefined,
      });
    });

    it('demotes all administrators but the last one, however many changes come at once', async ({
      expect,
    }) => {
      const administrators = [0, 1, 2].map(() => aNewAccount({ roles: ['user', 'admin'] }));
      for (const account of administrators) await open().create(account);
      const demoted = await Promise.all(
        administrators.map(({ id }) => open().changeRoles(id, ['user'], AT)),
      );
      const refusal = { ok: false, error: { reason: 'last_administrator' } };
      expect(demoted.filter(({ ok }) => !ok)).toEqual([refusal]);
      const left = administrators[demoted.findIndex(({ ok }) => !ok)];
      const id = left?.id ?? newAccountId();
      expect(await open().changeRoles(id, [], AT)).toEqual(refusal);
      expect(await open().changeRoles(id, ['admin', 'b'], AT)).toMatchObject({ ok: true });

      const next = aNewAccount({ roles: ['admin'] });
      await open().create(next);
      expect(await open().changeRoles(id, ['user'], AT)).toMatchObject({ ok: true });

      expect(await open().changeStatus(next.id, 'disabled', AT)).toEqual(refusal);
      await open().changeRoles(id, ['admin'], AT);
      const both = [id, next.id].map((each) => open().changeStatus(each, 'disabled', AT));
      expect((await Promise.all(both)).filter(({ ok }) => !ok)).toEqual([refusal]);
    });

    it('disables and enables an account', async ({ expect }) => {
      const user = aNewAccount();
      await open().create(user);
      const before = await open().find(user.id);
      expect(await open().changeStatus(user.id, 'disabled', AT + 1)).toEqual({
        ok: true,
        value: { ...before, status: 'disabled', version: 1, updatedAt: AT + 1 },
      });
      expect(await open().changeStatus(user.id, 'active', AT)).toMatchObject({
        value: { status: 'active' },
      });
      expect(await open().changeStatus(newAccountId(), 'active', AT)).toEqual({
        ok: true,
        value: undefined,
      });
    });

    it('records a sign-in, and changes nothing else', async ({ expect }) => {
      const account = aNewAccount();
      await open().create(account);
      await open().recordSignIn(account.id, AT + 5);
      expect(await open().find(account.id)).toMatchObject({ lastLoginAt: AT + 5, updatedAt: AT });
    });

    it('replaces a password hash only if it is still the one that was read', async ({ expect }) => {
      const account = aNewAccount();
      await open().create(account);
      await open().replacePasswordHash(account.id, `${PHC}b`, `${PHC}c`);
      const hash = async () =>
        (await open().findCredentials(account.email.normalized))?.passwordHash;
      expect(await hash()).toBe(PHC);
      await open().replacePasswordHash(account.id, PHC, `${PHC}c`);
      expect(await hash()).toBe(`${PHC}c`);
    });

    it('changes the password of one account, and nothing else', async ({ expect }) => {
      const [ann, bob] = [aNewAccount(), aNewAccount()];
      await open().create(ann);
      await open().create(bob);
      const read = { id: ann.id, credentialsVersion: 0 };
      const changed = await open().changePassword(read, `${PHC}d`, AT + 7);
      expect(changed).toMatchObject({ version: 1, credentialsVersion: 1 });
      expect(await open().findCredentials(ann.email.normalized)).toMatchObject({
        account: { username: ann.username, updatedAt: AT + 7, createdAt: AT },
        passwordHash: `${PHC}d`,
      });
      expect(await open().findCredentials(bob.email.normalized)).toMatchObject({
        account: { updatedAt: AT },
        passwordHash: PHC,
      });
    });

    it('replaces a password once for everybody who read it', async ({ expect }) => {
      const account = aNewAccount();
      await open().create(account);
      const read = { id: account.id, credentialsVersion: 0 };
      const both = ['e', 'f'].map((letter) => open().changePassword(read, `${PHC}${letter}`, AT));
      const changed = (await Promise.all(both)).filter((one) => one !== undefined);
      expect(changed).toMatchObject([{ version: 1, credentialsVersion: 1 }]);
      expect(await open().changePassword({ ...read, id: newAccountId() }, PHC, AT)).toBeUndefined();
    });

    it('counts the changes of roles, status and password, and nothing else', async ({ expect }) => {
      const account = aNewAccount();
      const { id } = account;
      await open().create(account);
      const versions = async () => {
        const found = await open().find(id);
        return [found?.version, found?.credentialsVersion];
      };
      expect(await versions()).toEqual([0, 0]);
      await open().changeProfile(id, { displayName: 'Ann' }, AT + 1);
      await open().recordSignIn(id, AT + 1);
      await open().replacePasswordHash(id, PHC, `${PHC}c`);
      await open().fillDetails(id, { company: 'Ann Ltd' }, AT + 1);
      expect(await versions()).toEqual([0, 0]);
      await open().changeRoles(id, ['user', 'editor'], AT + 2);
      await open().changeStatus(id, 'disabled', AT + 3);
      expect(await versions()).toEqual([2, 0]);
      await open().changePassword({ id, credentialsVersion: 0 }, `${PHC}d`, AT + 4);
      await open().changeStatus(id, 'active', AT + 5);
      expect(await versions()).toEqual([4, 3]);
    });
  });
}
