import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../shared/contracts/keys/keys-rpc.ts';

/** One thing for each ring of keys. */
export type PerAlgorithm<T> = Readonly<Record<SigningAlgorithm, T>>;

export function perAlgorithm<T>(make: (alg: SigningAlgorithm) => T): PerAlgorithm<T> {
  return {
    ES256: make('ES256'),
    EdDSA: make('EdDSA'),
    RS256: make('RS256'),
    PS256: make('PS256'),
  };
}

/** Asks `ask` about every algorithm at once. Answers in the order of {@link SIGNING_ALGORITHMS}. */
export function forEachAlgorithm<T>(ask: (alg: SigningAlgorithm) => Promise<T>): Promise<T[]> {
  return Promise.all(SIGNING_ALGORITHMS.map(ask));
}
