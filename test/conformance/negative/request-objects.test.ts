import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { aSigner, type Signer, segment } from '../../support/jws-forge.ts';
import { type Administered, REDIRECT } from '../../support/node/administered.ts';
import {
  assertionOf,
  type Claims,
  clientJwt,
  createSigningClient,
} from '../../support/node/assertions.ts';
import { authorizeUrl, type Fields, postPar, refusal } from '../../support/node/oauth-requests.ts';
import { nowSeconds } from '../../support/node/proofs.ts';
import { issuer } from '../../support/node/provider.ts';
import { authorizationRequest, SignedIn } from '../../support/node/signed-in.ts';
import { ExternalRedirect, Page } from '../../support/node/user-agent.ts';

let user: SignedIn;
let signer: Signer;
let client: Administered;

beforeAll(async () => {
  user = await SignedIn.create();
  signer = await aSigner('ES256');
  client = await createSigningClient(signer);
});

const objectOf = (claims: Claims = {}, header: Claims = {}) =>
  clientJwt(signer, client, { ...authorizationRequest(client.clientId), ...claims }, header);

/** Sends a request object through the browser, by default with only the client_id beside it. */
const bring = (object: string, beside: Fields = {}) =>
  user.agent.go(authorizeUrl({ client_id: client.clientId, request: object, ...beside }));

const pushed = async (object: string) =>
  refusal(await postPar({ request: object, ...(await assertionOf(signer, client)) }));

/**
 * @demands RFC 9101 §4, §6.1, §6.2: A request object is signed by its client, is meant for this
 *   server, is valid now, and contains no other request object.
 */
describe('the content of a request object', () => {
  it('a request object without a fault gets a code', async () => {
    expect((await bring(await objectOf())).url.searchParams.has('code')).toBe(true);
  });

  it.each([
    ['for another server', () => ({ aud: 'https://other.example.test' })],
    ['for nobody', () => ({ aud: [] })],
    ['of another issuer', () => ({ iss: 'another' })],
    ['of another client', () => ({ client_id: 'another' })],
    ['that could be an assertion', () => ({ sub: client.clientId })],
    ['that has expired', () => ({ exp: nowSeconds() - 60 })],
    ['for the future', () => ({ nbf: nowSeconds() + 61 })],
    ['from the future', () => ({ iat: nowSeconds() + 61 })],
    ['whose end is no number', () => ({ exp: 'never' })],
    ['that holds another one', () => ({ request: 'x.y.z' })],
    ['that refers to another one', () => ({ request_uri: 'https://client.example.test/r' })],
    ['with a parameter that is an object', () => ({ scope: { openid: true } })],
    ['with a parameter that is an array', () => ({ redirect_uri: [REDIRECT] })],
    ['with a parameter that is null', () => ({ state: null })],
  ])('a request object %s is refused', async (_what, claims) => {
    const object = await objectOf(claims());
    const { searchParams } = (await bring(object)).url;
    expect(searchParams.get('error')).toBe('invalid_request_object');
    expect(searchParams.has('code')).toBe(false);
    expect(await pushed(object)).toBe('400 invalid_request_object');
  });

  it('a request object signed by another key is refused', async () => {
    const stranger = { ...(await aSigner('ES256')), kid: signer.kid };
    const object = await clientJwt(stranger, client, authorizationRequest(client.clientId));
    expect(await pushed(object)).toBe('400 invalid_request_object');
  });
});

/**
 * @demands RFC 9101 §10.1: The algorithm of a request object is never `none`, and is the registered
 *   one where one is registered.
 */
describe('the signature of a request object', () => {
  it('a request object without a signature is refused', async () => {
    const claims = {
      iss: client.clientId,
      aud: issuer(),
      ...authorizationRequest(client.clientId),
    };
    for (const alg of ['none', 'NONE', '']) {
      const object = `${segment({ alg })}.${segment(claims)}.`;
      expect(await pushed(object)).toBe('400 invalid_request_object');
    }
  });

  it('a client that registered an algorithm cannot use another', async () => {
    const strict = await createSigningClient(signer, { request_object_signing_alg: 'PS256' });
    const object = await clientJwt(signer, strict, authorizationRequest(strict.clientId));
    const form = { request: object, ...(await assertionOf(signer, strict)) };
    expect(refusal(await postPar(form))).toBe('400 invalid_request_object');
  });

  /** @demands RFC 9101 §10.8: No other kind of JWT passes for a request object. */
  it.each([
    ['none', { alg: 'none' }],
    ['a secret', { alg: 'HS256' }],
    ['another algorithm than the key’s', { alg: 'ES512' }],
    ['a key that it brings along', { jwk: {} }],
    ['the address of a key', { jku: 'https://evil.example/jwks' }],
    ['an extension', { crit: ['made-up'], 'made-up': 1 }],
    ['the key of another', { kid: 'another' }],
    ['the type of a logout token', { typ: 'logout+jwt' }],
    ['the type of an access token', { typ: 'at+jwt' }],
    ['the type of a proof', { typ: 'dpop+jwt' }],
  ])('a request object whose header asks for %s is refused', async (_what, header) => {
    expect(await pushed(await objectOf({}, header))).toBe('400 invalid_request_object');
  });

  /**
   * @demands RFC 9101 §10.5: A client that must sign its requests cannot be downgraded to unsigned
   *   ones.
   */
  it('a client that must sign its requests gets no code for an unsigned one', async () => {
    const strict = await createSigningClient(signer, { require_signed_request_object: true });
    const { url } = await user.authorize(strict.clientId);
    expect([url.searchParams.get('error'), url.searchParams.has('code')]).toEqual([
      'invalid_request',
      false,
    ]);
    const form = {
      ...authorizationRequest(strict.clientId),
      ...(await assertionOf(signer, strict)),
    };
    expect(refusal(await postPar(form))).toBe('400 invalid_request');
  });
});

