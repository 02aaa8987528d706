import { describe, it } from 'vitest';

import { randomBytes } from '../../shared/bytes.ts';
import { type AccountId, ClientId } from '../../shared/ids.ts';
import type { AssertionIssuerStore } from '../../workers/identity/oauth/assertion-issuers/assertion-issuer-store.ts';
import type { ConsentStore } from '../../workers/identity/oauth/authorize/consent-store.ts';
import type { NewClient } from '../../workers/identity/oauth/clients/client.ts';
import type { ClientStore } from '../../workers/identity/oauth/clients/client-store.ts';
import type { InitialAccessTokenStore } from '../../workers/identity/oauth/register/initial-access-token-store.ts';
import type { ResourceStore } from '../../workers/identity/oauth/resources/resource-store.ts';

export type OAuthStores = {
  readonly clients: ClientStore;
  readonly consents: ConsentStore;
  readonly resources: ResourceStore;
  readonly initialAccessTokens: InitialAccessTokenStore;
  readonly assertionIssuers: AssertionIssuerStore;
  /** An account that is there. */
  readonly anAccount: () => Promise<AccountId>;
};

const AT = Date.UTC(2026, 10, 25, 4, 5, 6, 789);

const aClientId = () => ClientId.restore(crypto.randomUUID());

/** Nobody else's id: the stores under test may keep what other tests wrote. */
function aNewClient(changes: Partial<NewClient> = {}): NewClient {
  return {
    clientId: aClientId(),
    source: 'administered',
    metadata: { client_name: 'Zoë’s "app" 🚀', redirect_uris: ['https://rp.example/cb'], n: [1.5] },
    secrets: [
      { hash: randomBytes(32), expiresAt: null },
      { hash: randomBytes(32), expiresAt: AT + 1 },
    ],
    profile: 'fapi2_security',
    skipConsent: true,
    resources: ['https://api.example/a,"b"'],
    pkceOptional: true,
    cibaAllowed: true,
    status: 'active',
    registrationAccessTokenHash: randomBytes(32),
    createdAt: AT,
    ...changes,
  };
}

