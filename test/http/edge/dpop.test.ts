import { beforeAll, describe, it } from 'vitest';

import { DPOP_ALGORITHMS } from '../../../shared/oauth/dpop-signature.ts';
import { aProof, aProver, ath, type Prover, proofClaims } from '../../support/dpop-forge.ts';
import { EdgeFixture, outcome } from '../../support/edge-fixture.ts';
import { ISSUER, NOW_SECONDS } from '../../support/jws-forge.ts';

const ALGS = `algs="${DPOP_ALGORITHMS.join(' ')}"`;
const METADATA = `resource_metadata="${ISSUER}/.well-known/oauth-protected-resource"`;
const PROFILE = '/api/v1/auth/profile';
const VALIDATE = '/api/v1/auth/token/validate';

let prover: Prover;
let stranger: Prover;

beforeAll(async () => {
  [prover, stranger] = await Promise.all([aProver(), aProver()]);
});

type Change = { readonly by?: Prover; readonly method?: string; readonly path?: string } & Readonly<
  Record<string, unknown>
>;

/** The headers of a request with a token that is bound to `prover`'s key, and a proof of it. */
async function headersOf(token: string, { by, method, path, ...claims }: Change = {}) {
  const all = { ath: await ath(token), nonce: 'nonce-2', ...claims };
  const proof = proofClaims(method ?? 'GET', `${ISSUER}${path ?? PROFILE}`, all);
  return { authorization: `DPoP ${token}`, dpop: await aProof(by ?? prover, proof) };
}

const boundToken = (fixture: EdgeFixture, claims: object = {}) =>
  fixture.token({ cnf: { jkt: prover.jkt }, ...claims });

const ask = async (fixture: EdgeFixture, headers: Record<string, string>, path = PROFILE) =>
  fixture.fetch(path, { headers });

