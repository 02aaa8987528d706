import { compactDecrypt, exportJWK, generateKeyPair, type JWTPayload } from 'jose';
import * as oauth from 'oauth4webapi';
import { beforeAll, describe, expect, it } from 'vitest';

import { CERTIFICATE_DER } from '../support/certificates.ts';
import { createClient, REDIRECT } from '../support/node/administered.ts';
import { issuer } from '../support/node/provider.ts';
import { SignedIn } from '../support/node/signed-in.ts';
import { ExternalRedirect } from '../support/node/user-agent.ts';
import { insecure, server, WebApiClient } from '../support/node/web-api-client.ts';

let user: SignedIn;

beforeAll(async () => {
  user = await SignedIn.create();
});

const OFFLINE = { scope: 'openid offline_access email' };

/** Makes a key to encrypt to, and a function with which the library decrypts. */
async function encryption(alg: string, enc: string) {
  const pair = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'encryption', use: 'enc', alg };
  const seen: JWTPayload[] = [];
  const decrypt: oauth.JweDecryptFunction = async (jwe) => {
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, pair.privateKey, {
      keyManagementAlgorithms: [alg],
      contentEncryptionAlgorithms: [enc],
    });
    seen.push({ ...protectedHeader });
    return new TextDecoder().decode(plaintext);
  };
  return { jwks: { keys: [jwk] }, options: { [oauth.jweDecrypt]: decrypt }, seen };
}

