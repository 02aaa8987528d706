import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../shared/contracts/keys/keys-rpc.ts';

/** The rings that sign tokens, one per algorithm. No ring of another name is ever initialised. */
export const TOKEN_RINGS = {
  // It was the only one once.
  ES256: 'ring:tokens',
  EdDSA: 'ring:tokens:EdDSA',
  RS256: 'ring:tokens:RS256',
  PS256: 'ring:tokens:PS256',
} as const satisfies Record<SigningAlgorithm, string>;

/** What the keys of the ring `name` sign with; `undefined` under a made-up name. */
export function algorithmOfRing(name: string | undefined): SigningAlgorithm | undefined {
  return SIGNING_ALGORITHMS.find((alg) => TOKEN_RINGS[alg] === name);
}
