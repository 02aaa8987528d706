import { neon } from '@neondatabase/serverless';
import { drizzle } from 'drizzle-orm/neon-http';
import { assert, asyncProperty, jsonValue } from 'fast-check';
import { beforeAll, expect, it } from 'vitest';

import { migrate } from '../../scripts/local/migrate.ts';
import { ClientId, newAccountId } from '../../shared/ids.ts';
import { lossOf } from '../../shared/tokens/strict-json.ts';
import { PostgresAccountStore } from '../../workers/identity/accounts/account-store.ts';
import { PostgresAssertionIssuerStore } from '../../workers/identity/oauth/assertion-issuers/assertion-issuer-store.ts';
import { PostgresConsentStore } from '../../workers/identity/oauth/authorize/consent-store.ts';
import { PostgresClientStore } from '../../workers/identity/oauth/clients/client-store.ts';
import { PostgresInitialAccessTokenStore } from '../../workers/identity/oauth/register/initial-access-token-store.ts';
import { PostgresResourceStore } from '../../workers/identity/oauth/resources/resource-store.ts';
import { InputRefused } from '../../workers/identity/platform/database.ts';
import { oauthStoresContract } from '../contract/oauth-stores.contract.ts';
import { onEachDatabase } from '../support/node/each-database.ts';
import { behindProxy, type LocalNeon, useLocalProxies } from '../support/node/neon-local.ts';

onEachDatabase('OAuth stores', (database) => {
  let neonLocal: LocalNeon;
  beforeAll(async () => {
    await migrate(database());
    useLocalProxies();
    neonLocal = await behindProxy(database());
    return () => neonLocal.close();
  });

  const open = () => drizzle(neon(neonLocal.connectionString));
  const anAccount = async () => {
    const id = newAccountId();
    const address = `${id}@example.test`;
    await new PostgresAccountStore(open()).create({
      id,
      email: { display: address, normalized: address },
      username: null,
      displayName: null,
      passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA',
      roles: ['user'],
      createdAt: 0,
    });
    return id;
  };

  oauthStoresContract('Neon over HTTP', () => ({
    clients: new PostgresClientStore(open()),
    consents: new PostgresConsentStore(open()),
    resources: new PostgresResourceStore(open()),
    initialAccessTokens: new PostgresInitialAccessTokenStore(open()),
    assertionIssuers: new PostgresAssertionIssuerStore(open()),
    anAccount,
  }));

  it('say of NUL, which PostgreSQL does not take, that the input is at fault', async () => {
    const problem: unknown = await new PostgresResourceStore(open())
      .find('a\0b')
      .catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(InputRefused);
    expect(problem).toMatchObject({ code: 'VALIDATION_ERROR' });
  });

  it('give authorization details back as they came, unless they are refused at the door', async () => {
    const consents = new PostgresConsentStore(open());
    const accountId = await anAccount();
    const clientId = ClientId.restore('some-client');
    const nothing = { scopes: [], claims: [], resources: [] };
    await assert(
      asyncProperty(jsonValue({ maxDepth: 4 }), async (value) => {
        const text = JSON.stringify([{ type: 'x', value }]);
        if (lossOf(text) !== undefined) return;
        const authorizationDetails = JSON.parse(text);
        await consents.grant({ accountId, clientId, ...nothing, authorizationDetails }, 0);
        const stored = await consents.find(accountId, clientId);
        expect(stored?.authorizationDetails).toContainEqual(authorizationDetails[0]);
        await consents.withdraw(accountId, clientId);
      }),
      { numRuns: 100 },
    );
  });

  it('delete the consents of a deleted account', async () => {
    const accountId = await anAccount();
    const consents = new PostgresConsentStore(open());
    const nothing = { scopes: [], claims: [], resources: [], authorizationDetails: [] };
    const clientId = ClientId.restore('some-client');
    await consents.grant({ accountId, clientId, ...nothing }, 0);
    await neon(neonLocal.connectionString)`DELETE FROM identity.accounts WHERE id = ${accountId}`;
    expect(await consents.list(accountId)).toEqual([]);
  });
});