describe('a DPoP-bound token', () => {
  it.for([PROFILE, '/oauth2/userinfo', '/api/v1/sessions', VALIDATE])(
    'is good at %s with a proof for that request, once',
    async (path, { expect }) => {
      const fixture = await EdgeFixture.start();
      const token = await boundToken(fixture);
      const headers = await headersOf(token, { path });
      const first = await ask(fixture, headers, `${path}?scope=openid`);
      expect(first.status).toBe(200);
      expect(first.headers.get('dpop-nonce')).toBeNull();
      const second = await ask(fixture, headers, path);
      expect(second.headers.get('www-authenticate')).toBe(
        `DPoP error="invalid_dpop_proof", ${ALGS}, ${METADATA}`,
      );
      expect(await outcome(second)).toEqual([401, 'AUTH_DPOP_PROOF_INVALID']);
      expect(fixture.runtime.events).toContainEqual(
        expect.objectContaining({ event: 'token.misused', level: 'security', reason: 'replay' }),
      );
      expect((await ask(fixture, await headersOf(token, { path }), path)).status).toBe(200);
    },
  );

  it('is refused as a bearer token, cached or not (RFC 9449 §7.2)', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await boundToken(fixture);
    const refuse = async (path: string, init: RequestInit = {}) => {
      const { dpop } = await headersOf(token, { path });
      for (const headers of [
        { authorization: `Bearer ${token}` },
        { authorization: `bearer ${token}`, dpop },
      ]) {
        const response = await fixture.fetch(path, { ...init, headers });
        expect(response.headers.get('www-authenticate')).toBe(
          `DPoP error="invalid_token", ${ALGS}, ${METADATA}`,
        );
        expect(await outcome(response)).toEqual([401, 'AUTH_TOKEN_INVALID']);
      }
    };
    await refuse(PROFILE);
    await refuse(VALIDATE);
    await refuse(VALIDATE, { method: 'POST' });
    expect((await ask(fixture, await headersOf(token, { path: VALIDATE }), VALIDATE)).status).toBe(
      200,
    );
    await refuse(VALIDATE);
    await refuse(VALIDATE, { method: 'POST', body: '{}' });
    expect(fixture.forwarded).toEqual([]);
  });

  it('is refused with a proof for anything else', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await boundToken(fixture);
    for (const change of [
      { method: 'POST' },
      { path: '/api/v1/sessions' },
      { htu: `https://evil.test${PROFILE}` },
      { ath: await ath('other') },
      { ath: undefined },
      { jti: '' },
    ]) {
      const response = await ask(fixture, await headersOf(token, change));
      expect(response.headers.get('dpop-nonce')).toBe('nonce-2');
      expect(await outcome(response)).toEqual([401, 'AUTH_DPOP_PROOF_INVALID']);
    }
    const { authorization, dpop } = await headersOf(token);
    for (const headers of [{ authorization }, { authorization, dpop: `${dpop}, ${dpop}` }]) {
      expect(await outcome(ask(fixture, headers))).toEqual([401, 'AUTH_DPOP_PROOF_INVALID']);
    }
    expect(fixture.usedProofs.size).toBe(0);
    expect(fixture.forwarded).toEqual([]);
  });

  it('is refused with a proof by another key (RFC 9449 §4.3 check 12)', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await boundToken(fixture);
    const response = await ask(fixture, await headersOf(token, { by: stranger }));
    expect(response.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_token", algs=/);
    expect(await outcome(response)).toEqual([401, 'AUTH_TOKEN_INVALID']);
    expect(fixture.usedProofs.size).toBe(0);
  });

  it('is compared with the issuer’s address, never with Host', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await boundToken(fixture);
    const at = (host: string, headers: Record<string, string>) =>
      fixture.fetch(`https://${host}${PROFILE}`, { headers });
    expect((await at('evil.test', await headersOf(token))).status).toBe(200);
    const misled = await headersOf(token, { htu: `https://evil.test${PROFILE}` });
    expect((await at('evil.test', misled)).status).toBe(401);
  });

  it('is refused under its own scheme when it is expired', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await boundToken(fixture, { exp: NOW_SECONDS });
    fixture.answer = () =>
      new Response(null, {
        status: 401,
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      });
    for (const path of [PROFILE, VALIDATE]) {
      const response = await ask(fixture, await headersOf(token, { path }), path);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe(
        `DPoP error="invalid_token", ${ALGS}, ${METADATA}`,
      );
    }
  });

  it('does not count where the key is not proved', async ({ expect }) => {
    const fixture = await EdgeFixture.start({
      RATE_LIMIT_USER: '1',
      RATE_LIMIT_TOKEN: '1',
      RATE_LIMIT_SCALE: '1',
    });
    const token = await boundToken(fixture);
    for (const path of [PROFILE, VALIDATE]) {
      expect((await ask(fixture, { authorization: `Bearer ${token}` }, path)).status).toBe(401);
    }
    expect((await ask(fixture, await headersOf(token))).status).toBe(200);
  });
});

describe('an unbound token', () => {
  it('is refused under the DPoP scheme, even with a good proof', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token();
    for (const path of [PROFILE, VALIDATE]) {
      const response = await ask(fixture, await headersOf(token, { path }), path);
      expect(response.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_token", /);
      expect(await outcome(response)).toEqual([401, 'AUTH_TOKEN_INVALID']);
    }
    expect(fixture.nonces.calls).toBe(0);
  });

  it('is judged without a request for a nonce, even with a DPoP header', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const headers = { authorization: `Bearer ${await fixture.token()}`, dpop: 'x' };
    expect((await ask(fixture, headers)).status).toBe(200);
    expect((await ask(fixture, headers, VALIDATE)).status).toBe(200);
    expect(fixture.nonces.calls).toBe(0);
  });
});

