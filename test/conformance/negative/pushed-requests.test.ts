import { beforeAll, describe, expect, it } from 'vitest';

import { aSigner, type Signer } from '../../support/jws-forge.ts';
import { LOOKS } from '../../support/looks.ts';
import {
  type Administered,
  CONFIDENTIAL,
  changeClient,
  createClient,
  credentials,
  PUBLIC,
  REDIRECT,
} from '../../support/node/administered.ts';
import { assertionOf, clientJwt, createSigningClient } from '../../support/node/assertions.ts';
import {
  authorizeUrl,
  type Fields,
  newPkce,
  postPar,
  refusal,
} from '../../support/node/oauth-requests.ts';
import { issuer, newAgent } from '../../support/node/provider.ts';
import { authorizationRequest, redeem, SignedIn } from '../../support/node/signed-in.ts';
import { ExternalRedirect, Page } from '../../support/node/user-agent.ts';

const PREFIX = 'urn:ietf:params:oauth:request_uri:';

let user: SignedIn;
let web: Administered;
let other: Administered;
let signer: Signer;
let signing: Administered;

beforeAll(async () => {
  user = await SignedIn.create();
  web = await createClient(CONFIDENTIAL);
  other = await createClient(CONFIDENTIAL);
  signer = await aSigner('ES256');
  signing = await createSigningClient(signer);
});

async function push(client: Administered, fields: Fields = {}): Promise<string> {
  const form = { ...authorizationRequest(client.clientId), ...credentials(client), ...fields };
  const { status, body } = await postPar(form);
  expect(status).toBe(201);
  return String(body['request_uri']);
}

const follow = (client_id: string | undefined, request_uri: string, more: Fields = {}) =>
  user.agent.go(authorizeUrl({ client_id, request_uri, ...more }));

/** The user sees an error page, and nothing is sent to the client. */
function expectRefused(reached: Page | ExternalRedirect): void {
  expect(reached).toBeInstanceOf(Page);
  expect(reached.status).toBe(400);
}

/**
 * @demands RFC 9126 §2.1: A pushed request is checked like one at the authorization endpoint, and
 *   unknown parameters are ignored.
 */
