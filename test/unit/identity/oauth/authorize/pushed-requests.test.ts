import { beforeEach, describe, expect, it } from 'vitest';

import { sha256, utf8 } from '../../../../../shared/bytes.ts';
import { seconds, toNumericDate } from '../../../../../shared/clock.ts';
import { ClientId } from '../../../../../shared/ids.ts';
import {
  findPushedRequest,
  pushRequest,
  usePushedRequest,
} from '../../../../../workers/identity/oauth/authorize/pushed-requests.ts';
import type { Client } from '../../../../../workers/identity/oauth/clients/client.ts';
import { authorizeFixture, QUERY, type Query } from '../../../../support/authorize-fixture.ts';
import { BrowserFixture, formOf } from '../../../../support/browser-fixture.ts';
import { aProof, aProver, proofClaims } from '../../../../support/dpop-forge.ts';
import { LOOKS } from '../../../../support/looks.ts';
import { MemoryTtlStore } from '../../../../support/memory-ttl-store.ts';
import {
  ADA_ID,
  aClient,
  anAuthorizationRequest,
  CODE_CHALLENGE,
  REDIRECT_URI,
} from '../../../../support/oauth-fixture.ts';

const ISSUER = 'https://id.example.test';
const SECRET = 'a-client-secret';
const AUTHORIZATION = `Basic ${btoa(`client-1:${SECRET}`)}`;

const CONSENT = {
  accountId: ADA_ID,
  clientId: ClientId.restore('client-1'),
  scopes: ['openid', 'profile'],
  claims: [],
  resources: [],
  authorizationDetails: [],
};

let its: ReturnType<typeof authorizeFixture>;
let browser: BrowserFixture;

async function start(more: Partial<Client> = {}) {
  const secrets = [{ hash: await sha256(utf8(SECRET)), expiresAt: null }];
  its = authorizeFixture(aClient({ secrets, skipConsent: true, ...more }));
  browser = new BrowserFixture(its);
  await browser.signIn();
}
beforeEach(() => start());

