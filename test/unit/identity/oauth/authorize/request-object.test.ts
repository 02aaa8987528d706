import { beforeEach, describe, expect, it } from 'vitest';

import { toNumericDate } from '../../../../../shared/clock.ts';
import type { Client } from '../../../../../workers/identity/oauth/clients/client.ts';
import { authorizeFixture, QUERY } from '../../../../support/authorize-fixture.ts';
import { aSigner, forge, type Signer } from '../../../../support/jws-forge.ts';
import { aClient, CODE_CHALLENGE, REDIRECT_URI } from '../../../../support/oauth-fixture.ts';

let signer: Signer;
beforeEach(async () => {
  signer = await aSigner('ES256');
});

const OTHER_URI = 'https://app.example.test/other';

/** A client with a key, and what it signs. */
function signingFixture(more: Partial<Client> = {}) {
  const client = aClient({ jwks: [signer.jwk], redirectUris: [REDIRECT_URI, OTHER_URI], ...more });
  const its = authorizeFixture(client);
  const now = toNumericDate(its.backend.now);
  const claims = {
    iss: 'client-1',
    aud: 'https://id.example.test',
    exp: now + 300,
    nbf: now,
    ...QUERY,
    state: 'inside',
  };
  const sign = (changes: object = {}, header: object = {}, by = signer) =>
    forge(
      by,
      { alg: by.alg, kid: by.kid, typ: 'oauth-authz-req+jwt', ...header },
      { ...claims, ...changes },
    );
  return { ...its, now, sign };
}

const outside = (request: string) => ({
  request,
  response_type: undefined,
  redirect_uri: undefined,
  scope: undefined,
  state: undefined,
  code_challenge: undefined,
  code_challenge_method: undefined,
});

describe('a request object (RFC 9101)', () => {
  it('replaces the parameters beside it (§6.3)', async () => {
    const { accept, sign } = signingFixture();
    const request = await sign({ redirect_uri: OTHER_URI });
    const accepted = await accept({ request, nonce: 'beside', prompt: 'none', scope: 'email' });
    expect(accepted).toMatchObject({
      redirectUri: OTHER_URI,
      state: 'inside',
      nonce: null,
      prompts: [],
      scopes: ['openid', 'profile'],
      codeChallenge: CODE_CHALLENGE,
    });
  });

  it('needs only the client’s id beside it (§5)', async () => {
    const { accept, sign } = signingFixture();
    expect((await accept(outside(await sign()))).state).toBe('inside');
    expect((await accept(outside(await sign()), 'par')).state).toBe('inside');
  });

  it('has JSON parameters as JSON (OpenID Connect Core §6.1, RFC 9396 §3)', async () => {
    const { accept, sign } = signingFixture({ authorizationDetailsTypes: ['payment'] });
    const request = await sign({
      max_age: 60,
      claims: { userinfo: { email: { essential: true } } },
      authorization_details: [{ type: 'payment' }],
      resource: ['https://id.example.test'],
    });
    expect(await accept(outside(request))).toMatchObject({
      maxAge: 60,
      claims: { userinfo: { email: { essential: true } } },
      authorizationDetails: [{ type: 'payment' }],
      resources: ['https://id.example.test'],
    });
  });

  it('may name neither its issuer nor its audience (OpenID Connect Core §6.1)', async () => {
    const { accept, sign } = signingFixture();
    for (const changes of [
      { iss: undefined },
      { aud: undefined },
      { iss: undefined, aud: undefined },
    ]) {
      expect((await accept(outside(await sign(changes)))).state).toBe('inside');
    }
  });

  it.each(['fapi2_security', 'fapi2_message_signing'] as const)(
    'must name both in the profile %s',
    async (profile) => {
      const { accept, refuse, sign } = signingFixture({ profile });
      expect((await accept(outside(await sign()), 'par')).state).toBe('inside');
      for (const changes of [{ iss: undefined }, { aud: undefined }]) {
        const { code } = await refuse(outside(await sign(changes)), 'par');
        expect(code).toBe('invalid_request_object');
      }
    },
  );

  it.each([undefined, 'JWT', 'oauth-authz-req+jwt'])(
    'may have the type %s (§10.8)',
    async (typ) => {
      const { accept, sign } = signingFixture();
      expect((await accept(outside(await sign({}, { typ })))).state).toBe('inside');
    },
  );

  it('is not answered at its redirect URI if that is not registered', async () => {
    const { refuse, sign } = signingFixture();
    const request = await sign({ redirect_uri: 'https://evil.test/cb' });
    expect(await refuse({ request })).toEqual({ code: 'invalid_request', returnTo: null });
  });

  const hour = 3_600;
  it.each<[string, (now: number) => object]>([
    ['another iss (§4)', () => ({ iss: 'client-2' })],
    ['an iss that is nothing', () => ({ iss: null })],
    ['another aud (§4)', () => ({ aud: 'https://other.example.test' })],
    ['an aud of nobody', () => ({ aud: [] })],
    ['another client_id (§5)', () => ({ client_id: 'client-2' })],
    ['a past exp', (now) => ({ exp: now - 60 })],
    ['a future nbf', (now) => ({ nbf: now + 60 })],
    ['a future iat', (now) => ({ iat: now + 60 })],
    ['an exp that is text', (now) => ({ exp: String(now + 60) })],
    ['a sub that is the client (§10.8)', () => ({ sub: 'client-1' })],
    ['a request within (§4)', () => ({ request: 'a.b.c' })],
    ['a request_uri within (§4)', () => ({ request_uri: 'https://app.example.test/r' })],
    ['another response_type than beside it (Core §6.1)', () => ({ response_type: 'token' })],
    ['a parameter that is an object', () => ({ state: { a: 1 } })],
    ['a parameter that is null', () => ({ state: null })],
    ['a resource that is no text', () => ({ resource: [1] })],
    ['half a character', () => ({ state: '\ud800' })],
  ])('is refused with %s', async (_, changes) => {
    const { refuse, sign, now } = signingFixture();
    const refused = await refuse({ request: await sign(changes(now)) });
    expect(refused.code).toBe('invalid_request_object');
    expect(refused.returnTo?.redirectUri).toBe(REDIRECT_URI);
  });

  it.each([
    ['too long', 'invalid_request', { nonce: 'x'.repeat(1_025) }],
    ['no parameter', 'invalid_request_object', { nonce: {} }],
  ])('is refused at the redirect URI within where a value is %s', async (_, code, changes) => {
    const { refuse, sign } = signingFixture();
    const request = await sign({ state: 'signed', ...changes });
    expect(await refuse({ request, redirect_uri: undefined, state: undefined })).toMatchObject({
      code,
      returnTo: { redirectUri: REDIRECT_URI, state: 'signed' },
    });
  });

  it('is answered at the redirect URI beside it, or nowhere, where the one within is no text', async () => {
    const { refuse, sign } = signingFixture();
    const request = await sign({ redirect_uri: ['https://evil.test/'] });
    expect(await refuse({ request })).toMatchObject({
      code: 'invalid_request_object',
      returnTo: { redirectUri: REDIRECT_URI },
    });
    expect(await refuse({ request, redirect_uri: 'https://evil.test/' })).toEqual({
      code: 'invalid_request_object',
      returnTo: null,
    });
  });

  it.each(['at+jwt', 'dpop+jwt', 'client-authentication+jwt', 'logout+jwt', 1])(
    'is refused with the type %s (RFC 8725 §3.11)',
    async (typ) => {
      const { refuse, sign } = signingFixture();
      const request = await sign({}, { typ });
      expect((await refuse({ request })).code).toBe('invalid_request_object');
    },
  );

  it('is refused unsigned (§10.1)', async () => {
    const { refuse, sign } = signingFixture();
    const [, payload] = (await sign()).split('.');
    const none = btoa(JSON.stringify({ alg: 'none' })).replaceAll('=', '');
    expect((await refuse({ request: `${none}.${payload}.` })).code).toBe('invalid_request_object');
  });

  it('is refused if another key signed it, or with another algorithm than the registered one', async () => {
    const stranger = await aSigner('ES256');
    const one = signingFixture();
    expect((await one.refuse({ request: await one.sign({}, {}, stranger) })).code).toBe(
      'invalid_request_object',
    );
    const other = signingFixture({ requestObjectSigningAlg: 'PS256' });
    expect((await other.refuse({ request: await other.sign() })).code).toBe(
      'invalid_request_object',
    );
  });

  it('lives for an hour at most in FAPI 2.0 Message Signing (§5.3.1)', async () => {
    const { accept, refuse, sign, now } = signingFixture({ profile: 'fapi2_message_signing' });
    expect((await accept(outside(await sign()), 'par')).state).toBe('inside');
    for (const changes of [
      { exp: undefined },
      { nbf: undefined },
      { exp: now + hour + 1 },
      { nbf: now - hour - 60, exp: now + 60 },
    ]) {
      const { code } = await refuse(outside(await sign(changes)), 'par');
      expect(code).toBe('invalid_request_object');
    }
  });
});

