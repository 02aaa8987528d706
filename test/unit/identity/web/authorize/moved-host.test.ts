import { describe, expect, it } from 'vitest';

import type { Client } from '../../../../../workers/identity/oauth/clients/client.ts';
import { authorizeFixture } from '../../../../support/authorize-fixture.ts';
import { BrowserFixture } from '../../../../support/browser-fixture.ts';
import { ADA_ID, aClient } from '../../../../support/oauth-fixture.ts';

const ISSUER = 'https://id.example.test';
const BEFORE = 'https://app.example.test/cb';

/** Where a request leads whose client moved to an address after its user had agreed. */
async function leadsTo(
  redirectUri: string,
  {
    prompt,
    agreedTo = ['app.example.test'] as readonly string[] | null,
    ...more
  }: {
    readonly prompt?: string;
    readonly agreedTo?: readonly string[] | null;
  } & Partial<Client> = {},
): Promise<string> {
  const its = authorizeFixture(aClient({ redirectUris: [redirectUri], ...more }));
  const browser = new BrowserFixture(its);
  const agreed = {
    accountId: ADA_ID,
    clientId: its.client.clientId,
    scopes: ['openid', 'profile'],
  };
  const nothing = { claims: [], resources: [], authorizationDetails: [] };
  const hosts = agreedTo === null ? {} : { redirectHosts: agreedTo };
  await its.backend.consents.grant({ ...agreed, ...nothing, ...hosts }, 0);
  await browser.signIn();
  const parameters = prompt === undefined ? {} : { prompt };
  const response = await browser.authorize({ redirect_uri: redirectUri, ...parameters });
  const { origin, pathname, searchParams } = new URL(
    response.headers.get('location') ?? 'about:blank',
    ISSUER,
  );
  if (origin === ISSUER) return pathname;
  return searchParams.get('error') ?? 'a code';
}

describe('a client that moves to another host after its user has agreed', () => {
  it.each([
    ['https://elsewhere.example/cb', '/consent'],
    ['https://app.example.test:8443/cb', '/consent'],
    ['https://sub.app.example.test/cb', '/consent'],
    [BEFORE, 'a code'],
    ['https://app.example.test/another/path', 'a code'],
  ])('asks the user again where the answer would go to another host: %s', async (uri, to) => {
    expect(await leadsTo(uri, { source: 'registered' })).toBe(to);
    expect(await leadsTo(uri, { source: 'metadata_document' })).toBe(to);
  });

  it('gets no code silently there', async () => {
    const silent = { source: 'registered', prompt: 'none' } as const;
    expect(await leadsTo('https://elsewhere.example/cb', silent)).toBe('consent_required');
    expect(await leadsTo(BEFORE, silent)).toBe('a code');
  });

  it('asks nobody again where an administrator vouches for its addresses', async () => {
    const uri = 'https://elsewhere.example/cb';
    expect(await leadsTo(uri, { source: 'administered' })).toBe('a code');
  });

  it('asks nobody again who agreed before hosts were stored', async () => {
    const uri = 'https://elsewhere.example/cb';
    expect(await leadsTo(uri, { source: 'registered', agreedTo: null })).toBe('a code');
  });

  it('asks a user of this machine again for no other port (RFC 8252 §7.3)', async () => {
    const local = { source: 'registered', agreedTo: ['127.0.0.1'] } as const;
    expect(await leadsTo('http://127.0.0.1:50001/cb', local)).toBe('a code');
    expect(await leadsTo('http://localhost:50001/cb', local)).toBe('/consent');
  });
});