async function push(more: Query = {}, headers: Readonly<Record<string, string>> = {}) {
  const response = await new BrowserFixture(its).fetch('/oauth2/par', {
    method: 'POST',
    headers: {
      authorization: AUTHORIZATION,
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
    body: formOf({ ...QUERY, client_id: undefined, ...more }),
  });
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads any shape and asserts it
  const json: any = await response.json();
  return { status: response.status, headers: response.headers, json };
}

async function use(uri: string, more: Query = {}) {
  const query = formOf({ client_id: 'client-1', request_uri: uri, ...more });
  const response = await browser.fetch(`/oauth2/authorize?${query}`);
  const location = response.headers.get('location');
  return {
    status: response.status,
    location,
    answer: Object.fromEntries(new URL(location ?? 'about:blank', ISSUER).searchParams),
  };
}

describe('a pushed authorization request (RFC 9126)', () => {
  /** @demands RFC 9126 §2.2: A `request_uri` cannot be guessed… */
  it('is answered with a request_uri that lives for 90 seconds (§2.2)', async () => {
    const { status, headers, json } = await push();
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(json).toEqual({
      request_uri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:[A-Za-z0-9_-]{43}$/),
      expires_in: 90,
    });
  });

  it('is stored under a hash of its request_uri', async () => {
    const { json } = await push();
    const [key = ''] = its.ttl.keys();
    expect(key).toMatch(/^par:/);
    expect(json.request_uri).not.toContain(key.slice(4));
  });

  it('is used once (§7.3)', async () => {
    const { json } = await push();
    expect((await use(json.request_uri)).answer).toMatchObject({ state: 'xyz', iss: ISSUER });
    expect(await use(json.request_uri)).toMatchObject({ status: 400, location: null });
  });

  it('is used without the parameters beside its request_uri (§4)', async () => {
    const { json } = await push();
    const { location, answer } = await use(json.request_uri, {
      redirect_uri: 'https://evil.test/',
      state: 'other',
      response_mode: 'fragment',
    });
    expect(location?.startsWith(`${REDIRECT_URI}?`)).toBe(true);
    expect(answer).toMatchObject({ state: 'xyz' });
  });

  it('belongs to the client that pushed it (§2.2), which another’s attempt takes nothing from', async () => {
    its.backend.clients.add(aClient({ clientId: ClientId.restore('client-2') }));
    const { json } = await push();
    expect((await use(json.request_uri, { client_id: 'client-2' })).status).toBe(400);
    expect((await use(json.request_uri)).answer).toHaveProperty('code');
  });

  it('is not used up by who only opens it, or opens it again (§7.3)', async () => {
    const { json } = await push();
    const visitor = new BrowserFixture(its);
    const query = formOf({ client_id: 'client-1', request_uri: json.request_uri });
    const preview = await visitor.fetch(`/oauth2/authorize?${query}`);
    const reload = await visitor.fetch(`/oauth2/authorize?${query}`);
    for (const { headers } of [preview, reload]) {
      expect(headers.get('location')).toMatch(/^\/sign-in\?interaction=/);
    }
    expect((await use(json.request_uri)).answer).toHaveProperty('code');
  });

  it.each(LOOKS)('is not used up, and gets no code, by %s', async (_, init) => {
    const { json } = await push();
    const before = its.ttl.keys();
    const query = formOf({ client_id: 'client-1', request_uri: json.request_uri });
    const { status, headers } = await browser.fetch(`/oauth2/authorize?${query}`, init);
    expect(status).toBe(init.method === 'HEAD' ? 204 : 403);
    expect([headers.get('location'), headers.get('cache-control')]).toEqual([null, 'no-store']);
    expect(its.ttl.keys()).toEqual(before);
    expect((await use(json.request_uri)).answer).toHaveProperty('code');
  });

  it('is good for one code, in however many interactions it has begun', async () => {
    await start({ skipConsent: false });
    const { json } = await push();
    const ids = [];
    for (const _ of [1, 2]) {
      const { location } = await use(json.request_uri);
      ids.push(new URL(location ?? '', ISSUER).searchParams.get('interaction') ?? '');
    }
    await its.backend.consents.grant(CONSENT, 0);
    const answers = await Promise.all(
      ids.map((id) => browser.fetch(`/oauth2/authorize/resume?interaction=${id}`)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303, 400]));
    expect((await use(json.request_uri)).status).toBe(400);
  });

  it('gets one of many requests at once a code', async () => {
    const { json } = await push();
    const answers = await Promise.all([1, 2, 3].map(() => use(json.request_uri)));
    expect(answers.filter(({ answer }) => 'code' in answer)).toHaveLength(1);
  });

  it('gets no code after two hours, when nobody knows whether it had one', async () => {
    const store = new MemoryTtlStore(() => 0);
    const uri = await pushRequest(store, anAuthorizationRequest(), 0);
    const { pushedId = '' } = (await findPushedRequest(store, uri, 'client-1', 0)) ?? {};
    expect(await usePushedRequest(store, pushedId, 0, seconds(7_200))).toBe(false);
    expect(await usePushedRequest(store, pushedId, 0, seconds(7_199))).toBe(true);
    expect(await usePushedRequest(store, pushedId, 0, 0)).toBe(false);
  });

  it('expires after its time (§2.2)', async () => {
    const { json } = await push();
    its.backend.now += seconds(90);
    expect((await use(json.request_uri)).status).toBe(400);
  });

  it('expires even where the store still has it', async () => {
    const store = new MemoryTtlStore(() => 0);
    const uri = await pushRequest(store, anAuthorizationRequest(), 0);
    expect(await findPushedRequest(store, uri, 'client-1', seconds(90))).toBeUndefined();
  });

  it.each(['urn:ietf:params:oauth:request_uri:', 'urn:ietf:params:oauth:request_uri:made-up'])(
    'is not found by %s',
    async (uri) => {
      expect((await use(uri)).status).toBe(400);
    },
  );

  it('stays in the interaction after its request_uri was used', async () => {
    browser = new BrowserFixture(its);
    const { json } = await push();
    const { location } = await use(json.request_uri);
    expect(location).toMatch(/^\/sign-in\?interaction=/);
  });

  it('is accepted where the client allows no other (§6)', async () => {
    await start({ requirePushedAuthorizationRequests: true });
    const { json } = await push();
    expect((await use(json.request_uri)).answer).toHaveProperty('code');
  });

  it('is refused where its client does not authenticate (§2)', async () => {
    for (const authorization of ['', `Basic ${btoa('client-1:wrong')}`]) {
      const { status, json } = await push({ client_id: 'client-1' }, { authorization });
      expect([status, json.error]).toEqual([401, 'invalid_client']);
    }
  });

  it('is refused with another client_id than the authenticated one (§2.1)', async () => {
    its.backend.clients.add(aClient({ clientId: ClientId.restore('client-2') }));
    const { status } = await push({ client_id: 'client-2' });
    expect([400, 401]).toContain(status);
  });

  it.each<[string, Query, string]>([
    [
      'a request_uri (§2.1)',
      { request_uri: 'urn:ietf:params:oauth:request_uri:x' },
      'invalid_request',
    ],
    ['an unregistered redirect URI', { redirect_uri: 'https://evil.test/' }, 'invalid_request'],
    ['a repeated parameter', { state: ['a', 'b'] }, 'invalid_request'],
    ['no PKCE', { code_challenge: undefined }, 'invalid_request'],
    ['another response_type', { response_type: 'token' }, 'unsupported_response_type'],
    ['another scope', { scope: 'admin' }, 'invalid_scope'],
  ])('is refused with %s', async (_, more, error) => {
    const { status, json } = await push(more);
    expect([status, json.error]).toEqual([400, error]);
    expect(its.ttl.keys()).toEqual([]);
  });

  it('is refused unless it is a form', async () => {
    expect((await push({}, { 'content-type': 'application/json' })).status).toBe(400);
  });
});

