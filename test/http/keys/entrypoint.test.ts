import {
  createExecutionContext,
  evictDurableObject,
  reset,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type JWK,
  jwtVerify,
} from 'jose';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import { TOKEN_RINGS } from '../../../durable-objects/key-ring/key-ring.ts';
import { KeyRingObject } from '../../../durable-objects/key-ring/key-ring-object.ts';
import {
  encodePrincipal,
  PRINCIPAL_HEADER,
  type Principal,
} from '../../../shared/contracts/edge/principal.ts';
import {
  type KeysRpc,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from '../../../shared/contracts/keys/keys-rpc.ts';
import { importJwkSet } from '../../../shared/tokens/verification-keys.ts';
import { KeysEntrypoint } from '../../../workers/keys/entrypoint.ts';
import { serve } from '../../../workers/keys/worker.ts';
import { aFailingIsolate, anIsolate } from '../../support/key-ring-isolate.ts';

const anAdmin: Principal = {
  subject: '0b6c1f5e-3a52-4a53-9c0c-6c2a8b1d9e10',
  sessionId: 's',
  clientId: 'sallyport',
  scopes: [],
  roles: ['admin'],
  tokenId: 't',
  expiresAt: 0,
};
const START = Date.UTC(2030, 0, 1);
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const request = { typ: 'at+jwt', claims: { sub: 'someone', exp: START / 1_000 + 900 } } as const;

function as(caller: string | undefined, isolate = anIsolate()): KeysRpc {
  const props = caller === undefined ? {} : { caller };
  return new KeysEntrypoint(Object.assign(createExecutionContext(), { props }), isolate);
}
const kidOf = async (token: Promise<string>) => decodeProtectedHeader(await token).kid;
const health = (isolate?: KeysEnv) => as('edge', isolate).health();
const moved = () => Object.assign(new Error('moved'), { retryable: true });
const ring = (alg: SigningAlgorithm) => env.KEY_RINGS.getByName(TOKEN_RINGS[alg]);
const rotate = (alg: SigningAlgorithm = 'ES256') => ring(alg).rotate();

async function rotateOverHttp(
  isolate: KeysEnv,
  alg: SigningAlgorithm,
): Promise<{ currentKid: string }> {
  const ctx = Object.assign(createExecutionContext(), { props: { caller: 'edge' } });
  const headers = {
    [PRINCIPAL_HEADER]: encodePrincipal(anAdmin),
    'content-type': 'application/json',
  };
  const command = new Request('https://id.example.com/api/v1/keys/rotate', {
    method: 'POST',
    headers,
    body: JSON.stringify({ alg }),
  });
  return (await serve(command, isolate, ctx)).json();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
});
afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