/** What every set of OAuth stores does. Register it once per implementation. */
export function oauthStoresContract(name: string, open: () => OAuthStores): void {
  describe(`ClientStore contract: ${name}`, () => {
    it('returns a created client', async ({ expect }) => {
      const client = aNewClient();
      const expected = { ...client, revision: 1, updatedAt: AT };
      expect(await open().clients.create(client)).toEqual({ ok: true, value: expected });
      expect(await open().clients.find(client.clientId)).toEqual(expected);
      const bare = aNewClient({
        resources: null,
        pkceOptional: false,
        cibaAllowed: false,
        secrets: [],
        registrationAccessTokenHash: null,
      });
      await open().clients.create(bare);
      expect(await open().clients.find(bare.clientId)).toEqual({
        ...bare,
        revision: 1,
        updatedAt: AT,
      });
    });

    it('returns nothing for an unknown id', async ({ expect }) => {
      expect(await open().clients.find(aClientId())).toBeUndefined();
    });

    it('refuses an id that is taken, and does not change its owner', async ({ expect }) => {
      const client = aNewClient();
      await open().clients.create(client);
      const second = await open().clients.create({ ...client, metadata: {} });
      expect(second).toMatchObject({ ok: false, error: { constraint: 'oauth_clients_pkey' } });
      expect((await open().clients.find(client.clientId))?.metadata).toEqual(client.metadata);
    });

    it('accepts one of two simultaneous changes', async ({ expect }) => {
      const { clientId } = aNewClient();
      await open().clients.create(aNewClient({ clientId }));
      const read = await open().clients.find(clientId);
      if (read === undefined) throw new Error('it was created');
      const changes = [1, 2, 3].map(
        (n) => ({ ...read, metadata: { n }, status: 'disabled' }) as const,
      );
      const done = await Promise.all(
        changes.map((change) => open().clients.replace(change, AT + 5)),
      );
      const [won, ...more] = done.filter((one) => one !== undefined);
      expect(more).toEqual([]);
      expect(won).toMatchObject({ revision: 2, updatedAt: AT + 5, createdAt: AT });
      expect(await open().clients.find(clientId)).toEqual(won);
    });

    it('lists pages in one order, each client once', async ({ expect }) => {
      const ids = [];
      for (let n = 0; n < 5; n += 1) {
        const client = aNewClient();
        await open().clients.create(client);
        ids.push(client.clientId);
      }
      const seen: string[] = [];
      let after: ClientId | null = null;
      do {
        const page = await open().clients.list(after, 2);
        expect(page.clients.length).toBeLessThanOrEqual(2);
        seen.push(...page.clients.map(({ clientId }) => clientId));
        after = page.next;
      } while (after !== null);
      expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => (a < b ? -1 : 1)));
      expect(seen).toEqual(expect.arrayContaining(ids));
    });

    it('deletes a client with the consents given to it', async ({ expect }) => {
      const { clients, consents, anAccount } = open();
      const [accountId, client] = [await anAccount(), aNewClient()];
      await clients.create(client);
      await consents.grant({ ...aConsent(accountId), clientId: client.clientId }, AT);
      expect(await clients.delete(client.clientId)).toBe(true);
      expect(await clients.find(client.clientId)).toBeUndefined();
      expect(await consents.find(accountId, client.clientId)).toBeUndefined();
      expect(await clients.delete(client.clientId)).toBe(false);
    });
  });

  const aConsent = (accountId: AccountId) => ({
    accountId,
    clientId: aClientId(),
    scopes: ['openid', 'email'],
    claims: ['given_name'],
    resources: ['https://api.example/'],
    authorizationDetails: [{ type: 'payment', limit: { amount: '12.50', currency: 'EUR' } }],
  });

  describe(`ConsentStore contract: ${name}`, () => {
    it('stores what was agreed, and adds to it', async ({ expect }) => {
      const { consents, anAccount } = open();
      const consent = aConsent(await anAccount());
      const { accountId, clientId } = consent;
      await consents.grant(consent, AT);
      expect(await consents.find(accountId, clientId)).toEqual({
        ...consent,
        grantedAt: AT,
        updatedAt: AT,
      });
      const more = { type: 'account' };
      await consents.grant(
        {
          ...consent,
          scopes: ['openid', 'profile'],
          claims: [],
          resources: [],
          authorizationDetails: [...consent.authorizationDetails, more],
        },
        AT + 9,
      );
      const now = await consents.find(accountId, clientId);
      expect(now?.scopes.toSorted()).toEqual(['email', 'openid', 'profile']);
      expect(now?.claims).toEqual(['given_name']);
      expect(now?.resources).toEqual(['https://api.example/']);
      expect(now?.authorizationDetails).toHaveLength(2);
      expect(now?.authorizationDetails).toEqual(
        expect.arrayContaining([more, ...consent.authorizationDetails]),
      );
      expect(now).toMatchObject({ grantedAt: AT, updatedAt: AT + 9 });
    });

    it('adds up the hosts that users agreed to, and does not make them up', async ({ expect }) => {
      const { consents, anAccount } = open();
      const consent = aConsent(await anAccount());
      const { accountId, clientId } = consent;
      const hosts = async () =>
        (await consents.find(accountId, clientId))?.redirectHosts?.toSorted();
      await consents.grant(consent, AT);
      await consents.grant(consent, AT);
      expect(await hosts()).toBeUndefined();
      await consents.grant({ ...consent, redirectHosts: ['b.example'] }, AT);
      expect(await hosts()).toEqual(['b.example']);
      await consents.grant({ ...consent, redirectHosts: ['a.example', 'b.example'] }, AT);
      await consents.grant(consent, AT);
      expect(await hosts()).toEqual(['a.example', 'b.example']);
    });

    it('loses no consent of several that are given at once', async ({ expect }) => {
      const { consents, anAccount } = open();
      const consent = aConsent(await anAccount());
      const scopes = ['a', 'b', 'c', 'd'];
      await Promise.all(scopes.map((one) => consents.grant({ ...consent, scopes: [one] }, AT)));
      const now = await consents.find(consent.accountId, consent.clientId);
      expect(now?.scopes.toSorted()).toEqual(scopes);
    });

    it('stores a consent for one account and one client only', async ({ expect }) => {
      const { consents, anAccount } = open();
      const consent = aConsent(await anAccount());
      await consents.grant(consent, AT);
      expect(await consents.find(await anAccount(), consent.clientId)).toBeUndefined();
      expect(await consents.find(consent.accountId, aClientId())).toBeUndefined();
    });

    it('lists the newest consent first, and no withdrawn one', async ({ expect }) => {
      const { consents, anAccount } = open();
      const accountId = await anAccount();
      const [first, second] = [aConsent(accountId), aConsent(accountId)];
      await consents.grant(first, AT);
      await consents.grant(second, AT + 1);
      const ids = async () => (await consents.list(accountId)).map(({ clientId }) => clientId);
      expect(await ids()).toEqual([second.clientId, first.clientId]);
      expect(await consents.withdraw(accountId, second.clientId)).toBe(true);
      expect(await consents.withdraw(accountId, second.clientId)).toBe(false);
      expect(await ids()).toEqual([first.clientId]);
    });
  });

  describe(`ResourceStore contract: ${name}`, () => {
    const aResource = () => ({
      resource: `https://api.example/${crypto.randomUUID()}`,
      name: 'API',
      scopes: ['read', 'write'],
      accessTokenSigningAlg: 'PS256' as const,
      accessTokenSeconds: 300,
    });

    it('creates, finds, replaces, lists and deletes', async ({ expect }) => {
      const { resources } = open();
      const settings = aResource();
      const { resource } = settings;
      const created = { ...settings, createdAt: AT, updatedAt: AT };
      expect(await resources.create(settings, AT)).toEqual({ ok: true, value: created });
      expect(await resources.find(resource)).toEqual(created);
      const bare = {
        resource,
        name: 'B',
        scopes: [],
        accessTokenSigningAlg: null,
        accessTokenSeconds: null,
      };
      const replaced = { ...bare, createdAt: AT, updatedAt: AT + 1 };
      expect(await resources.replace(bare, AT + 1)).toEqual(replaced);
      expect(await resources.list()).toContainEqual(replaced);
      expect(await resources.delete(resource)).toBe(true);
      expect(await resources.delete(resource)).toBe(false);
      expect(await resources.find(resource)).toBeUndefined();
      expect(await resources.replace(bare, AT)).toBeUndefined();
    });

    it('refuses one that exists already', async ({ expect }) => {
      const { resources } = open();
      const settings = aResource();
      await resources.create(settings, AT);
      expect((await resources.create(settings, AT)).ok).toBe(false);
    });
  });

  describe(`AssertionIssuerStore contract: ${name}`, () => {
    const anIssuer = () => ({
      issuer: `https://idp.example/${crypto.randomUUID()}`,
      name: 'Zoë’s "IdP"',
      jwks: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'a,"b"' }],
      jwksUri: null,
      subjectKind: 'identity:my-idp' as const,
      clients: ['client-1', 'https://client.example/a,"b"'],
      scopes: ['read', 'write'],
      enabled: true,
    });

    it('creates, finds, replaces, lists and deletes', async ({ expect }) => {
      const { assertionIssuers } = open();
      const settings = anIssuer();
      const { issuer } = settings;
      const created = { ...settings, createdAt: AT, updatedAt: AT };
      expect(await assertionIssuers.create(settings, AT)).toEqual({ ok: true, value: created });
      expect(await assertionIssuers.find(issuer)).toEqual(created);
      const other = {
        issuer,
        name: 'B',
        jwks: null,
        jwksUri: 'https://idp.example/jwks.json',
        subjectKind: 'email' as const,
        clients: [],
        scopes: [],
        enabled: false,
      };
      const replaced = { ...other, createdAt: AT, updatedAt: AT + 1 };
      expect(await assertionIssuers.replace(other, AT + 1)).toEqual(replaced);
      expect(await assertionIssuers.list()).toContainEqual(replaced);
      expect(await assertionIssuers.delete(issuer)).toBe(true);
      expect(await assertionIssuers.delete(issuer)).toBe(false);
      expect(await assertionIssuers.find(issuer)).toBeUndefined();
      expect(await assertionIssuers.replace(other, AT)).toBeUndefined();
    });

    it('refuses one that exists already', async ({ expect }) => {
      const { assertionIssuers } = open();
      const settings = anIssuer();
      await assertionIssuers.create(settings, AT);
      expect((await assertionIssuers.create(settings, AT)).ok).toBe(false);
    });
  });

  describe(`InitialAccessTokenStore contract: ${name}`, () => {
    const aToken = (changes: object = {}) => ({
      id: crypto.randomUUID(),
      label: 'build server',
      expiresAt: AT + 1_000,
      usesLeft: 2,
      createdAt: AT,
      ...changes,
    });

    it('accepts one of several simultaneous last uses of a token', async ({ expect }) => {
      const { initialAccessTokens: tokens } = open();
      const [token, hash] = [aToken(), randomBytes(32)];
      await tokens.create(token, hash);
      expect(await tokens.isUsable(hash, AT)).toBe(true);
      const uses = await Promise.all([1, 2, 3, 4].map(() => tokens.use(hash, AT)));
      expect(uses.filter(Boolean)).toHaveLength(2);
      expect(await tokens.isUsable(hash, AT)).toBe(false);
      expect(await tokens.list()).toContainEqual({ ...token, usesLeft: 0 });
    });

    it('refuses a token after its expiry; a token may have neither expiry nor limit', async ({
      expect,
    }) => {
      const { initialAccessTokens: tokens } = open();
      const [hash, endless] = [randomBytes(32), randomBytes(32)];
      await tokens.create(aToken(), hash);
      expect(await tokens.isUsable(hash, AT + 1_000)).toBe(false);
      expect(await tokens.use(hash, AT + 1_000)).toBe(false);
      await tokens.create(aToken({ expiresAt: null, usesLeft: null }), endless);
      for (let n = 0; n < 3; n += 1) expect(await tokens.use(endless, AT * 2)).toBe(true);
    });

    it('refuses unknown and deleted tokens', async ({ expect }) => {
      const { initialAccessTokens: tokens } = open();
      const [token, hash] = [aToken(), randomBytes(32)];
      await tokens.create(token, hash);
      expect(await tokens.isUsable(randomBytes(32), AT)).toBe(false);
      expect(await tokens.delete(token.id)).toBe(true);
      expect(await tokens.delete(token.id)).toBe(false);
      expect(await tokens.use(hash, AT)).toBe(false);
    });
  });
}