describe('nonces (RFC 9449 §8.2, §9)', () => {
  const withNonce = async (fixture: EdgeFixture, nonce: unknown, path = PROFILE) =>
    ask(fixture, await headersOf(await boundToken(fixture), { nonce, path }), path);

  it.for([undefined, 'nonce-0', ''])(
    '%j is answered with the one to use',
    async (nonce, { expect }) => {
      const fixture = await EdgeFixture.start();
      for (const path of [PROFILE, VALIDATE]) {
        const response = await withNonce(fixture, nonce, path);
        expect(response.headers.get('dpop-nonce')).toBe('nonce-2');
        expect(response.headers.get('www-authenticate')).toBe(
          `DPoP error="use_dpop_nonce", ${ALGS}, ${METADATA}`,
        );
        expect(await outcome(response)).toEqual([401, 'AUTH_DPOP_NONCE_REQUIRED']);
      }
      expect(fixture.usedProofs.size).toBe(0);
    },
  );

  it('are accepted for a while after they were replaced, and the answer contains the new one', async ({
    expect,
  }) => {
    const fixture = await EdgeFixture.start();
    for (const path of [PROFILE, VALIDATE]) {
      const response = await withNonce(fixture, 'nonce-1', path);
      expect(response.status).toBe(200);
      expect(response.headers.get('dpop-nonce')).toBe('nonce-2');
    }
  });

  it('say when a proof was made, whatever the clock of the client says (§11.1)', async ({
    expect,
  }) => {
    const fixture = await EdgeFixture.start();
    const at = async (nonce: string | undefined, iat: number) =>
      outcome(ask(fixture, await headersOf(await boundToken(fixture), { nonce, iat })));
    for (const iat of [NOW_SECONDS - 86_400, NOW_SECONDS + 86_400]) {
      expect(await at('nonce-2', iat)).toEqual([200]);
      expect(await at(undefined, iat)).toEqual([401, 'AUTH_DPOP_NONCE_REQUIRED']);
    }
    const optional = await EdgeFixture.start({ DPOP_NONCE: 'optional' });
    const late = await headersOf(await boundToken(optional), {
      nonce: undefined,
      iat: NOW_SECONDS - 61,
    });
    expect(await outcome(ask(optional, late))).toEqual([401, 'AUTH_DPOP_PROOF_INVALID']);
  });

  it('may be left out where the setting says so; a wrong one is still wrong', async ({
    expect,
  }) => {
    const fixture = await EdgeFixture.start({ DPOP_NONCE: 'optional' });
    const without = await withNonce(fixture, undefined);
    expect([without.status, without.headers.get('dpop-nonce')]).toEqual([200, 'nonce-2']);
    expect(await outcome(withNonce(fixture, 'nonce-0'))).toEqual([401, 'AUTH_DPOP_NONCE_REQUIRED']);
  });

  it('are fetched once for as long as they are valid', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    for (let n = 0; n < 5; n += 1) await withNonce(fixture, 'nonce-2');
    expect(fixture.nonces.calls).toBe(1);
    fixture.nonces.previous = 'nonce-2';
    fixture.nonces.current = 'nonce-3';
    fixture.runtime.now += 300_000;
    const token = await boundToken(fixture);
    const iat = NOW_SECONDS + 300;
    const response = await ask(fixture, await headersOf(token, { nonce: 'nonce-2', iat }));
    expect([response.status, response.headers.get('dpop-nonce')]).toEqual([200, 'nonce-3']);
    expect(fixture.nonces.calls).toBe(2);
  });

  it('lead to 503, and never to acceptance, if they cannot be fetched', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    fixture.nonces.reachable = false;
    expect(await outcome(withNonce(fixture, 'nonce-2'))).toEqual([503, 'SERVICE_UNAVAILABLE']);
    fixture.nonces.reachable = true;
    expect((await withNonce(fixture, 'nonce-2')).status).toBe(200);
    fixture.nonces.reachable = false;
    expect(await outcome(withNonce(fixture, 'nonce-2'))).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(fixture.forwarded).toHaveLength(1);
  });
});

