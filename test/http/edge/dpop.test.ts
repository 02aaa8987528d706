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

const boundToken = (world: EdgeFixture, claims: object = {}) =>
  world.token({ cnf: { jkt: prover.jkt }, ...claims });

const ask = async (world: EdgeFixture, headers: Record<string, string>, path = PROFILE) =>
  world.fetch(path, { headers });

describe('a DPoP-bound token', () => {
  it.for([PROFILE, '/oauth2/userinfo', '/api/v1/sessions', VALIDATE])(
    'is good at %s with a proof for that request, once',
    async (path, { expect }) => {
      const world = await EdgeFixture.start();
      const token = await boundToken(world);
      const headers = await headersOf(token, { path });
      const first = await ask(world, headers, `${path}?a=b`);
      expect(first.status).toBe(200);
      expect(first.headers.get('dpop-nonce')).toBeNull();
      const second = await ask(world, headers, path);
      expect(second.headers.get('www-authenticate')).toBe(
        `DPoP error="invalid_dpop_proof", ${ALGS}, ${METADATA}`,
      );
      expect(await outcome(second)).toEqual([401, 'AUTH_DPOP_PROOF_INVALID']);
      expect(world.runtime.events).toContainEqual(
        expect.objectContaining({ event: 'token.misused', level: 'security', reason: 'replay' }),
      );
      expect((await ask(world, await headersOf(token, { path }), path)).status).toBe(200);
    },
  );

  it('is refused as a bearer token, remembered or not (RFC 9449 §7.2)', async ({ expect }) => {
    const world = await EdgeFixture.start();
    const token = await boundToken(world);
    const refuse = async (path: string, init: RequestInit = {}) => {
      const { dpop } = await headersOf(token, { path });
      for (const headers of [
        { authorization: `Bearer ${token}` },
        { authorization: `bearer ${token}`, dpop },
      ]) {
        const response = await world.fetch(path, { ...init, headers });
        expect(response.headers.get('www-authenticate')).toBe(
          `DPoP error="invalid_token", ${ALGS}, ${METADATA}`,
        );
        expect(await outcome(response)).toEqual([401, 'AUTH_TOKEN_INVALID']);
      }
    };
    await refuse(PROFILE);
    await refuse(VALIDATE);
    await refuse(VALIDATE, { method: 'POST' });
    expect((await ask(world, await headersOf(token, { path: VALIDATE }), VALIDATE)).status).toBe(
      200,
    );
    await refuse(VALIDATE);
    await refuse(VALIDATE, { method: 'POST', body: '{}' });
    expect(world.forwarded).toEqual([]);
  });

  it('is refused with a proof for anything else', async ({ expect }) => {
    const world = await EdgeFixture.start();
    const token = await boundToken(world);
    for (const change of [
      { method: 'POST' },
      { path: '/api/v1/sessions' },
      { htu: `https://evil.test${PROFILE}` },
      { ath: await ath('other') },
      { ath: undefined },
      { iat: NOW_SECONDS - 61 },
      { jti: '' },
    ]) {
      const response = await ask(world, await headersOf(token, change));
      expect(response.headers.get('dpop-nonce')).toBe('nonce-2');
      expect(await outcome(response)).toEqual([401, 'AUTH_DPOP_PROOF_INVALID']);
    }
    const { authorization, dpop } = await headersOf(token);
    for (const headers of [{ authorization }, { authorization, dpop: `${dpop}, ${dpop}` }]) {
      expect(await outcome(ask(world, headers))).toEqual([401, 'AUTH_DPOP_PROOF_INVALID']);
    }
    expect(world.usedProofs.size).toBe(0);
    expect(world.forwarded).toEqual([]);
  });

  it('is refused with a proof by another key (RFC 9449 §4.3 check 12)', async ({ expect }) => {
    const world = await EdgeFixture.start();
    const token = await boundToken(world);
    const response = await ask(world, await headersOf(token, { by: stranger }));
    expect(response.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_token", algs=/);
    expect(await outcome(response)).toEqual([401, 'AUTH_TOKEN_INVALID']);
    expect(world.usedProofs.size).toBe(0);
  });

  it('takes the address from the issuer, never from Host', async ({ expect }) => {
    const world = await EdgeFixture.start();
    const token = await boundToken(world);
    const at = (host: string, headers: Record<string, string>) =>
      world.fetch(`https://${host}${PROFILE}`, { headers });
    expect((await at('evil.test', await headersOf(token))).status).toBe(200);
    const misled = await headersOf(token, { htu: `https://evil.test${PROFILE}` });
    expect((await at('evil.test', misled)).status).toBe(401);
  });

  it('that is expired is refused under its own scheme', async ({ expect }) => {
    const world = await EdgeFixture.start();
    const token = await boundToken(world, { exp: NOW_SECONDS });
    world.answer = () =>
      new Response(null, {
        status: 401,
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      });
    for (const path of [PROFILE, VALIDATE]) {
      const response = await ask(world, await headersOf(token, { path }), path);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe(
        `DPoP error="invalid_token", ${ALGS}, ${METADATA}`,
      );
    }
  });

  it('does not use up the user’s limit for who cannot prove its key', async ({ expect }) => {
    const world = await EdgeFixture.start({ RATE_LIMIT_USER: '1', RATE_LIMIT_SCALE: '1' });
    const token = await boundToken(world);
    for (const path of [PROFILE, VALIDATE]) {
      expect((await ask(world, { authorization: `Bearer ${token}` }, path)).status).toBe(401);
    }
    expect((await ask(world, await headersOf(token))).status).toBe(200);
  });
});

describe('an unbound token', () => {
  it('is refused under the DPoP scheme, even with a good proof', async ({ expect }) => {
    const world = await EdgeFixture.start();
    const token = await world.token();
    for (const path of [PROFILE, VALIDATE]) {
      const response = await ask(world, await headersOf(token, { path }), path);
      expect(response.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_token", /);
      expect(await outcome(response)).toEqual([401, 'AUTH_TOKEN_INVALID']);
    }
    expect(world.nonces.calls).toBe(0);
  });

  it('costs no question about proofs, whatever header comes along', async ({ expect }) => {
    const world = await EdgeFixture.start();
    const headers = { authorization: `Bearer ${await world.token()}`, dpop: 'x' };
    expect((await ask(world, headers)).status).toBe(200);
    expect((await ask(world, headers, VALIDATE)).status).toBe(200);
    expect(world.nonces.calls).toBe(0);
  });
});

describe('nonces (RFC 9449 §8.2, §9)', () => {
  const withNonce = async (world: EdgeFixture, nonce: unknown, path = PROFILE) =>
    ask(world, await headersOf(await boundToken(world), { nonce, path }), path);

  it.for([undefined, 'nonce-0', ''])(
    '%j is answered with the one to use',
    async (nonce, { expect }) => {
      const world = await EdgeFixture.start();
      for (const path of [PROFILE, VALIDATE]) {
        const response = await withNonce(world, nonce, path);
        expect(response.headers.get('dpop-nonce')).toBe('nonce-2');
        expect(response.headers.get('www-authenticate')).toBe(
          `DPoP error="use_dpop_nonce", ${ALGS}, ${METADATA}`,
        );
        expect(await outcome(response)).toEqual([401, 'AUTH_DPOP_NONCE_REQUIRED']);
      }
      expect(world.usedProofs.size).toBe(0);
    },
  );

  it('that were replaced are still good, and the answer tells the new one', async ({ expect }) => {
    const world = await EdgeFixture.start();
    for (const path of [PROFILE, VALIDATE]) {
      const response = await withNonce(world, 'nonce-1', path);
      expect(response.status).toBe(200);
      expect(response.headers.get('dpop-nonce')).toBe('nonce-2');
    }
  });

  it('may be left out where the setting says so; a wrong one is still wrong', async ({
    expect,
  }) => {
    const world = await EdgeFixture.start({ DPOP_NONCE: 'optional' });
    const without = await withNonce(world, undefined);
    expect([without.status, without.headers.get('dpop-nonce')]).toEqual([200, 'nonce-2']);
    expect(await outcome(withNonce(world, 'nonce-0'))).toEqual([401, 'AUTH_DPOP_NONCE_REQUIRED']);
  });

  it('are asked for once as long as they hold', async ({ expect }) => {
    const world = await EdgeFixture.start();
    for (let n = 0; n < 5; n += 1) await withNonce(world, 'nonce-2');
    expect(world.nonces.calls).toBe(1);
    world.nonces.previous = 'nonce-2';
    world.nonces.current = 'nonce-3';
    world.runtime.now += 300_000;
    const token = await boundToken(world);
    const iat = NOW_SECONDS + 300;
    const response = await ask(world, await headersOf(token, { nonce: 'nonce-2', iat }));
    expect([response.status, response.headers.get('dpop-nonce')]).toEqual([200, 'nonce-3']);
    expect(world.nonces.calls).toBe(2);
  });

  it('that cannot be asked for are 503, never a pass', async ({ expect }) => {
    const world = await EdgeFixture.start();
    world.nonces.reachable = false;
    expect(await outcome(withNonce(world, 'nonce-2'))).toEqual([503, 'SERVICE_UNAVAILABLE']);
    world.nonces.reachable = true;
    expect((await withNonce(world, 'nonce-2')).status).toBe(200);
    world.nonces.reachable = false;
    expect(await outcome(withNonce(world, 'nonce-2'))).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(world.forwarded).toHaveLength(1);
  });
});

describe('token/validate', () => {
  it('describes a bound token in the body, and asks for no proof', async ({ expect }) => {
    const world = await EdgeFixture.start();
    const token = await boundToken(world);
    for (let round = 0; round < 2; round += 1) {
      const response = await world.validate(token);
      expect(await response.json()).toMatchObject({
        valid: true,
        claims: { cnf: { jkt: prover.jkt } },
      });
    }
    expect(world.nonces.calls).toBe(0);
  });

  it('takes the request that a proxy asks about from x-forwarded-*', async ({ expect }) => {
    const world = await EdgeFixture.start();
    const token = await boundToken(world);
    const forwarded = {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example.test',
      'x-forwarded-uri': '/orders?page=2',
      'x-forwarded-method': 'DELETE',
    };
    const proof = { htu: 'https://shop.example.test/orders', method: 'DELETE' };
    const asked = async (more: object, change = {}) =>
      ask(world, { ...(await headersOf(token, { ...proof, ...change })), ...more }, VALIDATE);
    expect((await asked(forwarded)).status).toBe(200);
    for (const more of [
      {},
      { ...forwarded, 'x-forwarded-method': 'GET' },
      { ...forwarded, 'x-forwarded-host': 'evil.test' },
      { ...forwarded, 'x-forwarded-uri': '/orders/1' },
      { ...forwarded, 'x-forwarded-uri': '.evil.test/orders' },
      { ...forwarded, 'x-forwarded-proto': 'http' },
      { ...forwarded, 'x-forwarded-proto': 'https, http' },
    ]) {
      expect(await outcome(asked(more))).toEqual([401, 'AUTH_DPOP_PROOF_INVALID']);
    }
    const own = { htu: `${ISSUER}${VALIDATE}`, method: 'GET' };
    expect((await asked({ 'x-forwarded-proto': 'http' }, own)).status).toBe(200);
  });

  it('lets nobody change what is asked about elsewhere', async ({ expect }) => {
    const world = await EdgeFixture.start();
    const headers = await headersOf(await boundToken(world), { htu: 'https://shop.test/x' });
    const forwarded = { 'x-forwarded-host': 'shop.test', 'x-forwarded-uri': '/x' };
    expect(await outcome(ask(world, { ...headers, ...forwarded }))).toEqual([
      401,
      'AUTH_DPOP_PROOF_INVALID',
    ]);
  });
});

describe('GET /connect', () => {
  it('takes a proof in the headers of the upgrade', async ({ expect }) => {
    const world = await EdgeFixture.start();
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    world.answer = () => new Response(null, { status: 101, webSocket: client });
    const headers = await headersOf(await boundToken(world), {
      path: '/connect',
      nonce: 'nonce-1',
    });
    const upgrade = { upgrade: 'websocket' };
    expect((await ask(world, { ...headers, ...upgrade }, '/connect')).status).toBe(101);
    const again = ask(world, { ...headers, ...upgrade }, '/connect');
    expect(await outcome(again)).toEqual([401, 'AUTH_DPOP_PROOF_INVALID']);
  });

  it('refuses a bound token among the subprotocols', async ({ expect }) => {
    const world = await EdgeFixture.start();
    const token = await boundToken(world);
    const headers = {
      upgrade: 'websocket',
      'sec-websocket-protocol': `sallyport.v1, bearer.${token}`,
    };
    expect(await outcome(ask(world, headers, '/connect'))).toEqual([401, 'AUTH_TOKEN_INVALID']);
    expect(world.forwarded).toEqual([]);
  });
});
