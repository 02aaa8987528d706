import { beforeAll, describe, expect, it } from 'vitest';

import { aSigner, type Signer } from '../../support/jws-forge.ts';
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
import { issuer } from '../../support/node/provider.ts';
import { redeem, request, SignedIn } from '../../support/node/signed-in.ts';
import { Arrival, Page } from '../../support/node/user-agent.ts';

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
  const form = { ...request(client.clientId), ...credentials(client), ...fields };
  const { status, body } = await postPar(form);
  expect(status).toBe(201);
  return String(body['request_uri']);
}

const follow = (client_id: string | undefined, request_uri: string, more: Fields = {}) =>
  user.agent.go(authorizeUrl({ client_id, request_uri, ...more }));

/** Nobody but the user hears of it. */
function expectRefused(reached: Page | Arrival): void {
  expect(reached).toBeInstanceOf(Page);
  expect(reached.status).toBe(400);
}

describe('what may be pushed (RFC 9126 §2.1)', () => {
  it('no request_uri: neither one of ours nor the address of a request object', async () => {
    const uris = [await push(web), 'https://client.example.test/request.jwt', PREFIX, 'x'];
    for (const request_uri of uris) {
      const form = { ...request(web.clientId), ...credentials(web), request_uri };
      expect(refusal(await postPar(form))).toBe('400 invalid_request');
    }
  });

  it('nothing by another client than the one that authenticates', async () => {
    const form = { ...request(other.clientId), ...(await assertionOf(signer, signing)) };
    expect(refusal(await postPar(form))).toBe('400 invalid_request');
  });

  it('nothing by a confidential client that does not authenticate', async () => {
    for (const client_secret of [undefined, 'wrong']) {
      const form = { ...request(web.clientId), client_id: web.clientId, client_secret };
      expect(refusal(await postPar(form))).toBe('401 invalid_client');
    }
  });

  it('no request object of another client (§3)', async () => {
    const inside = { ...request(web.clientId), client_id: web.clientId };
    for (const claims of [inside, { ...inside, iss: web.clientId }]) {
      const object = await clientJwt(signer, signing, claims);
      const form = { request: object, ...(await assertionOf(signer, signing)) };
      expect(refusal(await postPar(form))).toBe('400 invalid_request_object');
    }
  });

  it('what is unknown is left alone', async () => {
    const uri = await push(web, { made_up: 'x', prompt: undefined });
    expect(await follow(web.clientId, uri)).toBeInstanceOf(Arrival);
  });

  it.each([
    ['no redirect URI', { redirect_uri: undefined }, 'invalid_request'],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['no PKCE', { code_challenge: undefined }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a scope that is none', { scope: 'made-up' }, 'invalid_scope'],
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
    'a request with %s is refused at once, and to the client alone (§2.3)',
    async (_what, fields, error) => {
      const answer = await postPar({ ...request(web.clientId), ...credentials(web), ...fields });
      expect(refusal(answer)).toBe(`400 ${error}`);
      expect(answer.headers.get('content-type')).toContain('application/json');
      expect(answer.headers.get('location')).toBeNull();
    },
  );
});

describe('a request_uri (RFC 9126 §2.2, §7)', () => {
  it('cannot be guessed, lives shortly, and is not cached', async () => {
    const form = { ...request(web.clientId), ...credentials(web) };
    const [one, two] = [await postPar(form), await postPar(form)];
    expect(one.body['request_uri']).toMatch(/^urn:ietf:params:oauth:request_uri:[\w-]{43}$/);
    expect(one.body['request_uri']).not.toBe(two.body['request_uri']);
    expect(one.body['expires_in']).toBeGreaterThanOrEqual(5);
    expect(one.body['expires_in']).toBeLessThan(600);
    expect(one.headers.get('cache-control')).toContain('no-store');
  });

  it('is good once (§7.3)', async () => {
    const uri = await push(web);
    expect(await follow(web.clientId, uri)).toBeInstanceOf(Arrival);
    expectRefused(await follow(web.clientId, uri));
  });

  it('of several browsers at once one gets through', async () => {
    const uri = await push(web);
    const reached = await Promise.all(Array.from({ length: 4 }, () => follow(web.clientId, uri)));
    expect(reached.filter((one) => one instanceof Arrival)).toHaveLength(1);
  });

  it('is good for the client that pushed it alone (§4)', async () => {
    expectRefused(await follow(other.clientId, await push(web)));
    expectRefused(await follow(undefined, await push(web)));
    expectRefused(await follow('nobody', await push(web)));
  });

  it.each([
    ['made up', () => `${PREFIX}${'A'.repeat(43)}`],
    ['without an id', () => PREFIX],
    ['with more behind it', (uri: string) => `${uri}#x`],
    ['with less', (uri: string) => uri.slice(0, -1)],
  ])('one %s leads nowhere (§7.1)', async (_what, change) => {
    expectRefused(await follow(web.clientId, change(await push(web))));
  });

  it('one in another case is none of ours (§7.1)', async () => {
    const { url } = await follow(web.clientId, (await push(web)).toUpperCase());
    expect(url.searchParams.get('error')).toBe('invalid_request_uri');
    expect(url.searchParams.has('code')).toBe(false);
  });

  it('whatever stands beside it counts nothing (§4)', async () => {
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

  it('its PKCE challenge is the one that counts (§7.5)', async () => {
    const [mine, attackers] = [newPkce(), newPkce()];
    const uri = await push(web, { code_challenge: mine.challenge });
    const { url } = await follow(web.clientId, uri, { code_challenge: attackers.challenge });
    const code = url.searchParams.get('code') ?? '';
    const attempt = { code, clientId: web.clientId, callback: url };
    expect(refusal(await redeem(web, { ...attempt, ...attackers }))).toBe('400 invalid_grant');
    expect((await redeem(web, { ...attempt, ...mine })).status).toBe(200);
  });

  it('leads nowhere once its redirect URI is no longer the client’s (§7.4)', async () => {
    const old = 'https://client.example.test/old';
    const client = await createClient({ ...CONFIDENTIAL, redirect_uris: [REDIRECT, old] });
    const uri = await push(client, { redirect_uri: old });
    await changeClient(client, { metadata: { ...CONFIDENTIAL, redirect_uris: [REDIRECT] } });
    expectRefused(await follow(client.clientId, uri));
  });

  it('nor does the page that it led to, once that is so', async () => {
    const old = 'https://client.example.test/old';
    const client = await createClient(
      { ...CONFIDENTIAL, redirect_uris: [REDIRECT, old] },
      { skipConsent: false },
    );
    const page = await follow(client.clientId, await push(client, { redirect_uri: old }));
    if (page instanceof Arrival) throw new Error('Expected the consent page');
    await changeClient(client, { metadata: { ...CONFIDENTIAL, redirect_uris: [REDIRECT] } });
    expectRefused(await user.agent.press(page, 'Allow'));
  });

  it('leads nowhere once its client was disabled (§7.4)', async () => {
    const client = await createClient(CONFIDENTIAL);
    const uri = await push(client);
    await changeClient(client, { status: 'disabled' });
    expectRefused(await follow(client.clientId, uri));
  });
});

describe('a client whose requests must be pushed (RFC 9126 §5, §6)', () => {
  const metadata = { ...CONFIDENTIAL, require_pushed_authorization_requests: true };

  it('gets no code by a plain request, a form, or a request object', async () => {
    const client = await createSigningClient(signer, {
      require_pushed_authorization_requests: true,
    });
    const { clientId } = client;
    const object = await clientJwt(signer, client, { ...request(clientId), client_id: clientId });
    for (const fields of [{}, { request: object }]) {
      const { url } = await user.authorize(clientId, fields);
      expect([url.searchParams.get('error'), url.searchParams.has('code')]).toEqual([
        'invalid_request',
        false,
      ]);
    }
    const form = { method: 'POST', body: new URLSearchParams(request(clientId)) };
    const posted = await user.agent.go('/oauth2/authorize', form);
    expect(posted.url.searchParams.has('code')).toBe(false);
  });

  it('gets one by a pushed request', async () => {
    const client = await createClient(metadata);
    const reached = await follow(client.clientId, await push(client));
    expect(reached.url.searchParams.has('code')).toBe(true);
  });

  it('may be public, and is held to it all the same', async () => {
    const client = await createClient({ ...PUBLIC, require_pushed_authorization_requests: true });
    expect((await user.authorize(client.clientId)).url.searchParams.get('error')).toBe(
      'invalid_request',
    );
    const reached = await follow(client.clientId, await push(client));
    expect(reached.url.searchParams.get('iss')).toBe(issuer());
  });
});