/** @demands RFC 9101 §6.3: Only the parameters in the request object count. */
describe('parameters beside a request object', () => {
  it('parameters beside a request object count for nothing', async () => {
    const reached = await bring(await objectOf({ scope: 'openid', state: 'signed' }), {
      scope: 'openid email',
      state: 'injected',
      redirect_uri: REDIRECT,
      response_mode: 'fragment',
    });
    expect(reached.url.hash).toBe('');
    expect(reached.url.searchParams.get('state')).toBe('signed');
  });

  it('a parameter that is only beside the request object counts as missing', async () => {
    const object = await objectOf({ code_challenge: undefined });
    const reached = await bring(object, authorizationRequest(client.clientId));
    expect(reached.url.searchParams.get('error')).toBe('invalid_request');
  });

  it('a redirect URI in a request object must be a registered one', async () => {
    const object = await objectOf({ redirect_uri: 'https://evil.example/callback' });
    const reached = await bring(object, authorizationRequest(client.clientId));
    expect(reached).toBeInstanceOf(Page);
    expect(reached.status).toBe(400);
  });

  it('a response_type beside a request object must be the same (OpenID Connect Core §6.1)', async () => {
    const reached = await bring(await objectOf(), {
      ...authorizationRequest(client.clientId),
      response_type: 'token',
    });
    expect(reached.url.searchParams.get('error')).toBe('invalid_request_object');
  });

  it('a request with both request and request_uri is refused', async () => {
    const beside = {
      ...authorizationRequest(client.clientId),
      request_uri: 'https://client.example.test/r',
    };
    const { url } = await bring(await objectOf(), beside);
    expect(url.searchParams.get('error')).toBe('invalid_request');
  });
});

/**
 * @demands RFC 9101 §5.2, §10.4: A request object by reference is fetched only from registered
 *   addresses, and without redirects.
 */
describe('request objects by reference', () => {
  let server: Server;
  let origin: string;
  let requests: string[];
  const content = new Map<string, string>();

  beforeAll(async () => {
    requests = [];
    server = createServer(({ url = '' }, response) => {
      requests.push(url);
      if (url === '/redirect') response.writeHead(302, { location: '/object' });
      response.end(content.get(url) ?? '');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((closed) => server.close(closed)));

  async function refer(path: string, registered: readonly string[]) {
    const referring = await createSigningClient(signer, {
      request_uris: registered.map((one) => origin + one),
    });
    const object = await clientJwt(signer, referring, authorizationRequest(referring.clientId));
    content.set('/object', object);
    content.set('/large', object.padEnd(40_000, 'x'));
    const form = { ...authorizationRequest(referring.clientId), request_uri: origin + path };
    return user.agent.go(authorizeUrl(form));
  }

  it('a registered address is asked for the request object', async () => {
    const reached = await refer('/object', ['/object']);
    expect(reached).toBeInstanceOf(ExternalRedirect);
    expect(reached.url.searchParams.has('code')).toBe(true);
  });

  it.each([
    ['that is another address', '/object', ['/other']],
    ['that is longer than the registered address', '/object?x=1', ['/object']],
    ['with dot segments', '/x/../object', ['/object']],
  ])('a request_uri %s is not asked', async (_what, path, registered) => {
    requests.length = 0;
    const reached = await refer(path, registered);
    expect(reached.url.searchParams.get('error')).toBe('invalid_request_uri');
    expect(requests).toEqual([]);
  });

  it.each([
    ['a redirect', '/redirect'],
    ['more than a parameter may hold', '/large'],
    ['nothing', '/empty'],
  ])('a registered address that answers with %s is not trusted', async (_what, path) => {
    requests.length = 0;
    const reached = await refer(path, [path]);
    expect(reached.url.searchParams.get('error')).toMatch(/^invalid_request_(?:uri|object)$/);
    expect(requests).toEqual([path]);
  });
});
