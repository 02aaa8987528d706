import { describe, expect, it } from 'vitest';

import { AccountId, ClientId } from '../../../../../shared/ids.ts';
import {
  agreedHost,
  consentGap,
  consentGrant,
  describeInteraction,
} from '../../../../../workers/identity/oauth/authorize/consent.ts';
import {
  consented,
  denied,
  pagePath,
  resumePath,
  signedIn,
} from '../../../../../workers/identity/oauth/authorize/interaction.ts';
import { aClient, anAuthorizationRequest } from '../../../../support/oauth-fixture.ts';

const ADA = AccountId.restore('0b0f3f5e-7a53-4b8e-9f07-a7e8b60a7c11');
const PAYMENT = { type: 'payment', amount: { value: '1.00', currency: 'EUR' } };

const interactionOf = (more: Parameters<typeof anAuthorizationRequest>[0] = {}) => ({
  id: 'a'.repeat(22),
  browser: 'hash',
  request: anAuthorizationRequest(more),
  startedAt: 0,
  signedIn: null,
  consent: null,
});

const agreedTo = (more: object = {}) => ({
  accountId: ADA,
  clientId: ClientId.restore('client-1'),
  scopes: ['openid', 'profile'],
  claims: [],
  resources: [],
  authorizationDetails: [],
  grantedAt: 0,
  updatedAt: 0,
  ...more,
});

describe('the gap between a request and a consent', () => {
  it('is everything if nothing was agreed to', () => {
    const request = anAuthorizationRequest({
      claims: { userinfo: { birthdate: null }, id_token: { birthdate: null, locale: null } },
      resources: ['https://api.example.test'],
      authorizationDetails: [PAYMENT],
    });
    expect(consentGap(request, undefined)).toEqual({
      scopes: ['openid', 'profile'],
      claims: ['birthdate', 'locale'],
      resources: ['https://api.example.test'],
      authorizationDetails: [PAYMENT],
      isEmpty: false,
    });
  });

  it('is nothing if all of it was agreed to', () => {
    expect(consentGap(anAuthorizationRequest(), agreedTo()).isEmpty).toBe(true);
  });

  it('has the details that differ (RFC 9396 §2), whatever the order of their members', () => {
    const same = { amount: { currency: 'EUR', value: '1.00' }, type: 'payment' };
    const other = { type: 'payment', amount: { value: '100.00', currency: 'EUR' } };
    const request = anAuthorizationRequest({ authorizationDetails: [PAYMENT, other] });
    const gap = consentGap(request, agreedTo({ authorizationDetails: [same] }));
    expect(gap.authorizationDetails).toEqual([other]);
  });
});

describe('the description of an interaction', () => {
  it('has what was not agreed to before', () => {
    const described = describeInteraction(
      interactionOf({ scopes: ['openid', 'profile', 'email'] }),
      aClient(),
      agreedTo(),
    );
    expect(described.requested.scopes).toEqual(['email']);
    expect(described.isRepeated).toBe(false);
    expect(described.redirectHost).toBe('app.example.test');
  });

  it('has everything where the user is asked again', () => {
    const described = describeInteraction(interactionOf(), aClient(), agreedTo());
    expect(described.requested.scopes).toEqual(['openid', 'profile']);
    expect(described.isRepeated).toBe(true);
  });

  it('has the scheme of an app’s own redirect URI in place of a host (RFC 8252 §7.1)', () => {
    const described = describeInteraction(
      interactionOf({ redirectUri: 'com.example.app:/callback' }),
      aClient(),
      undefined,
    );
    expect(described).toMatchObject({ redirectHost: 'com.example.app:', isLocal: true });
  });

  it.each([
    [aClient({ source: 'registered' }), { by: 'nobody' }],
    [aClient({ source: 'administered' }), { by: 'administrator' }],
    [
      aClient({
        source: 'metadata_document',
        clientId: ClientId.restore('https://app.example.test/client.json'),
      }),
      { by: 'domain', domain: 'app.example.test' },
    ],
  ])('says who vouches for the client', (client, trust) => {
    expect(describeInteraction(interactionOf(), client, undefined).trust).toEqual(trust);
  });

  it('says what is stored when the user agrees', () => {
    expect(consentGrant(interactionOf(), aClient(), ADA)).toEqual({
      accountId: ADA,
      clientId: 'client-1',
      scopes: ['openid', 'profile'],
      claims: [],
      resources: [],
      authorizationDetails: [],
      redirectHosts: ['app.example.test'],
    });
  });

  it.each([
    ['https://app.example.test/cb', 'app.example.test'],
    ['https://app.example.test:8443/cb', 'app.example.test:8443'],
    ['http://127.0.0.1:49152/cb', '127.0.0.1'],
    ['http://[::1]:49152/cb', '[::1]'],
    ['com.example.app:/cb', 'com.example.app:'],
    ['com.example.app://cb', 'com.example.app:'],
  ])('stores of %s where answers go', (uri, host) => {
    expect(agreedHost(uri)).toBe(host);
  });
});

describe('an interaction', () => {
  it('records who signed in, and who answered what', () => {
    const after = denied(consented(signedIn(interactionOf(), ADA, 5), ADA), ADA);
    expect(after.signedIn).toEqual({ accountId: ADA, at: 5 });
    expect(after.consent).toEqual({ answer: 'denied', accountId: ADA });
  });

  it('has a path for each page and one back', () => {
    expect(pagePath('sign_in', 'x')).toBe('/sign-in?interaction=x');
    expect(pagePath('consent', 'x')).toBe('/consent?interaction=x');
    expect(pagePath('create_account', 'x')).toBe('/create-account?interaction=x');
    expect(resumePath('x')).toBe('/oauth2/authorize/resume?interaction=x');
  });
});
