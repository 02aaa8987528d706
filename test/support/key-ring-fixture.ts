import type { FreshKey, NextKey } from '../../durable-objects/key-ring/key-ring.ts';

/** A key with a made-up `kid`, for rules that do not look inside keys. */
export function aFreshKey(kid: string): FreshKey {
  return {
    kid,
    alg: 'ES256',
    publicJwk: { kty: 'EC', crv: 'P-256', x: `x-${kid}`, y: 'y', kid, use: 'sig', alg: 'ES256' },
    wrapped: new Uint8Array([1, 2, 3]),
  };
}

export function aNextKey(kid: string, version: number): NextKey {
  return { ...aFreshKey(kid), state: 'next', version, createdAt: version * 10 };
}
