import * as client from 'openid-client';
import { describe, expect, it } from 'vitest';

import { agreed, issuer, newAgent, newPerson, registerClient } from '../support/node/provider.ts';

const REDIRECT = 'https://client.example.test/callback';
const insecure = { execute: [client.allowInsecureRequests] };

const discover = (id: string, authentication?: client.ClientAuth, secret?: string) =>
  client.discovery(new URL(issuer()), id, secret, authentication, insecure);

async function confidential(metadata: Readonly<Record<string, unknown>> = {}) {
  const registered = await registerClient({
    client_name: 'openid-client',
    redirect_uris: [REDIRECT],
    grant_types: ['authorization_code', 'refresh_token'],
    id_token_signed_response_alg: 'ES256',
    ...metadata,
  });
  const config = await discover(registered.client_id, undefined, registered.client_secret);
  return { registered, config };
}

type FlowOptions = {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly dpop?: client.DPoPHandle;
  readonly usePar?: boolean;
};

async function codeFlow(config: client.Configuration, options: FlowOptions = {}) {
  const { dpop, usePar = false, parameters = {} } = options;
  const person = await newPerson();
  const agent = newAgent();
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const expectedNonce = client.randomNonce();
  const request = {
    redirect_uri: REDIRECT,
    scope: 'openid profile email',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...parameters,
  };
  const url = usePar
    ? await client.buildAuthorizationUrlWithPAR(config, request, dpop && { DPoP: dpop })
    : client.buildAuthorizationUrl(config, request);
  const callback = await agreed(agent, url, person);
  const checks = { pkceCodeVerifier, expectedState, expectedNonce };
  const tokens = await client.authorizationCodeGrant(
    config,
    callback,
    checks,
    undefined,
    dpop && { DPoP: dpop },
  );
  return { tokens, person, agent, callback };
}

describe('openid-client', () => {
  it('signs a user in: code, PKCE, ID token, userinfo, refresh, revocation', async () => {
    const { config } = await confidential();
    const { tokens, person } = await codeFlow(config, {
      parameters: { scope: 'openid profile email offline_access', prompt: 'consent' },
    });
    const claims = tokens.claims();
    expect(claims).toMatchObject({ iss: issuer(), sub: person.accountId });
    expect(tokens.token_type).toBe('bearer');

    const info = await client.fetchUserInfo(config, tokens.access_token, person.accountId);
    expect(info).toMatchObject({ email: person.email, name: 'Ada Lovelace' });

    const renewed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(renewed.claims()).toMatchObject({ sub: person.accountId, auth_time: claims?.auth_time });
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token);

    const seen = await client.tokenIntrospection(config, renewed.access_token);
    expect(seen).toMatchObject({ active: true, sub: person.accountId, token_type: 'Bearer' });
    await client.tokenRevocation(config, renewed.access_token);
    expect(await client.tokenIntrospection(config, renewed.access_token)).toEqual({
      active: false,
    });
    await client.tokenRevocation(config, renewed.refresh_token ?? '');
    await expect(
      client.refreshTokenGrant(config, renewed.refresh_token ?? ''),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('pushes its authorization request (RFC 9126)', async () => {
    const { config } = await confidential({ require_pushed_authorization_requests: true });
    const { tokens, person } = await codeFlow(config, { usePar: true });
    expect(tokens.claims()?.sub).toBe(person.accountId);
  });

  it('binds tokens to its DPoP key, with nonces of the server (RFC 9449)', async () => {
    const { config } = await confidential({ dpop_bound_access_tokens: true });
    const dpop = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
    const { tokens, person } = await codeFlow(config, {
      dpop,
      parameters: { scope: 'openid offline_access', prompt: 'consent' },
    });
    expect(tokens.token_type).toBe('dpop');
    const options = { DPoP: dpop };
    const info = await client.fetchUserInfo(config, tokens.access_token, person.accountId, options);
    expect(info.sub).toBe(person.accountId);
    const renewed = await client.refreshTokenGrant(
      config,
      tokens.refresh_token ?? '',
      undefined,
      options,
    );
    expect(renewed.token_type).toBe('dpop');
  });

  it('authenticates with private_key_jwt (RFC 7523)', async () => {
    const keys = await client.randomDPoPKeyPair('ES256', { extractable: true });
    const jwk = await crypto.subtle.exportKey('jwk', keys.publicKey);
    const registered = await registerClient({
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'private_key_jwt',
      id_token_signed_response_alg: 'PS256',
      jwks: { keys: [{ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, kid: 'k1', use: 'sig' }] },
    });
    const authentication = client.PrivateKeyJwt({ key: keys.privateKey, kid: 'k1' });
    const config = await discover(registered.client_id, authentication);
    const { tokens, person } = await codeFlow(config);
    expect(tokens.claims()?.sub).toBe(person.accountId);
  });

  it('reads a signed authorization response (JARM)', async () => {
    const { config } = await confidential({ authorization_signed_response_alg: 'ES256' });
    client.useJwtResponseMode(config);
    const { tokens, person } = await codeFlow(config);
    expect(tokens.claims()?.sub).toBe(person.accountId);
  });

  it.each(['ES256', 'EdDSA', 'RS256', 'PS256'])(
    'verifies an ID token signed with %s',
    async (alg) => {
      const { config } = await confidential({ id_token_signed_response_alg: alg });
      const { tokens } = await codeFlow(config);
      const header = JSON.parse(atob((tokens.id_token ?? '').split('.')[0] ?? ''));
      expect(header.alg).toBe(alg);
    },
  );

  it('gets a token in its own name (client_credentials)', async () => {
    const { config, registered } = await confidential({
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    });
    const tokens = await client.clientCredentialsGrant(config);
    const seen = await client.tokenIntrospection(config, tokens.access_token);
    expect(seen).toMatchObject({
      active: true,
      sub: registered.client_id,
      client_id: registered.client_id,
    });
  });
});
