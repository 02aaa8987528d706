import { describe, expect, it } from 'vitest';

import { ConfigurationError } from '../../../../shared/configuration.ts';
import { parseConfig } from '../../../../workers/identity/config.ts';
import { SETTINGS } from '../../../support/identity-services.ts';

const APPLE = {
  teamId: 'ABCDE12345',
  keyId: 'FGHIJ67890',
  privateKey: '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n',
};

const parse = (providers: unknown, secrets: unknown = {}) =>
  parseConfig({
    ...SETTINGS,
    SOCIAL_PROVIDERS: JSON.stringify(providers),
    SOCIAL_CLIENT_SECRETS: JSON.stringify(secrets),
  }).social.providers;

const ACME = { id: 'acme', kind: 'oidc', issuer: 'https://login.acme.example', clientId: 'c' };

describe('SOCIAL_PROVIDERS', () => {
  it('is empty by default', () => {
    expect(parseConfig(SETTINGS).social.providers.size).toBe(0);
  });

  it('has eight known providers, and keeps the order of the setting', () => {
    const ids = ['twitch', 'google', 'microsoft', 'github', 'discord', 'facebook'];
    const members = ids.map((id) => ({ id, clientId: `client-${id}` }));
    const secrets = Object.fromEntries(ids.map((id) => [id, `secret-${id}`]));
    const providers = parse(
      [...members, { id: 'apple', clientId: 'com.example.web' }, { id: 'steam', appId: 480 }],
      { ...secrets, apple: APPLE, steam: 'web-api-key' },
    );
    expect([...providers.keys()]).toEqual([...ids, 'apple', 'steam']);
    expect(providers.get('google')).toMatchObject({
      kind: 'oidc',
      name: 'Google',
      issuer: 'https://accounts.google.com',
      clientId: 'client-google',
      credential: { method: 'client_secret_post', secret: 'secret-google' },
      keepTokens: false,
    });
    expect(providers.get('apple')).toMatchObject({
      responseMode: 'form_post',
      credential: { method: 'apple_jwt', ...APPLE },
    });
    expect(providers.get('steam')).toMatchObject({ kind: 'steam', appId: 480, keepTokens: false });
  });

  it('takes any provider of OpenID Connect, with Basic authentication', () => {
    expect(parse([ACME], { acme: 's' }).get('acme')).toMatchObject({
      name: 'acme',
      scopes: ['openid', 'email', 'profile'],
      credential: { method: 'client_secret_basic', secret: 's' },
    });
    const bare = [{ ...ACME, name: 'Acme', tokenEndpointAuthMethod: 'none', scopes: ['openid'] }];
    expect(parse(bare).get('acme')).toMatchObject({
      name: 'Acme',
      scopes: ['openid'],
      credential: { method: 'none' },
    });
  });

  it('may change every endpoint of a known provider, as for GitHub Enterprise', () => {
    const endpoints = {
      authorizationEndpoint: 'https://ghe.example/login/oauth/authorize',
      tokenEndpoint: 'https://ghe.example/login/oauth/access_token',
      userEndpoint: 'https://ghe.example/api/v3/user',
    };
    const providers = parse([{ id: 'github', clientId: 'c', ...endpoints }], { github: 's' });
    expect(providers.get('github')).toMatchObject({ name: 'GitHub', ...endpoints });
  });

  it.each([
    ['SOCIAL_PROVIDERS', 'not JSON of a secret-value', {}],
    ['SOCIAL_PROVIDERS', { id: 'google' }, {}],
    ['SOCIAL_PROVIDERS.0.id', [{ ...ACME, id: 'Acme Secret-Value' }], { acme: 's' }],
    ['SOCIAL_PROVIDERS.1.id', [ACME, ACME], { acme: 's' }],
    ['SOCIAL_PROVIDERS.0.kind', [{ ...ACME, kind: undefined }], { acme: 's' }],
    ['SOCIAL_PROVIDERS.0.kind', [{ id: 'google', kind: 'oidc', clientId: 'c' }], { google: 's' }],
    ['SOCIAL_PROVIDERS.0.issuer', [{ ...ACME, issuer: undefined }], { acme: 's' }],
    ['SOCIAL_PROVIDERS.0.issuer', [{ ...ACME, issuer: 'http://secret-value.example' }], {}],
    ['SOCIAL_PROVIDERS.0.issuer', [{ ...ACME, issuer: 'https://a.example?secret-value' }], {}],
    ['SOCIAL_PROVIDERS.0.clientId', [{ id: 'google' }], { google: 's' }],
    ['SOCIAL_PROVIDERS.0.scopes', [{ ...ACME, scopes: ['email'] }], { acme: 's' }],
    ['SOCIAL_PROVIDERS.0', [{ ...ACME, clientSecret: 'secret-value' }], { acme: 's' }],
    ['SOCIAL_PROVIDERS.0.trustEmail', [{ id: 'google', clientId: 'c', trustEmail: true }], {}],
    ['SOCIAL_PROVIDERS.0.appId', [{ ...ACME, appId: 480 }], { acme: 's' }],
    ['SOCIAL_CLIENT_SECRETS.acme', [ACME], {}],
    ['SOCIAL_CLIENT_SECRETS.acme', [ACME], { acme: APPLE }],
    ['SOCIAL_CLIENT_SECRETS.apple', [{ id: 'apple', clientId: 'c' }], { apple: 'secret-value' }],
    [
      'SOCIAL_CLIENT_SECRETS.apple.privateKey',
      [],
      { apple: { ...APPLE, privateKey: 'secret-value' } },
    ],
    ['SOCIAL_CLIENT_SECRETS.steam', [{ id: 'steam', appId: 480 }], {}],
  ])('is refused for %s, without quoting a value', (name, providers, secrets) => {
    const read = () => parse(providers, secrets);
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(`${name}: `);
    expect(read).not.toThrow(/secret-value|c2VjcmV0/i);
  });

  it.each(['{', 'secret-value', '"secret-value"', '[]'])(
    'is refused with secrets that are %s',
    (text) => {
      const read = () => parseConfig({ ...SETTINGS, SOCIAL_CLIENT_SECRETS: text });
      expect(read).toThrow('SOCIAL_CLIENT_SECRETS: ');
      expect(read).not.toThrow(/secret-value/);
    },
  );
});