describe('signJwt', () => {
  it('makes a token that verifies against the published keys', async ({ expect }) => {
    const token = await as('identity').signJwt(request);
    const jwks = createLocalJWKSet((await as('edge').jwks()) as JSONWebKeySet);
    const { payload, protectedHeader } = await jwtVerify(token, jwks, { typ: 'at+jwt' });
    expect(payload).toEqual(request.claims);
    expect(Object.keys(protectedHeader).toSorted()).toEqual(['alg', 'kid', 'typ']);
  });

  it.for(SIGNING_ALGORITHMS)(
    '[KR16] signs with %s by a key of its own ring, which is published',
    async (alg, { expect }) => {
      const isolate = anIsolate();
      const token = await as('identity', isolate).signJwt({ ...request, alg });
      const jwks = createLocalJWKSet((await as('edge').jwks()) as JSONWebKeySet);
      const { payload, protectedHeader } = await jwtVerify(token, jwks, { typ: 'at+jwt' });
      const current = (await ring(alg).peek())?.signing.kid;
      expect(payload).toEqual(request.claims);
      expect(protectedHeader).toEqual({ alg, typ: 'at+jwt', kid: current });

      await rotate(alg);
      vi.setSystemTime(START + 30_000);
      const next = await kidOf(as('identity', isolate).signJwt({ ...request, alg }));
      expect(next).toBe((await ring(alg).peek())?.signing.kid);
      expect(next).not.toBe(current);
    },
  );

  it('asks the ring of ES256 only, for an access token', async ({ expect }) => {
    await as('identity').signJwt(request);
    const seen = await Promise.all(SIGNING_ALGORITHMS.map((alg) => ring(alg).peek()));
    expect(seen.map((snapshot) => snapshot !== undefined)).toEqual([true, false, false, false]);
  });

  it('does not ask the ring for each token', async ({ expect }) => {
    let hops = 0;
    const isolate = anIsolate({}, () => {
      hops += 1;
    });
    for (let n = 0; n < 10; n += 1) await as('identity', isolate).signJwt(request);
    expect(hops).toBe(1);
  });

  it('signs with the new key at most 30 s after a rotation', async ({ expect }) => {
    const isolate = anIsolate();
    const old = await kidOf(as('identity', isolate).signJwt(request));
    await rotate();
    vi.setSystemTime(START + 29_999);
    expect(await kidOf(as('identity', isolate).signJwt(request))).toBe(old);
    vi.setSystemTime(START + 30_000);
    const current = (await ring('ES256').peek())?.signing.kid;
    expect(await kidOf(as('identity', isolate).signJwt(request))).toBe(current);
  });

  it.for(SIGNING_ALGORITHMS)(
    'signs with the new %s key at once in the isolate that rotated',
    async (alg, { expect }) => {
      const isolate = anIsolate();
      await as('identity', isolate).signJwt({ ...request, alg });
      const { currentKid } = await rotateOverHttp(isolate, alg);
      const token = await as('identity', isolate).signJwt({ ...request, alg });
      expect(decodeProtectedHeader(token).kid).toBe(currentKid);
      const jwks = createLocalJWKSet((await as('edge').jwks()) as JSONWebKeySet);
      await expect(jwtVerify(token, jwks)).resolves.toBeDefined();
    },
  );

  it('keeps what the previous key signed valid', async ({ expect }) => {
    const token = await as('identity').signJwt(request);
    await rotate();
    await rotate();
    const jwks = createLocalJWKSet((await as('connect').jwks()) as JSONWebKeySet);
    await expect(jwtVerify(token, jwks)).resolves.toBeDefined();
  });

  it('fails with TOKEN_KMS_ERROR under another key-encryption key', async ({ expect }) => {
    await as('identity').signJwt(request);
    const KEY_ENCRYPTION_KEY = 'HyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4';
    const failure = as('identity', anIsolate({ KEY_ENCRYPTION_KEY })).signJwt(request);
    await expect(failure).rejects.toMatchObject({
      code: 'TOKEN_KMS_ERROR',
      message: expect.stringContaining('KEY_ENCRYPTION_KEY is not the one that wrapped it'),
    });
  });

  it('[KR15] fails naming a bad setting, never its value', async ({ expect }) => {
    const badly = anIsolate({ ROTATION_DAYS: 'the-private-words' });
    for (const ask of [
      as('identity', badly).signJwt(request),
      as('edge', badly).jwks(),
      as('edge', badly).health(),
    ]) {
      const message = await ask.then(String, String);
      expect(message).toContain('Cannot read configuration: ROTATION_DAYS');
      expect(message).not.toContain('the-private-words');
    }
  });
});

describe('jwks', () => {
  it('has the new keys at once after a rotation', async ({ expect }) => {
    const isolate = anIsolate();
    const before = await as('edge', isolate).jwks();
    await rotate();
    const after = await as('edge', isolate).jwks();
    expect([before.keys.length, after.keys.length]).toEqual([8, 9]);
  });

  it('[KR4] [KR18] has the keys of every ring, named by thumbprint, with no private member', async ({
    expect,
  }) => {
    const { keys } = await as('edge').jwks();
    const algorithms = SIGNING_ALGORITHMS.flatMap((alg) => [alg, alg]);
    expect(keys.map(({ alg }) => alg)).toEqual(algorithms);
    for (const key of keys) {
      expect(key.use).toBe('sig');
      expect(key.kid).toBe(await calculateJwkThumbprint(key as JWK));
      expect(Object.keys(key).filter((name) => PRIVATE.includes(name))).toEqual([]);
    }
  });

  it.for(SIGNING_ALGORITHMS)(
    '[KR18] is not given while the ring of %s is out of reach',
    async (alg, { expect }) => {
      const isolate = anIsolate({}, (name) => {
        if (name === TOKEN_RINGS[alg]) throw new Error('gone');
      });
      await expect(as('edge', isolate).jwks()).rejects.toThrow('gone');
    },
  );

  it('is accepted as a whole by our own verifier', async ({ expect }) => {
    const jwks = await as('edge').jwks();
    const keys = await importJwkSet(jwks);
    expect([...keys.keys()]).toEqual(jwks.keys.map(({ kid }) => kid));
  });
});