describe('a DPoP proof with a pushed request (RFC 9449 §10.1)', () => {
  const proofOf = async () => {
    const prover = await aProver();
    const { current } = await its.services.dpopNonces();
    const iat = toNumericDate(its.backend.now);
    const claims = proofClaims('POST', `${ISSUER}/oauth2/par`, { iat, nonce: current });
    return { jkt: prover.jkt, dpop: await aProof(prover, claims) };
  };

  async function boundKey(json: { request_uri: string }): Promise<unknown> {
    let key: unknown;
    its.backend.user.issueCode = async ({ dpopJkt }) => {
      key = dpopJkt;
      return { ok: true, value: undefined };
    };
    await use(json.request_uri);
    return key;
  }

  it('binds the code to its key', async () => {
    const { jkt, dpop } = await proofOf();
    const { json, headers } = await push({}, { dpop });
    expect(headers.get('dpop-nonce')).toBe((await its.services.dpopNonces()).current);
    expect(await boundKey(json)).toBe(jkt);
  });

  it('must agree with dpop_jkt, which binds the code by itself, too', async () => {
    const { jkt, dpop } = await proofOf();
    expect((await push({ dpop_jkt: jkt }, { dpop })).status).toBe(201);
    expect(await boundKey((await push({ dpop_jkt: jkt })).json)).toBe(jkt);
    const other = await push({ dpop_jkt: CODE_CHALLENGE }, { dpop: (await proofOf()).dpop });
    expect([other.status, other.json.error]).toEqual([400, 'invalid_dpop_proof']);
  });

  it('needs a nonce, which the refusal carries (§8)', async () => {
    const prover = await aProver();
    const iat = toNumericDate(its.backend.now);
    const dpop = await aProof(prover, proofClaims('POST', `${ISSUER}/oauth2/par`, { iat }));
    const { status, json, headers } = await push({}, { dpop });
    expect([status, json.error]).toEqual([400, 'use_dpop_nonce']);
    expect(headers.get('dpop-nonce')).toBe((await its.services.dpopNonces()).current);
  });
});
