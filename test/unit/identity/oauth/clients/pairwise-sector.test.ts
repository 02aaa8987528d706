import { describe, expect, it } from 'vitest';

import { ClientId } from '../../../../../shared/ids.ts';
import { sectorOf } from '../../../../../workers/identity/oauth/clients/pairwise-sector.ts';
import { aClient } from '../../../../support/oauth-fixture.ts';

const sector = (redirectUri: string, sectorIdentifierUri: string | null = null) =>
  sectorOf(
    aClient({ clientId: ClientId.restore('c'), redirectUris: [redirectUri], sectorIdentifierUri }),
  );

describe('sectorOf (Core §8.1)', () => {
  it.each([
    ['https://app.example/cb', null, 'app.example'],
    ['https://app.example:8443/cb', null, 'app.example'],
    ['https://app.example/cb', 'https://sector.example/list.json', 'sector.example'],
    ['com.example.app:/cb', 'https://sector.example/list.json', 'sector.example'],
  ])('is a host that belongs to somebody: %s, %s', (redirectUri, identifier, host) => {
    expect(sector(redirectUri, identifier)).toBe(host);
  });

  it.each([
    'http://127.0.0.1/cb',
    'http://127.0.0.1:8080/cb',
    'http://[::1]:8080/cb',
    'http://localhost:3000/cb',
    'https://localhost/cb',
    'com.example.app:/cb',
    'com.example.app://callback',
  ])('is the client itself where every app can have the address: %s', (redirectUri) => {
    expect(sector(redirectUri)).toBe('c');
  });
});