describe('health', () => {
  it('is UP when a key can sign', async ({ expect }) => {
    expect(await health()).toEqual([{ name: 'keys', status: 'UP' }]);
  });

  it('[KR17] makes the keys of ES256 and no others', async ({ expect }) => {
    await health();
    const seen = await Promise.all(SIGNING_ALGORITHMS.map((alg) => ring(alg).peek()));
    expect(seen.map((snapshot) => snapshot !== undefined)).toEqual([true, false, false, false]);
  });

  it('covers each ring that was used', async ({ expect }) => {
    const KEY_ENCRYPTION_KEY = 'HyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4';
    await health();
    await ring('RS256').snapshot();
    expect(await health()).toEqual([{ name: 'keys', status: 'UP' }]);
    vi.setSystemTime(START + 91 * 86_400_000 + 1);
    await rotate('ES256');
    expect(await health()).toEqual([{ name: 'keys', status: 'DEGRADED' }]);
    await rotate('RS256');
    expect(await health()).toEqual([{ name: 'keys', status: 'UP' }]);

    await runInDurableObject(ring('PS256'), (_, state) =>
      new KeyRingObject(state, { ...env, KEY_ENCRYPTION_KEY }).snapshot(),
    );
    await evictDurableObject(ring('PS256'));
    expect(await health()).toEqual([{ name: 'keys', status: 'DOWN' }]);
  });

  it('is DEGRADED when a rotation is a day late', async ({ expect }) => {
    await health();
    vi.setSystemTime(START + 91 * 86_400_000 + 1);
    expect(await health()).toEqual([{ name: 'keys', status: 'DEGRADED' }]);
  });

  it('is DOWN when the ring is out of reach or its key does not open', async ({ expect }) => {
    await health();
    const KEY_ENCRYPTION_KEY = 'HyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4';
    expect(await health(anIsolate({ KEY_ENCRYPTION_KEY }))).toMatchObject([{ status: 'DOWN' }]);
    expect(await health(aFailingIsolate(new Error('gone')))).toMatchObject([{ status: 'DOWN' }]);
  });
});

describe('a read of the ring', () => {
  it('is repeated once if its object was being moved', async ({ expect }) => {
    const sign = (...failures: Error[]) =>
      as('identity', aFailingIsolate(...failures)).signJwt(request);
    await expect(sign(moved())).resolves.toBeDefined();
    await expect(sign(moved(), moved())).rejects.toThrow('moved');
    await expect(sign(new Error('broken'))).rejects.toThrow('broken');
    expect((await as('edge', aFailingIsolate(moved())).jwks()).keys).toHaveLength(8);
    expect(await health(aFailingIsolate(moved(), moved(), moved(), moved()))).toMatchObject([
      { status: 'UP' },
    ]);
  });
});

describe('the description', () => {
  it('is OpenAPI of the routes that run, as plain data', async ({ expect }) => {
    const document = structuredClone(await as('edge').describe());
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).toSorted()).toEqual([
      '/.well-known/jwks.json',
      '/api/v1/keys',
      '/api/v1/keys/rotate',
    ]);
    expect(document.components).toMatchObject({
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: expect.anything(), JwkSet: expect.anything() },
    });
    expect(JSON.stringify(await as('edge').describe())).toBe(JSON.stringify(document));
  });
});

describe('callers', () => {
  const methods = {
    jwks: { ask: (rpc: KeysRpc) => rpc.jwks(), allowed: ['edge', 'identity', 'connect'] },
    signJwt: { ask: (rpc: KeysRpc) => rpc.signJwt(request), allowed: ['identity'] },
    'signJwt of a service token': {
      ask: (rpc: KeysRpc) => rpc.signJwt({ ...request, typ: 'service+jwt' }),
      allowed: ['connect'],
    },
    describe: { ask: (rpc: KeysRpc) => rpc.describe(), allowed: ['edge'] },
    health: { ask: (rpc: KeysRpc) => rpc.health(), allowed: ['edge', 'identity', 'connect'] },
  } as const;
  const callers = ['edge', 'identity', 'connect', 'keys', 'somebody', undefined];

  it.for(Object.keys(methods) as (keyof typeof methods)[])(
    '%s answers those on its list and nobody else',
    async (name, { expect }) => {
      const { ask, allowed } = methods[name];
      for (const caller of callers) {
        const answer = ask(as(caller));
        if (allowed.some((one) => one === caller)) await expect(answer).resolves.toBeDefined();
        else await expect(answer).rejects.toMatchObject({ code: 'CALLER_FORBIDDEN' });
      }
    },
  );

  it('can call the methods of the contract and no others', async ({ expect }) => {
    const reachable = Object.getOwnPropertyNames(KeysEntrypoint.prototype).toSorted();
    expect(reachable).toEqual(['constructor', 'describe', 'health', 'jwks', 'signJwt']);
  });
});
