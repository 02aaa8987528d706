import { newAccountId } from '../../../../shared/ids.ts';
import { oauthStoresContract } from '../../../contract/oauth-stores.contract.ts';
import { MemoryAssertionIssuerStore } from '../../../support/memory-assertion-issuer-store.ts';
import { MemoryClientStore } from '../../../support/memory-client-store.ts';
import { MemoryConsentStore } from '../../../support/memory-consent-store.ts';
import { MemoryInitialAccessTokenStore } from '../../../support/memory-initial-access-token-store.ts';
import { MemoryResourceStore } from '../../../support/memory-resource-store.ts';

const consents = new MemoryConsentStore();
const stores = {
  consents,
  clients: new MemoryClientStore(consents),
  resources: new MemoryResourceStore(),
  initialAccessTokens: new MemoryInitialAccessTokenStore(),
  assertionIssuers: new MemoryAssertionIssuerStore(),
  anAccount: async () => newAccountId(),
};
oauthStoresContract('in memory', () => stores);