describe('a request object by reference (RFC 9101 §5.2)', () => {
  const uri = 'https://app.example.test/request.jwt';

  it('is fetched from the URI that the client registered', async () => {
    const { accept, sign, backend } = signingFixture({ requestUris: [uri] });
    const text = `${await sign()}\n`;
    backend.web.set(uri, () => new Response(text));
    const { request: _, ...rest } = outside('');
    expect((await accept({ ...rest, request_uri: uri })).state).toBe('inside');
  });

  it.each([
    [uri, `${uri}#hash`],
    [`${uri}#hash`, `${uri}#hash`],
    [`${uri}#hash`, `${uri}#another`],
    [`${uri}#hash`, uri],
  ])('registered as %s is fetched for %s without its fragment (Core §6.2)', async (one, other) => {
    const { accept, sign, backend } = signingFixture({ requestUris: [one] });
    const text = await sign();
    backend.web.set(uri, () => new Response(text));
    const { request: _, ...rest } = outside('');
    expect((await accept({ ...rest, request_uri: other })).state).toBe('inside');
  });

  it.each([
    'https://app.example.test/request.jwt?x',
    'https://evil.test/',
    'http://169.254.169.254/latest',
    'data:text/plain,x',
  ])('is not fetched from %s', async (other) => {
    const { refuse, sign, backend } = signingFixture({ requestUris: [uri] });
    const text = await sign();
    backend.web.set(other, () => new Response(text));
    expect((await refuse({ request_uri: other })).code).toBe('invalid_request_uri');
  });

  it('is refused where the URI cannot be read', async () => {
    const { refuse } = signingFixture({ requestUris: [uri] });
    expect((await refuse({ request_uri: uri })).code).toBe('invalid_request_uri');
  });
});