describe('what may be pushed', () => {
  it('a pushed request with an unknown parameter is accepted', async () => {
    const uri = await push(web, { made_up: 'x', prompt: undefined });
    expect(await follow(web.clientId, uri)).toBeInstanceOf(ExternalRedirect);
  });

  /**
   * @demands RFC 9126 §2.1: A pushed request is checked…
   * @demands RFC 9126 §2.3: Errors are answered to the client directly, with 405 for another method
   *   than POST and 413 for too large a body.
   */
  it.each([
    ['no redirect URI', { redirect_uri: undefined }, 'invalid_request'],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['no PKCE', { code_challenge: undefined }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['an unknown scope', { scope: 'made-up' }, 'invalid_scope'],
    ['another response mode', { response_mode: 'web_message' }, 'invalid_request'],
    [
      'an unknown type of details',
      { authorization_details: '[{"type":"x"}]' },
      'invalid_authorization_details',
    ],
    [
      'details that are no array',
      { authorization_details: '{"type":"x"}' },
      'invalid_authorization_details',
    ],
    ['an unknown resource', { resource: 'not a url' }, 'invalid_target'],
    ['prompt=none beside another', { prompt: 'none login' }, 'invalid_request'],
    ['a registration', { registration: '{}' }, 'registration_not_supported'],
  ] satisfies [string, Fields, string][])(
    'a pushed request with %s is refused at once, and only the client is told',
    async (_what, fields, error) => {
      const answer = await postPar({
        ...authorizationRequest(web.clientId),
        ...credentials(web),
        ...fields,
      });
      expect(refusal(answer)).toBe(`400 ${error}`);
      expect(answer.headers.get('content-type')).toContain('application/json');
      expect(answer.headers.get('location')).toBeNull();
    },
  );

  /** @demands RFC 9126 §2.1: A pushed request contains no `request_uri`. */
  it('a pushed request with a request_uri is refused, be it one of ours or an address', async () => {
    const uris = [await push(web), 'https://client.example.test/request.jwt', PREFIX, 'x'];
    for (const request_uri of uris) {
      const form = { ...authorizationRequest(web.clientId), ...credentials(web), request_uri };
      expect(refusal(await postPar(form))).toBe('400 invalid_request');
    }
  });

  /** @demands RFC 9126 §3: A pushed request object is signed by the client that pushes it. */
  it('a pushed request object of another client is refused', async () => {
    const inside = { ...authorizationRequest(web.clientId), client_id: web.clientId };
    for (const claims of [inside, { ...inside, iss: web.clientId }]) {
      const object = await clientJwt(signer, signing, claims);
      const form = { request: object, ...(await assertionOf(signer, signing)) };
      expect(refusal(await postPar(form))).toBe('400 invalid_request_object');
    }
  });
});

/**
 * @demands RFC 9126 §2.1: A client authenticates in order to push, and pushes in its own name
 *   alone.
 */
describe('the client that pushes', () => {
  it('a pushed request in another client’s name is refused', async () => {
    const form = {
      ...authorizationRequest(other.clientId),
      ...(await assertionOf(signer, signing)),
    };
    expect(refusal(await postPar(form))).toBe('400 invalid_request');
  });

  it('a confidential client that does not authenticate cannot push', async () => {
    for (const client_secret of [undefined, 'wrong']) {
      const form = {
        ...authorizationRequest(web.clientId),
        client_id: web.clientId,
        client_secret,
      };
      expect(refusal(await postPar(form))).toBe('401 invalid_client');
    }
  });
});

/**
 * @demands RFC 9126 §2.2: A `request_uri` cannot be guessed, lives for a short time (90 s) and is
 *   not cached.
 */
describe('a request_uri is a secret for a short time', () => {
  it('a request_uri cannot be guessed, lives for a short time and is not cached', async () => {
    const form = { ...authorizationRequest(web.clientId), ...credentials(web) };
    const [one, two] = [await postPar(form), await postPar(form)];
    expect(one.body['request_uri']).toMatch(/^urn:ietf:params:oauth:request_uri:[\w-]{43}$/);
    expect(one.body['request_uri']).not.toBe(two.body['request_uri']);
    expect(one.body['expires_in']).toBeGreaterThanOrEqual(5);
    expect(one.body['expires_in']).toBeLessThan(600);
    expect(one.headers.get('cache-control')).toContain('no-store');
  });

  it.each([
    ['made up', () => `${PREFIX}${'A'.repeat(43)}`],
    ['without an id', () => PREFIX],
    ['with more behind it', (uri: string) => `${uri}#x`],
    ['with less', (uri: string) => uri.slice(0, -1)],
  ])('a request_uri %s leads nowhere (§7.1)', async (_what, change) => {
    expectRefused(await follow(web.clientId, change(await push(web))));
  });

  it('a request_uri in another case is refused (§7.1)', async () => {
    const { url } = await follow(web.clientId, (await push(web)).toUpperCase());
    expect(url.searchParams.get('error')).toBe('invalid_request_uri');
    expect(url.searchParams.has('code')).toBe(false);
  });
});

/** @demands RFC 9126 §7.3: A `request_uri` is for one code, and who only looks does not use it up. */
describe('a request_uri is for one use', () => {
  it('a request_uri works once', async () => {
    const uri = await push(web);
    expect(await follow(web.clientId, uri)).toBeInstanceOf(ExternalRedirect);
    expectRefused(await follow(web.clientId, uri));
  });

  it.each(LOOKS)('a request_uri is not used up, and gets no code, by %s', async (_who, init) => {
    const uri = await push(web);
    const query = { client_id: web.clientId, request_uri: uri };
    const looked = await user.agent.fetch(authorizeUrl(query), { ...init, redirect: 'manual' });
    expect(looked.headers.get('location')).toBeNull();
    expect(await follow(web.clientId, uri)).toBeInstanceOf(ExternalRedirect);
  });

  it('a request_uri is not used up by a visitor who is not signed in, or by a reload', async () => {
    const uri = await push(web);
    const visitor = newAgent();
    for (const _ of ['opened', 'reloaded']) {
      const page = await visitor.go(authorizeUrl({ client_id: web.clientId, request_uri: uri }));
      expect(page.url.pathname).toBe('/sign-in');
    }
    expect(await follow(web.clientId, uri)).toBeInstanceOf(ExternalRedirect);
  });

  it('a request_uri that four browsers use at once works in one of them', async () => {
    const uri = await push(web);
    const reached = await Promise.all(Array.from({ length: 4 }, () => follow(web.clientId, uri)));
    expect(reached.filter((one) => one instanceof ExternalRedirect)).toHaveLength(1);
  });
});

/**
 * @demands RFC 9126 §4: A `request_uri` is bound to its client, and parameters beside it count for
 *   nothing.
 */
describe('a request_uri is bound to its client', () => {
  it('a request_uri works only for the client that pushed it', async () => {
    expectRefused(await follow(other.clientId, await push(web)));
    expectRefused(await follow(undefined, await push(web)));
    expectRefused(await follow('nobody', await push(web)));
  });

  it('parameters beside a request_uri count for nothing', async () => {
    const uri = await push(web, { state: 'pushed', nonce: 'pushed' });
    const reached = await follow(web.clientId, uri, {
      redirect_uri: 'https://evil.example/callback',
      scope: 'openid email profile',
      state: 'injected',
      response_mode: 'fragment',
      response_type: 'token',
      code_challenge: newPkce().challenge,
      request: 'not.a.jwt',
    });
    expect(reached.url.href.startsWith(`${REDIRECT}?`)).toBe(true);
    expect(reached.url.searchParams.get('state')).toBe('pushed');
  });

  /**
   * @demands RFC 9126 §7.5: PKCE protects a client from one `request_uri` being swapped for
   *   another.
   */
  it('the PKCE challenge that was pushed is the one that counts', async () => {
    const [mine, attackers] = [newPkce(), newPkce()];
    const uri = await push(web, { code_challenge: mine.challenge });
    const { url } = await follow(web.clientId, uri, { code_challenge: attackers.challenge });
    const code = url.searchParams.get('code') ?? '';
    const attempt = { code, clientId: web.clientId, callback: url };
    expect(refusal(await redeem(web, { ...attempt, ...attackers }))).toBe('400 invalid_grant');
    expect((await redeem(web, { ...attempt, ...mine })).status).toBe(200);
  });
});

/**
 * @demands RFC 9126 §7.4: What the client may do is checked again when its `request_uri` is used.
 */
describe('the client is checked again when a request_uri is used', () => {
  it('a request_uri leads nowhere once its redirect URI is no longer the client’s', async () => {
    const old = 'https://client.example.test/old';
    const client = await createClient({ ...CONFIDENTIAL, redirect_uris: [REDIRECT, old] });
    const uri = await push(client, { redirect_uri: old });
    await changeClient(client, { metadata: { ...CONFIDENTIAL, redirect_uris: [REDIRECT] } });
    expectRefused(await follow(client.clientId, uri));
  });

  it('a consent page leads nowhere once the redirect URI is no longer the client’s', async () => {
    const old = 'https://client.example.test/old';
    const client = await createClient(
      { ...CONFIDENTIAL, redirect_uris: [REDIRECT, old] },
      { skipConsent: false },
    );
    const page = await follow(client.clientId, await push(client, { redirect_uri: old }));
    if (page instanceof ExternalRedirect) throw new Error('Expected the consent page');
    await changeClient(client, { metadata: { ...CONFIDENTIAL, redirect_uris: [REDIRECT] } });
    expectRefused(await user.agent.press(page, 'Allow'));
  });

  it('a request_uri leads nowhere once its client is disabled', async () => {
    const client = await createClient(CONFIDENTIAL);
    const uri = await push(client);
    await changeClient(client, { status: 'disabled' });
    expectRefused(await follow(client.clientId, uri));
  });
});

/** @demands RFC 9126 §5, §6: A client that must push its requests gets a code in no other way. */
describe('clients that must push their requests', () => {
  const metadata = { ...CONFIDENTIAL, require_pushed_authorization_requests: true };

  it('a client that must push gets no code by a plain request, a form or a request object', async () => {
    const client = await createSigningClient(signer, {
      require_pushed_authorization_requests: true,
    });
    const { clientId } = client;
    const object = await clientJwt(signer, client, {
      ...authorizationRequest(clientId),
      client_id: clientId,
    });
    for (const fields of [{}, { request: object }]) {
      const { url } = await user.authorize(clientId, fields);
      expect([url.searchParams.get('error'), url.searchParams.has('code')]).toEqual([
        'invalid_request',
        false,
      ]);
    }
    const form = { method: 'POST', body: new URLSearchParams(authorizationRequest(clientId)) };
    const posted = await user.agent.go('/oauth2/authorize', form);
    expect(posted.url.searchParams.has('code')).toBe(false);
  });

  it('a client that must push gets a code by a pushed request', async () => {
    const client = await createClient(metadata);
    const reached = await follow(client.clientId, await push(client));
    expect(reached.url.searchParams.has('code')).toBe(true);
  });

  it('a public client can be made to push, too', async () => {
    const client = await createClient({ ...PUBLIC, require_pushed_authorization_requests: true });
    expect((await user.authorize(client.clientId)).url.searchParams.get('error')).toBe(
      'invalid_request',
    );
    const reached = await follow(client.clientId, await push(client));
    expect(reached.url.searchParams.get('iss')).toBe(issuer());
  });
});
