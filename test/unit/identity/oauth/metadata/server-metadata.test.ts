import { describe, expect, it } from 'vitest';

import { parseConfig } from '../../../../../workers/identity/config.ts';
import {
  resourceMetadata,
  serverMetadata,
} from '../../../../../workers/identity/oauth/metadata/server-metadata.ts';
import { IdentityFixture } from '../../../../support/identity-fixture.ts';
import { SETTINGS } from '../../../../support/identity-services.ts';

const configOf = (more: Partial<Record<keyof typeof SETTINGS, string>> = {}) =>
  parseConfig({ ...SETTINGS, ...more });

describe('the metadata of the authorization server', () => {
  it('is the same at both addresses, and may be cached (RFC 8414 §3)', async () => {
    const identity = new IdentityFixture();
    const [one, other] = [
      await identity.call('/.well-known/openid-configuration'),
      await identity.call('/.well-known/oauth-authorization-server'),
    ];
    expect(one.json).toEqual(other.json);
    expect(one.json.issuer).toBe('https://id.example.test');
    expect(one.headers.get('cache-control')).toBe('public, max-age=300');
    expect(one.headers.get('content-type')).toContain('application/json');
  });

  it('has every endpoint under the issuer', () => {
    const metadata = serverMetadata(configOf());
    const urls = Object.entries(metadata).filter(([name]) => name.endsWith('_endpoint'));
    expect(urls.length).toBeGreaterThan(8);
    for (const [, url] of urls) expect(url).toMatch(/^https:\/\/id\.example\.test\/\w/);
  });

  it('offers the scopes that every client may ask for', () => {
    expect(serverMetadata(configOf())).toMatchObject({
      scopes_supported: ['openid', 'profile', 'email', 'offline_access', 'groups', 'connect'],
    });
  });

  it('offers no grant, response or algorithm that is not safe (RFC 9700)', () => {
    const metadata = serverMetadata(configOf());
    expect(metadata).toMatchObject({
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      require_request_uri_registration: true,
    });
    for (const grant of ['password', 'implicit']) {
      expect(metadata['grant_types_supported']).not.toContain(grant);
    }
    for (const [name, values] of Object.entries(metadata)) {
      if (!name.includes('signing_alg')) continue;
      expect(values).not.toContain('none');
      expect(values).not.toContain('HS256');
    }
  });

  it('names the registration endpoint unless registration is off (RFC 7591 §3)', () => {
    expect(serverMetadata(configOf())).toHaveProperty('registration_endpoint');
    expect(serverMetadata(configOf({ REGISTRATION_MODE: 'off' }))).not.toHaveProperty(
      'registration_endpoint',
    );
  });

  it('says whether requests must be pushed (RFC 9126 §5)', () => {
    const name = 'require_pushed_authorization_requests';
    expect(serverMetadata(configOf())[name]).toBe(false);
    expect(serverMetadata(configOf({ PUSHED_REQUESTS: 'required' }))[name]).toBe(true);
  });

  it.each([
    ['/.well-known/openid-configuration/other', 404],
    ['/.well-known/oauth-authorization-server/', 404],
    ['/.well-known/oauth-protected-resource', 200],
    ['/.well-known/nothing', 404],
  ])('answers %s with %i', async (path, status) => {
    expect((await new IdentityFixture().call(path)).status).toBe(status);
  });
});

describe('the metadata of our own API (RFC 9728)', () => {
  it('has its name and its authorization server', () => {
    expect(resourceMetadata(configOf())).toMatchObject({
      resource: 'https://id.example.test',
      authorization_servers: ['https://id.example.test'],
      bearer_methods_supported: ['header'],
    });
  });

  it('follows the path of the audience (§3.1)', async () => {
    const AUDIENCE = 'https://id.example.test/api';
    const identity = new IdentityFixture({ AUDIENCE });
    const inPath = await identity.call('/.well-known/oauth-protected-resource/api');
    expect(inPath.json.resource).toBe(AUDIENCE);
    const other = await identity.call('/.well-known/oauth-protected-resource/other');
    expect(other.status).toBe(404);
  });

  it('is none where the audience is no URL of this host (§3.3)', () => {
    expect(resourceMetadata(configOf({ AUDIENCE: 'https://api.example.test' }))).toBeUndefined();
    expect(resourceMetadata(configOf({ AUDIENCE: 'sallyport-api' }))).toBeUndefined();
  });
});
