import { describe, it } from 'vitest';

import { type AccountId, newAccountId } from '../../shared/ids.ts';
import type { NewAccount } from '../../workers/identity/accounts/account.ts';
import type { AccountStore } from '../../workers/identity/accounts/account-store.ts';
import type {
  IdentityStore,
  NewIdentity,
} from '../../workers/identity/social/identities/identity-store.ts';

export type IdentityStores = {
  readonly identities: IdentityStore;
  readonly accounts: AccountStore;
};

const PHC = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA';
const AT = Date.UTC(2026, 10, 25, 4, 5, 6, 789);

function aNewAccount(changes: Partial<NewAccount> = {}): NewAccount {
  const id = newAccountId();
  const address = `${id}@example.test`;
  return {
    id,
    email: { display: address, normalized: address },
    username: null,
    displayName: null,
    passwordHash: null,
    roles: ['user'],
    createdAt: AT,
    ...changes,
  };
}

const anIdentity = (accountId: AccountId, changes: Partial<NewIdentity> = {}): NewIdentity => ({
  provider: 'acme',
  subject: crypto.randomUUID(),
  accountId,
  email: 'Ada@Example.test',
  emailVerified: true,
  displayName: 'Ada 🚀',
  tokensSealed: null,
  linkedAt: AT,
  ...changes,
});

/** What every {@link IdentityStore} does. Register it once per implementation. */
export function identityStoreContract(name: string, open: () => IdentityStores): void {
  async function signedUp(changes: Partial<NewAccount> = {}) {
    const account = aNewAccount(changes);
    const identity = anIdentity(account.id);
    await open().identities.createAccount(account, identity);
    return { account, identity };
  }

  describe(`IdentityStore contract: ${name}`, () => {
    it('creates an account and its identity together', async ({ expect }) => {
      const account = aNewAccount({ emailVerified: true, displayName: 'Ada' });
      const { tokensSealed: _, ...identity } = anIdentity(account.id);
      const outcome = await open().identities.createAccount(account, {
        ...identity,
        tokensSealed: 'sealed',
      });
      expect(outcome).toEqual({ ok: true, value: undefined });
      const expected = { ...identity, lastUsedAt: AT };
      expect(await open().identities.find(identity)).toEqual(expected);
      expect(await open().identities.list(account.id)).toEqual([expected]);
      expect(await open().accounts.findCredentials(account.email.normalized)).toMatchObject({
        account: { id: account.id, emailVerified: true, displayName: 'Ada' },
        passwordHash: null,
      });
    });

    it('creates neither where the address is taken', async ({ expect }) => {
      const { account } = await signedUp();
      const another = aNewAccount({ email: account.email });
      const identity = anIdentity(another.id);
      expect(await open().identities.createAccount(another, identity)).toEqual({
        ok: false,
        error: { reason: 'email_taken' },
      });
      expect(await open().identities.find(identity)).toBeUndefined();
    });

    it('creates neither where the identity is taken', async ({ expect }) => {
      const { identity } = await signedUp();
      const another = aNewAccount();
      expect(
        await open().identities.createAccount(another, { ...identity, accountId: another.id }),
      ).toEqual({ ok: false, error: { reason: 'identity_taken' } });
      expect(await open().accounts.find(another.id)).toBeUndefined();
    });

    it('lets one of several simultaneous first sign-ins win', async ({ expect }) => {
      const account = aNewAccount();
      const identity = anIdentity(account.id);
      const outcomes = await Promise.all(
        Array.from({ length: 4 }, () => {
          const id = newAccountId();
          return open().identities.createAccount(
            { ...account, id },
            { ...identity, accountId: id },
          );
        }),
      );
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    });

    it('distinguishes the same subject of two providers', async ({ expect }) => {
      const { account, identity } = await signedUp();
      const { account: other } = await signedUp();
      const same = anIdentity(other.id, { provider: 'other', subject: identity.subject });
      expect(await open().identities.link(same)).toBe(true);
      expect(await open().identities.find(identity)).toMatchObject({ accountId: account.id });
      expect(await open().identities.find(same)).toMatchObject({ accountId: other.id });
    });

    it('links an identity once, whichever account asks', async ({ expect }) => {
      const { identity } = await signedUp();
      const { account: thief } = await signedUp();
      expect(await open().identities.link({ ...identity, accountId: thief.id })).toBe(false);
      expect(await open().identities.find(identity)).toMatchObject({
        accountId: identity.accountId,
      });
    });

    it('records a use, with the profile that the provider gives now', async ({ expect }) => {
      const { identity } = await signedUp();
      const { provider, subject } = identity;
      const said = { email: null, emailVerified: false, displayName: 'Countess' };
      await open().identities.recordUse({
        provider,
        subject,
        ...said,
        tokensSealed: null,
        usedAt: AT + 5,
      });
      expect(await open().identities.find(identity)).toMatchObject({
        ...said,
        linkedAt: AT,
        lastUsedAt: AT + 5,
      });
    });

    it('unlinks one of two identities, and never the last one', async ({ expect }) => {
      const { account, identity } = await signedUp();
      const second = anIdentity(account.id, { linkedAt: AT + 1 });
      await open().identities.link(second);
      expect(await open().identities.unlink(account.id, identity)).toBe('unlinked');
      expect(await open().identities.find(identity)).toBeUndefined();
      expect(await open().identities.unlink(account.id, second)).toBe('last');
      expect(await open().identities.list(account.id)).toHaveLength(1);
    });

    it('unlinks the only identity of an account that has a password', async ({ expect }) => {
      const { account, identity } = await signedUp({ passwordHash: PHC });
      expect(await open().identities.unlink(account.id, identity)).toBe('unlinked');
      expect(await open().identities.list(account.id)).toEqual([]);
    });

    it('unlinks no identity of another account', async ({ expect }) => {
      const { identity } = await signedUp();
      const { account: other } = await signedUp({ passwordHash: PHC });
      expect(await open().identities.unlink(other.id, identity)).toBe('unknown');
      expect(await open().identities.find(identity)).toBeDefined();
    });

    it('leaves one identity, however many are unlinked at once', async ({ expect }) => {
      const { account, identity } = await signedUp();
      const more = Array.from({ length: 3 }, () => anIdentity(account.id));
      for (const one of more) await open().identities.link(one);
      const outcomes = await Promise.all(
        [identity, ...more].map((one) => open().identities.unlink(account.id, one)),
      );
      expect(outcomes.toSorted()).toEqual(['last', 'unlinked', 'unlinked', 'unlinked']);
      expect(await open().identities.list(account.id)).toHaveLength(1);
    });
  });
}
