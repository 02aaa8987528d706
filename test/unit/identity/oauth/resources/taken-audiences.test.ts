import { beforeEach, describe, expect, it } from 'vitest';

import { ClientId } from '../../../../../shared/ids.ts';
import { takenAudiences } from '../../../../../workers/identity/oauth/resources/taken-audiences.ts';
import { fakeServices } from '../../../../support/identity-services.ts';
import { aClient } from '../../../../support/oauth-fixture.ts';

let test: ReturnType<typeof fakeServices>;
beforeEach(() => {
  test = fakeServices();
});

const isTaken = async (audience: string) =>
  (await takenAudiences([audience], test.services)).length === 1;

describe('an audience that a service wants', () => {
  it('is free if nobody has the name', async () => {
    expect(await isTaken('https://chess.example.com')).toBe(false);
  });

  it('is taken if it is ours, with or without a slash', async () => {
    const { issuer, clientId } = test.services.config;
    for (const name of [issuer, `${issuer}/`, clientId]) expect(await isTaken(name)).toBe(true);
  });

  it('is taken if it is a resource server’s, with or without a slash', async () => {
    const resource = 'https://api.example.com/';
    const rest = { name: 'API', scopes: [], accessTokenSigningAlg: null, accessTokenSeconds: null };
    await test.backend.resources.create({ resource, ...rest }, 0);
    expect(await isTaken('https://api.example.com')).toBe(true);
    expect(await isTaken(resource)).toBe(true);
  });

  it('is taken if it is a client’s, one that is disabled or a document’s, too', async () => {
    await test.backend.clientStore.create({
      clientId: ClientId.restore('chess-server'),
      source: 'administered',
      metadata: {},
      secrets: [],
      profile: 'none',
      skipConsent: false,
      resources: null,
      status: 'disabled',
      registrationAccessTokenHash: null,
      createdAt: 0,
    });
    expect(await isTaken('chess-server')).toBe(true);
    const url = 'https://chess.example.com/client.json';
    test.backend.clients.add(aClient({ clientId: ClientId.restore(url) }));
    expect(await isTaken(url)).toBe(true);
  });
});