describe('token/validate', () => {
  it('describes a bound token in the body, and asks for no proof', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await boundToken(fixture);
    for (let round = 0; round < 2; round += 1) {
      const response = await fixture.validate(token);
      expect(await response.json()).toMatchObject({
        valid: true,
        claims: { cnf: { jkt: prover.jkt } },
      });
    }
    expect(fixture.nonces.calls).toBe(0);
  });

  it('takes the request that a proxy asks about from x-forwarded-*', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await boundToken(fixture);
    const forwarded = {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example.test',
      'x-forwarded-uri': '/orders?page=2',
      'x-forwarded-method': 'DELETE',
    };
    const proof = { htu: 'https://shop.example.test/orders', method: 'DELETE' };
    const statusFor = async (more: object, change = {}) =>
      ask(fixture, { ...(await headersOf(token, { ...proof, ...change })), ...more }, VALIDATE);
    expect((await statusFor(forwarded)).status).toBe(200);
    for (const more of [
      {},
      { ...forwarded, 'x-forwarded-method': 'GET' },
      { ...forwarded, 'x-forwarded-host': 'evil.test' },
      { ...forwarded, 'x-forwarded-uri': '/orders/1' },
      { ...forwarded, 'x-forwarded-uri': '.evil.test/orders' },
      { ...forwarded, 'x-forwarded-proto': 'http' },
      { ...forwarded, 'x-forwarded-proto': 'https, http' },
    ]) {
      expect(await outcome(statusFor(more))).toEqual([401, 'AUTH_DPOP_PROOF_INVALID']);
    }
    const own = { htu: `${ISSUER}${VALIDATE}`, method: 'GET' };
    expect((await statusFor({ 'x-forwarded-proto': 'http' }, own)).status).toBe(200);
  });

  it('takes the request from x-original-*, which ingress-nginx sends, for any method', async ({
    expect,
  }) => {
    const fixture = await EdgeFixture.start();
    const token = await boundToken(fixture);
    const original = {
      'x-original-url': 'https://shop.example.test/orders?page=2',
      'x-original-method': 'PUT',
    };
    const proof = { htu: 'https://shop.example.test/orders', method: 'PUT' };
    const statusFor = async (more: object) =>
      ask(fixture, { ...(await headersOf(token, proof)), ...more }, '/auth/forward');
    expect((await statusFor(original)).status).toBe(200);
    for (const more of [{ 'x-original-method': 'GET' }, { 'x-original-url': '/orders' }]) {
      expect(await outcome(statusFor({ ...original, ...more }))).toEqual([
        401,
        'AUTH_DPOP_PROOF_INVALID',
      ]);
    }
  });

  it('does not let a client choose the request, by headers of the kind that its proxy does not set', async ({
    expect,
  }) => {
    const fixture = await EdgeFixture.start();
    const token = await boundToken(fixture);
    const set = {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example.test',
      'x-forwarded-uri': '/orders',
      'x-forwarded-method': 'GET',
    };
    const statusFor = async (more: object, htu: string) =>
      ask(fixture, { ...(await headersOf(token, { htu })), ...set, ...more }, '/auth/forward');
    const other = 'https://shop.example.test/other';
    for (const more of [{ 'x-original-url': other }, { 'x-original-method': 'POST' }]) {
      for (const htu of ['https://shop.example.test/orders', other]) {
        expect(await outcome(statusFor(more, htu))).toEqual([400, 'VALIDATION_ERROR']);
      }
    }
    const same = { 'x-original-url': 'https://shop.example.test/orders' };
    expect((await statusFor(same, same['x-original-url'])).status).toBe(200);
  });

  it('takes x-forwarded-* for forward authentication alone', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const headers = await headersOf(await boundToken(fixture), { htu: 'https://shop.test/x' });
    const forwarded = { 'x-forwarded-host': 'shop.test', 'x-forwarded-uri': '/x' };
    expect(await outcome(ask(fixture, { ...headers, ...forwarded }))).toEqual([
      401,
      'AUTH_DPOP_PROOF_INVALID',
    ]);
  });
});

describe('GET /connect', () => {
  it('takes a proof in the headers of the upgrade', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    fixture.answer = () => new Response(null, { status: 101, webSocket: client });
    const headers = await headersOf(await boundToken(fixture), {
      path: '/connect',
      nonce: 'nonce-1',
    });
    const upgrade = { upgrade: 'websocket' };
    expect((await ask(fixture, { ...headers, ...upgrade }, '/connect')).status).toBe(101);
    const again = ask(fixture, { ...headers, ...upgrade }, '/connect');
    expect(await outcome(again)).toEqual([401, 'AUTH_DPOP_PROOF_INVALID']);
  });

  it('refuses a bound token among the subprotocols', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await boundToken(fixture);
    const headers = {
      upgrade: 'websocket',
      'sec-websocket-protocol': `sallyport.v1, bearer.${token}`,
    };
    expect(await outcome(ask(fixture, headers, '/connect'))).toEqual([401, 'AUTH_TOKEN_INVALID']);
    expect(fixture.forwarded).toEqual([]);
  });
});
