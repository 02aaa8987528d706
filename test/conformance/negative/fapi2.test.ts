import { beforeAll, describe, expect, it } from 'vitest';

import { CERTIFICATE_DER } from '../../support/certificates.ts';
import { aProver } from '../../support/dpop-forge.ts';
import { aSigner, type Signer } from '../../support/jws-forge.ts';
import { asAdministrator, REDIRECT } from '../../support/node/administered.ts';
import { assertionOf, clientJwt, createSigningClient } from '../../support/node/assertions.ts';
import { FapiClient } from '../../support/node/fapi-client.ts';
import {
  authorizeUrl,
  claimsOf,
  type Fields,
  post,
  postPar,
  postToken,
  refusal,
  send,
} from '../../support/node/oauth-requests.ts';
import { nowSeconds, proofFor, tokenProof } from '../../support/node/proofs.ts';
import { issuer } from '../../support/node/provider.ts';
import { authorizationRequest, SignedIn, tokensOf } from '../../support/node/signed-in.ts';
import { Page } from '../../support/node/user-agent.ts';

let user: SignedIn;
let fapi: FapiClient;
let rsa: Signer;

beforeAll(async () => {
  user = await SignedIn.create();
  fapi = await FapiClient.create();
  rsa = await aSigner('RS256', 'rsa');
});

/** Creates a client as an administrator, and returns the status and text of the answer. */
async function faultOf(
  metadata: Readonly<Record<string, unknown>>,
  profile = 'fapi2_security',
): Promise<string> {
  const all = {
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [fapi.signer.jwk] },
    ...metadata,
  };
  const { status, text } = await send('/api/v1/oauth/clients', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await asAdministrator()) },
    body: JSON.stringify({ metadata: all, profile }),
  });
  return `${status} ${text}`;
}

/**
 * @demands FAPI 2.0 Security Profile §5.3.2.1 items 2, 3, 4, 6: Clients are confidential,
 *   authenticate without a shared secret and get no bearer tokens.
 */