describe('oauth4webapi', () => {
  it('goes through the code flow: PKCE, ID token, userinfo, refresh, introspection, revocation', async () => {
    const client = await WebApiClient.create();
    const tokens = await client.tokens(user, OFFLINE);
    expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({
      iss: issuer(),
      aud: client.client.client_id,
      sub: user.person.accountId,
    });
    const info = await client.userinfo(user, tokens.access_token);
    expect(info.email).toBe(user.person.email);

    const renewed = await client.refresh(tokens.refresh_token);
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token);
    expect(await client.introspect(renewed.access_token)).toMatchObject({
      active: true,
      client_id: client.client.client_id,
      sub: user.person.accountId,
    });
    await client.revoke(renewed.access_token);
    expect(await client.introspect(renewed.access_token)).toEqual({ active: false });
    await client.revoke(renewed.refresh_token ?? '');
    await expect(client.refresh(renewed.refresh_token)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('registers itself, with a secret (RFC 7591)', async () => {
    const as = await server();
    const client = await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(
        as,
        { redirect_uris: [REDIRECT], id_token_signed_response_alg: 'ES256' },
        insecure,
      ),
    );
    const response = await oauth.introspectionRequest(
      as,
      client,
      oauth.ClientSecretBasic(String(client['client_secret'])),
      'made up',
      insecure,
    );
    expect(await oauth.processIntrospectionResponse(as, client, response)).toEqual({
      active: false,
    });
  });

  it('pushes its request with a DPoP proof and a signed assertion (RFC 9126, 9449, 7523)', async () => {
    const client = await WebApiClient.create({
      isBound: true,
      metadata: { require_pushed_authorization_requests: true, dpop_bound_access_tokens: true },
    });
    const { parameters, ...checks } = await client.parameters(OFFLINE);
    const url = await client.visit(user, await client.push(parameters));
    const answer = oauth.validateAuthResponse(client.as, client.client, url, parameters.state);
    const tokens = await client.exchange(answer, checks);
    expect(tokens.token_type).toBe('dpop');
    expect((await client.userinfo(user, tokens.access_token)).sub).toBe(user.person.accountId);
    expect((await client.refresh(tokens.refresh_token)).token_type).toBe('dpop');
  });

  it('sends a signed request through the browser (RFC 9101)', async () => {
    const client = await WebApiClient.create({
      metadata: { require_signed_request_object: true },
    });
    const { parameters, ...checks } = await client.parameters();
    const request = await client.requestObject(parameters);
    const { client_id } = client.client;
    const url = await client.visit(user, { client_id, request });
    const answer = oauth.validateAuthResponse(client.as, client.client, url, parameters.state);
    expect((await client.exchange(answer, checks)).id_token).toBeDefined();
  });

  it('pushes a signed request (RFC 9101, 9126 §3)', async () => {
    const client = await WebApiClient.create({
      metadata: { require_signed_request_object: true },
    });
    const { parameters, ...checks } = await client.parameters();
    const request = await client.requestObject(parameters);
    const url = await client.visit(user, await client.push({ request }));
    const answer = oauth.validateAuthResponse(client.as, client.client, url, parameters.state);
    expect((await client.exchange(answer, checks)).id_token).toBeDefined();
  });

  it.each(['ES256', 'EdDSA', 'PS256', 'RS256'])(
    'verifies an authorization response signed with %s (JARM)',
    async (alg) => {
      const client = await WebApiClient.create({
        metadata: { authorization_signed_response_alg: alg },
      });
      const { url, state, ...checks } = await client.callback(user, { response_mode: 'jwt' });
      const answer = await oauth.validateJwtAuthResponse(
        client.as,
        client.client,
        url,
        state,
        insecure,
      );
      expect((await client.exchange(answer, checks)).id_token).toBeDefined();
    },
  );

  it('decrypts an authorization response (JARM §2.2)', async () => {
    const { jwks, options, seen } = await encryption('ECDH-ES', 'A256GCM');
    const client = await WebApiClient.create({
      metadata: {
        jwks,
        authorization_signed_response_alg: 'ES256',
        authorization_encrypted_response_alg: 'ECDH-ES',
        authorization_encrypted_response_enc: 'A256GCM',
      },
    });
    const { url, state, ...checks } = await client.callback(user, { response_mode: 'jwt' });
    const answer = await oauth.validateJwtAuthResponse(client.as, client.client, url, state, {
      ...insecure,
      ...options,
    });
    expect(seen).toMatchObject([{ alg: 'ECDH-ES', enc: 'A256GCM', cty: 'JWT' }]);
    expect((await client.exchange(answer, checks)).id_token).toBeDefined();
  });

  it.each([
    ['RSA-OAEP-256', 'A256GCM'],
    ['ECDH-ES', 'A128CBC-HS256'],
    ['ECDH-ES+A256KW', 'A256GCM'],
  ])('decrypts an ID token: %s, %s', async (alg, enc) => {
    const { jwks, options, seen } = await encryption(alg, enc);
    const client = await WebApiClient.create({
      metadata: {
        jwks,
        id_token_encrypted_response_alg: alg,
        id_token_encrypted_response_enc: enc,
      },
    });
    const { url, state, ...checks } = await client.callback(user);
    const answer = oauth.validateAuthResponse(client.as, client.client, url, state);
    const tokens = await client.exchange(answer, checks, options);
    expect(tokens.id_token?.split('.')).toHaveLength(5);
    expect(seen).toMatchObject([{ alg, enc, cty: 'JWT', kid: 'encryption' }]);
    expect(oauth.getValidatedIdTokenClaims(tokens)?.sub).toBe(user.person.accountId);
  });

  it('verifies and decrypts userinfo (OpenID Connect Core §5.3.2)', async () => {
    const { jwks, options, seen } = await encryption('ECDH-ES', 'A256GCM');
    const signed = { userinfo_signed_response_alg: 'ES256' };
    const encrypted = {
      ...signed,
      jwks,
      userinfo_encrypted_response_alg: 'ECDH-ES',
      userinfo_encrypted_response_enc: 'A256GCM',
    };
    for (const metadata of [signed, encrypted]) {
      const client = await WebApiClient.create({ metadata });
      const { access_token } = await client.tokens(user);
      const info = await client.userinfo(user, access_token, options);
      expect(info).toMatchObject({ sub: user.person.accountId, email: user.person.email });
    }
    expect(seen).toHaveLength(1);
  });

  it('verifies and decrypts introspection (RFC 9701)', async () => {
    const { jwks, options, seen } = await encryption('ECDH-ES', 'A256GCM');
    const signed = { introspection_signed_response_alg: 'ES256' };
    const encrypted = {
      ...signed,
      jwks,
      introspection_encrypted_response_alg: 'ECDH-ES',
      introspection_encrypted_response_enc: 'A256GCM',
    };
    for (const metadata of [signed, encrypted]) {
      const client = await WebApiClient.create({ metadata });
      const { access_token } = await client.tokens(user);
      const stepUp = { requestJwtResponse: true, ...options };
      expect(await client.introspect(access_token, stepUp)).toMatchObject({
        active: true,
        sub: user.person.accountId,
      });
      expect(await client.introspect('made up', stepUp)).toMatchObject({ active: false });
    }
    expect(seen).toHaveLength(2);
  });

  it('gets a token for a resource server, which verifies it (RFC 8707, 9068)', async () => {
    const api = 'https://api.example.test/';
    const client = await WebApiClient.create();
    const { access_token } = await client.tokens(user, { resource: api });
    const headers = { authorization: `Bearer ${access_token}` };
    const request = new Request(api, { headers });
    const claims = await oauth.validateJwtAccessToken(client.as, request, api, insecure);
    expect(claims).toMatchObject({ aud: api, client_id: client.client.client_id });
    const elsewhere = new Request('https://other.example.test/', { headers });
    await expect(
      oauth.validateJwtAccessToken(client.as, elsewhere, 'https://other.example.test/', insecure),
    ).rejects.toThrow(/aud/);
  });

  it('finds the authorization server of our own API (RFC 9728)', async () => {
    const resource = await oauth.processResourceDiscoveryResponse(
      new URL(issuer()),
      await oauth.resourceDiscoveryRequest(new URL(issuer()), insecure),
    );
    expect(resource.authorization_servers).toEqual([issuer()]);
  });

  it('asks for authorization details and gets those that were granted (RFC 9396)', async () => {
    const client = await WebApiClient.create({
      metadata: { authorization_details_types: ['payment'] },
    });
    const details = [{ type: 'payment', actions: ['initiate'], amount: { currency: 'EUR' } }];
    const tokens = await client.tokens(user, { authorization_details: JSON.stringify(details) });
    expect(tokens.authorization_details).toEqual(details);
    const introspection = await client.introspect(tokens.access_token);
    expect(introspection.authorization_details).toEqual(details);
  });

  it('has the user sign in again where a resource asks for it (RFC 9470)', async () => {
    const client = await WebApiClient.create();
    const somebody = await SignedIn.create();
    const { access_token } = await client.tokens(somebody);
    const resource = new URL(
      '/api/v1/auth/token/validate?acr_values=urn%3Aexample%3Aacr%3Agold&max_age=600',
      issuer(),
    );
    const refused = await oauth
      .protectedResourceRequest(access_token, 'GET', resource, undefined, null, insecure)
      .catch((error: unknown) => error);
    if (!(refused instanceof oauth.WWWAuthenticateChallengeError))
      throw new TypeError('No challenge');
    const parameters: Readonly<Record<string, unknown>> = { ...refused.cause[0]?.parameters };
    expect([refused.status, parameters['error']]).toEqual([
      401,
      'insufficient_user_authentication',
    ]);
    const stepUp = { acr_values: String(parameters['acr_values']), prompt: 'login' };
    expect([parameters['acr_values'], parameters['max_age']]).toEqual([
      'urn:example:acr:gold',
      '600',
    ]);

    const again = await client.parameters(stepUp);
    const authorize = new URL(client.as.authorization_endpoint ?? '');
    authorize.search = new URLSearchParams(again.parameters).toString();
    const page = await somebody.agent.open(authorize);
    const { email, password } = somebody.person;
    const reached = await somebody.agent.press(page, 'Sign in', { email, password });
    expect(reached).toBeInstanceOf(ExternalRedirect);
    const answer = oauth.validateAuthResponse(
      client.as,
      client.client,
      reached.url,
      again.parameters.state,
    );
    const renewed = await client.exchange(answer, again);
    const first = await client.introspect(access_token);
    const second = await client.introspect(renewed.access_token);
    expect(Number(second['auth_time'])).toBeGreaterThanOrEqual(Number(first['auth_time']));
    const fresh = new URL('/api/v1/auth/token/validate?max_age=600', issuer());
    const passed = await oauth.protectedResourceRequest(
      renewed.access_token,
      'GET',
      fresh,
      undefined,
      null,
      insecure,
    );
    expect(passed.status).toBe(200);
  });

  it('signs the user out, which ends its tokens (RP-Initiated Logout)', async () => {
    const bye = 'https://client.example.test/bye';
    const client = await WebApiClient.create({ metadata: { post_logout_redirect_uris: [bye] } });
    const leaving = await SignedIn.create();
    const tokens = await client.tokens(leaving);
    // The library has no call for sign-out, which is a link.
    const link = new URL(client.as.end_session_endpoint ?? '');
    link.search = new URLSearchParams({
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: bye,
      state: 'gone',
    }).toString();
    expect((await leaving.agent.go(link)).url.href).toBe(`${bye}?state=gone`);
    expect(await client.introspect(tokens.access_token)).toEqual({ active: false });
    await expect(client.refresh(tokens.refresh_token)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    const silent = await client.callback(leaving, { prompt: 'none' });
    expect(() =>
      oauth.validateAuthResponse(client.as, client.client, silent.url, silent.state),
    ).toThrow(oauth.AuthorizationResponseError);
  });

  it('authenticates by its TLS certificate, and its tokens are bound to it (RFC 8705)', async () => {
    const as = await server();
    const { clientId } = await createClient({
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_dns: 'client.example.com',
      tls_client_certificate_bound_access_tokens: true,
      grant_types: ['client_credentials'],
      redirect_uris: [],
    });
    const client = { client_id: clientId };
    const connection = (certVerified: string) => ({
      ...insecure,
      [oauth.customFetch]: (url: string, init: { headers: Record<string, string> }) => {
        const tlsClientAuth = {
          certPresented: '1',
          certVerified,
          certRFC9440: `:${CERTIFICATE_DER}:`,
        };
        const headers = { ...init.headers, 'mf-cf-blob': JSON.stringify({ tlsClientAuth }) };
        return fetch(url, { ...init, headers });
      },
    });
    const ask = async (certVerified: string) =>
      oauth.processClientCredentialsResponse(
        as,
        client,
        await oauth.clientCredentialsGrantRequest(
          as,
          client,
          oauth.TlsClientAuth(),
          {},
          connection(certVerified),
        ),
      );
    expect((await ask('SUCCESS')).token_type).toBe('bearer');
    await expect(ask('FAILED:self signed certificate')).rejects.toMatchObject({
      error: 'invalid_client',
    });
  });
});

describe('oauth4webapi as a client of the FAPI 2.0 profiles', () => {
  it('follows the Security Profile: PAR, PKCE, private_key_jwt, DPoP, iss, one refresh token', async () => {
    const client = await WebApiClient.create({
      profile: 'fapi2_security',
      isBound: true,
      metadata: { id_token_signed_response_alg: 'PS256' },
    });
    const { parameters, ...checks } = await client.parameters(OFFLINE);
    const url = await client.visit(user, await client.push(parameters));
    expect(url.searchParams.get('iss')).toBe(issuer());
    const answer = oauth.validateAuthResponse(client.as, client.client, url, parameters.state);
    const tokens = await client.exchange(answer, checks);
    expect(tokens.token_type).toBe('dpop');
    expect((await client.userinfo(user, tokens.access_token)).email).toBe(user.person.email);
    for (let n = 0; n < 2; n += 1) {
      const renewed = await client.refresh(tokens.refresh_token);
      expect(renewed.refresh_token).toBe(tokens.refresh_token);
      expect(await client.introspect(renewed.access_token)).toMatchObject({ active: true });
    }
    await client.revoke(tokens.refresh_token ?? '');
    expect(await client.introspect(tokens.access_token)).toEqual({ active: false });
  });

  it('follows Message Signing: request object, JARM, signed introspection', async () => {
    const client = await WebApiClient.create({
      profile: 'fapi2_message_signing',
      isBound: true,
      metadata: {
        id_token_signed_response_alg: 'PS256',
        authorization_signed_response_alg: 'PS256',
        introspection_signed_response_alg: 'PS256',
      },
    });
    const { parameters, ...checks } = await client.parameters();
    const request = await client.requestObject(parameters, (_header, payload) => {
      payload['nbf'] = payload['iat'];
    });
    const url = await client.visit(user, await client.push({ request }));
    const answer = await oauth.validateJwtAuthResponse(
      client.as,
      client.client,
      url,
      parameters.state,
      insecure,
    );
    const tokens = await client.exchange(answer, checks);
    expect(tokens.token_type).toBe('dpop');
    expect(await client.introspect(tokens.access_token)).toMatchObject({
      active: true,
      token_type: 'DPoP',
    });
  });
});