describe('clients of the profile', () => {
  it.each([
    ['item 3: public', { token_endpoint_auth_method: 'none', jwks: undefined }],
    ['item 6: with a secret', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['item 6: with a secret in the form', { token_endpoint_auth_method: 'client_secret_post' }],
    ['item 4: with bearer tokens', { dpop_bound_access_tokens: false }],
    ['§5.3.2.2 item 3: with plain requests', { require_pushed_authorization_requests: false }],
    ['§5.3.2.2 item 8: answered without TLS', { redirect_uris: ['http://localhost/callback'] }],
    ['§5.4.1: with RS256 for ID tokens', { id_token_signed_response_alg: 'RS256' }],
    ['§5.4.1: with RS256 for assertions', { token_endpoint_auth_signing_alg: 'RS256' }],
    ['§5.4.1: with RS256 for request objects', { request_object_signing_alg: 'RS256' }],
    ['§5.4.1: with RS256 for userinfo', { userinfo_signed_response_alg: 'RS256' }],
    ['§5.4.1: with RS256 for introspection', { introspection_signed_response_alg: 'RS256' }],
    ['§5.4.1: with RS256 for access tokens', { access_token_signing_alg: 'RS256' }],
    ['§5.4.1: with ES384 for assertions', { token_endpoint_auth_signing_alg: 'ES384' }],
    ['§5.4.1: with no signature', { id_token_signed_response_alg: 'none' }],
  ])('a client of the profile is refused by %s', async (_what, metadata) => {
    expect(await faultOf(metadata)).toMatch(/^400 .*VALIDATION_ERROR/);
  });

  /**
   * @demands FAPI 2.0 Security Profile §5.4.1: JWTs are signed with PS256, ES256 or EdDSA, never
   *   with RS256 or `none`, by keys of enough bits.
   */
  it('a client of the profile with an RSA key of fewer than 2048 bits is refused', async () => {
    const { jwk } = await aSigner('RS256', 'short', 1_024);
    expect(await faultOf({ jwks: { keys: [jwk] } })).toMatch(/^400 .*2048/);
  });

  it('a client that keeps to the profile is created', async () => {
    expect(await faultOf({})).toMatch(/^201 /);
  });
});

describe('client assertions of the profile', () => {
  const ask = async (claims: Record<string, unknown>, header: Record<string, unknown> = {}) => {
    const form = {
      ...authorizationRequest(fapi.clientId),
      ...(await fapi.assertion(claims, header)),
    };
    return refusal(await postPar(form));
  };

  /**
   * @demands FAPI 2.0 Security Profile §5.3.2.1 item 8: The audience of a client assertion is the
   *   issuer, as a string.
   */
  it.each([
    ['the issuer in an array', () => [issuer()]],
    ['the token endpoint', () => `${issuer()}/oauth2/token`],
    ['the endpoint that it is sent to', () => `${issuer()}/oauth2/par`],
    ['the issuer and another', () => [issuer(), 'https://other.example.test']],
    ['the issuer with a slash', () => `${issuer()}/`],
  ])('a client assertion for %s is refused', async (_what, aud) => {
    expect(await ask({ aud: aud() })).toBe('401 invalid_client');
  });

  /**
   * @demands FAPI 2.0 Security Profile §5.3.2.1 item 13: A client's clock may be 10 s ahead, but
   *   not 60 s.
   */
  it('a client assertion that is up to 10 seconds early is accepted, one that is a minute early is not', async () => {
    for (const name of ['iat', 'nbf']) {
      expect(await ask({ [name]: nowSeconds() + 8 })).toBe('201 undefined');
      expect(await ask({ [name]: nowSeconds() + 61 })).toBe('401 invalid_client');
    }
  });

  /** @demands FAPI 2.0 Security Profile §5.4.1: JWTs are signed… */
  it('a client assertion without a signature, or signed with a secret, is refused', async () => {
    for (const alg of ['none', 'HS256']) expect(await ask({}, { alg })).toBe('401 invalid_client');
  });

  /** @demands FAPI 2.0 Security Profile §5.4.1: JWTs are signed… */
  it('a client assertion signed with RS256 is refused, though the key is the client’s', async () => {
    const { alg: _, ...jwk } = rsa.jwk;
    const client = await createSigningClient(
      rsa,
      { jwks: { keys: [jwk] } },
      { profile: 'fapi2_security' },
    );
    const form = { ...authorizationRequest(client.clientId), ...(await assertionOf(rsa, client)) };
    expect(refusal(await postPar(form))).toBe('401 invalid_client');
  });

  /** @demands FAPI 2.0 Security Profile §5.3.2.1 items 2, 3, 4, 6: Clients are confidential… */
  it('a secret, or a client_id alone, authenticates no client of the profile', async () => {
    for (const client_secret of [undefined, 'made up']) {
      const form = { ...authorizationRequest(fapi.clientId), client_secret };
      expect(refusal(await postPar(form))).toBe('401 invalid_client');
      expect(refusal(await postToken({ grant_type: 'refresh_token', ...form }))).toBe(
        '401 invalid_client',
      );
    }
  });
});

/**
 * @demands FAPI 2.0 Security Profile §5.3.2.1 items 4, 5: Tokens are bound to a key by DPoP or
 *   mutual TLS.
 */
describe('tokens of the profile', () => {
  it('a token is not issued without a proof of a key', async () => {
    const attempt = await fapi.code(user);
    const fields = { grant_type: 'authorization_code', code: attempt.code };
    const answer = await fapi.token({ ...fields, code_verifier: attempt.verifier }, {});
    expect(refusal(answer)).toBe('400 invalid_dpop_proof');
  });

  it('a token is not issued to a client in its own name without a proof of a key', async () => {
    const own = await FapiClient.create('fapi2_security', {
      grant_types: ['client_credentials'],
      redirect_uris: [],
    });
    const form = { grant_type: 'client_credentials' };
    expect(refusal(await own.token(form, {}))).toBe('400 invalid_dpop_proof');
    expect((await own.token(form)).body['token_type']).toBe('DPoP');
  });

  it('a token is not issued without the certificate that it is to be bound to', async () => {
    const own = await FapiClient.create('fapi2_security', {
      tls_client_certificate_bound_access_tokens: true,
      dpop_bound_access_tokens: false,
      grant_types: ['client_credentials'],
      redirect_uris: [],
    });
    const form = { grant_type: 'client_credentials' };
    expect(refusal(await own.token(form, {}))).toBe('400 invalid_request');
    const tlsClientAuth = { certPresented: '1', certRFC9440: `:${CERTIFICATE_DER}:` };
    const answer = await own.token(form, { 'mf-cf-blob': JSON.stringify({ tlsClientAuth }) });
    expect(claimsOf(answer.body['access_token'])).toHaveProperty(['cnf', 'x5t#S256']);
  });

  /** @demands FAPI 2.0 Security Profile §5.3.2.1 items 2, 3, 4, 6: Clients are confidential… */
  it('a token is not issued for a password', async () => {
    const { email, password } = user.person;
    const form = { grant_type: 'password', username: email, password };
    expect(refusal(await fapi.token(form))).toBe('400 unsupported_grant_type');
  });

  it('a token is refused without its key', async () => {
    const { access_token } = tokensOf(await fapi.redeem(await fapi.code(user)));
    const authorization = `Bearer ${access_token}`;
    expect((await send('/oauth2/userinfo', { headers: { authorization } })).status).toBe(401);
  });

  /** @demands FAPI 2.0 Security Profile §5.4.1: JWTs are signed… */
  it('a proof signed with RS256 is refused', async () => {
    const prover = await aProver('RS256');
    const attempt = await fapi.code(user);
    const form = {
      grant_type: 'authorization_code',
      code: attempt.code,
      code_verifier: attempt.verifier,
    };
    expect(refusal(await fapi.token(form, await tokenProof(prover)))).toBe(
      '400 invalid_dpop_proof',
    );
  });

  /**
   * @demands FAPI 2.0 Security Profile §5.3.2.1 item 9: Refresh tokens are not rotated: the same
   *   one stays good, and its life is renewed.
   */
  it('a refresh token stays the same at each use', async () => {
    const first = tokensOf(
      await fapi.redeem(await fapi.code(user, { scope: 'openid offline_access' })),
    );
    for (let n = 0; n < 3; n += 1) {
      const answer = await fapi.refresh(first.refresh_token);
      expect(answer.status).toBe(200);
      expect(answer.body['refresh_token'] ?? first.refresh_token).toBe(first.refresh_token);
    }
  });
});

/**
 * @demands FAPI 2.0 Security Profile §5.3.2.2 items 1, 5, 6, 8: A request asks for `code` with S256
 *   and names a redirect URI, which uses TLS.
 */
describe('authorization requests of the profile', () => {
  /**
   * @demands FAPI 2.0 Security Profile §5.3.2.2 items 2, 3, 4: Only pushed requests are accepted.
   */
  it('a request that was not pushed gets no code (item 3)', async () => {
    const reached = await user.authorize(fapi.clientId);
    expect(reached.url.searchParams.has('code')).toBe(false);
    const object = await fapi.requestObject();
    const signed = await user.authorize(fapi.clientId, { request: object });
    expect(signed.url.searchParams.has('code')).toBe(false);
    const form = { method: 'POST', body: new URLSearchParams(authorizationRequest(fapi.clientId)) };
    const posted = await user.agent.go('/oauth2/authorize', form);
    expect(posted.url.searchParams.has('code')).toBe(false);
  });

  it.each([
    [
      'item 1: another response type',
      { response_type: 'code id_token' },
      'unsupported_response_type',
    ],
    ['item 5: no PKCE', { code_challenge: undefined }, 'invalid_request'],
    ['item 5: plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['item 6: no redirect URI', { redirect_uri: undefined }, 'invalid_request'],
    [
      'item 6: no redirect URI, and no openid',
      { redirect_uri: undefined, scope: 'email' },
      'invalid_request',
    ],
    [
      'item 8: a redirect URI without TLS',
      { redirect_uri: 'http://client.example.test/callback' },
      'invalid_request',
    ],
  ] satisfies [string, Fields, string][])(
    'a pushed request is refused by %s',
    async (_what, fields, error) => {
      expect(refusal(await fapi.push(fields))).toBe(`400 ${error}`);
    },
  );

  /**
   * @demands FAPI 2.0 Security Profile §5.3.2.2 item 12: The `expires_in` of a pushed request is
   *   below 600.
   */
  it('a pushed request expires in less than 600 seconds', async () => {
    expect((await fapi.push()).body['expires_in']).toBeLessThan(600);
  });

  /**
   * @demands FAPI 2.0 Security Profile §5.3.2.2 items 7, 10, 11: The authorization response
   *   contains `iss` and is a 303.
   */
  it('the answer names its issuer (item 7) and is a 303 (item 11)', async () => {
    const { body } = await fapi.push();
    const query = { client_id: fapi.clientId, request_uri: String(body['request_uri']) };
    const response = await user.agent.fetch(authorizeUrl(query));
    expect(response.status).toBe(303);
    const location = new URL(response.headers.get('location') ?? '');
    expect(location.searchParams.get('iss')).toBe(issuer());
  });

  /** @demands FAPI 2.0 Security Profile §5.3.2.2 item 9: A code is for one use. */
  it('a code works once', async () => {
    const attempt = await fapi.code(user);
    const first = await fapi.redeem(attempt);
    expect(first.status).toBe(200);
    expect(refusal(await fapi.redeem(attempt))).toBe('400 invalid_grant');
  });

  /** @demands FAPI 2.0 Security Profile §5.3.2.1 item 12: A code is bound to the DPoP key. */
  it('a code is bound to the key of the pushed request', async () => {
    const attempt = await fapi.code(user);
    const form = {
      grant_type: 'authorization_code',
      code: attempt.code,
      code_verifier: attempt.verifier,
    };
    const other = await tokenProof(await aProver());
    expect(refusal(await fapi.token(form, other))).toBe('400 invalid_grant');
  });

  it('a native app is answered at a loopback address (item 8)', async () => {
    const redirect_uri = 'http://127.0.0.1:49152/callback';
    const native = await FapiClient.create('fapi2_security', {
      application_type: 'native',
      redirect_uris: ['http://127.0.0.1/callback'],
    });
    const { callback } = await native.code(user, { redirect_uri });
    expect(callback.href.startsWith(redirect_uri)).toBe(true);
  });

  /** @demands FAPI 2.0 Security Profile §5.4.1: JWTs are signed… */
  it('a proof signed with RS256 is refused with a pushed request, too', async () => {
    const dpop = await proofFor(await aProver('RS256'), { path: '/oauth2/par' });
    const form = { ...authorizationRequest(fapi.clientId), ...(await fapi.assertion()) };
    expect(refusal(await postPar(form, { dpop }))).toBe('400 invalid_dpop_proof');
  });
});

/**
 * @demands FAPI 2.0 Message Signing §5.3.1: Requests are signed, meant for this server, and valid
 *   for an hour at most.
 */
describe('signed requests and answers', () => {
  let signing: FapiClient;
  beforeAll(async () => {
    signing = await FapiClient.create('fapi2_message_signing');
  });

  it('a signed request is accepted', async () => {
    expect((await signing.pushObject()).status).toBe(201);
  });

  it('a request that is not signed is refused', async () => {
    expect(refusal(await signing.push())).toBe('400 invalid_request');
  });

  it.each([
    ['without an end', () => ({ exp: undefined })],
    ['without a beginning', () => ({ nbf: undefined })],
    ['that lives for more than an hour', () => ({ exp: nowSeconds() + 3_700 })],
    ['that began more than an hour ago', () => ({ nbf: nowSeconds() - 3_700 })],
    ['for another server', () => ({ aud: 'https://other.example.test' })],
    ['for nobody', () => ({ aud: undefined })],
    ['from the future', () => ({ nbf: nowSeconds() + 61, exp: nowSeconds() + 90 })],
  ])('a request object %s is refused', async (_what, claims) => {
    expect(refusal(await signing.pushObject(claims()))).toBe('400 invalid_request_object');
  });

  it.each(['none', 'HS256', 'RS256', 'ES384'])(
    'a request object whose header asks for %s is refused',
    async (alg) => {
      expect(refusal(await signing.pushObject({}, { alg }))).toBe('400 invalid_request_object');
    },
  );

  it('a request object signed with RS256 is refused, though the key is the client’s', async () => {
    const { alg: _, ...jwk } = rsa.jwk;
    const keys = [signing.signer.jwk, jwk];
    const both = await FapiClient.create('fapi2_message_signing');
    const client = await createSigningClient(
      both.signer,
      { jwks: { keys: [both.signer.jwk, ...keys.slice(1)] } },
      { profile: 'fapi2_message_signing' },
    );
    const claims = { ...authorizationRequest(client.clientId), nbf: nowSeconds() };
    const form = {
      request: await clientJwt(rsa, client, claims),
      ...(await assertionOf(both.signer, client)),
    };
    expect(refusal(await postPar(form))).toBe('400 invalid_request_object');
  });

  /**
   * @demands FAPI 2.0 Message Signing §5.4.1: Answers are signed, and there is no other response
   *   mode.
   */
  it.each(['query', 'fragment', 'form_post'])(
    'a request for an answer by plain %s is refused',
    async (mode) => {
      const answer = await signing.pushObject({ response_mode: mode });
      expect(refusal(answer)).toBe('400 invalid_request');
    },
  );

  /** @demands FAPI 2.0 Message Signing §5.4.1: Answers are signed… */
  it('answers and errors are signed, and nothing stands beside the signed response', async () => {
    for (const claims of [{}, { prompt: 'none', max_age: 0 }]) {
      const { body } = await signing.pushObject(claims);
      const query = { client_id: signing.clientId, request_uri: String(body['request_uri']) };
      const { url } = await user.agent.go(authorizeUrl(query));
      expect([...url.searchParams.keys()]).toEqual(['response']);
      expect(claimsOf(url.searchParams.get('response'))).toMatchObject({
        iss: issuer(),
        aud: signing.clientId,
      });
    }
  });

  it('a client of the profile that need not sign its requests is refused', async () => {
    const metadata = { require_signed_request_object: false };
    expect(await faultOf(metadata, 'fapi2_message_signing')).toMatch(/^400 .*VALIDATION_ERROR/);
  });
});

/**
 * @demands FAPI 2.0 Security Profile §5.3.2.1 item 7: The authorization endpoint is no open
 *   redirector.
 */
describe('no open redirector', () => {
  it('an unknown request_uri leads to an error page, not to the redirect_uri beside it', async () => {
    for (const request_uri of [
      `urn:ietf:params:oauth:request_uri:${'A'.repeat(43)}`,
      'https://evil.example/request.jwt',
    ]) {
      const query = {
        client_id: fapi.clientId,
        request_uri,
        redirect_uri: 'https://evil.example/',
      };
      const reached = await user.agent.go(authorizeUrl(query));
      expect(reached).toBeInstanceOf(Page);
      expect(reached.status).toBe(400);
    }
  });
});

/**
 * @demands FAPI 2.0 Security Profile §5.3.3: A resource server takes no token from a query, and
 *   checks that the token is active and has the scope.
 */
describe('resource servers of the profile', () => {
  it('introspection is refused to a client that does not authenticate', async () => {
    const { access_token } = tokensOf(await fapi.redeem(await fapi.code(user)));
    const form = { token: access_token, client_id: fapi.clientId };
    expect(refusal(await post('/oauth2/introspect', form))).toBe('401 invalid_client');
  });
});
