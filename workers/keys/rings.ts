import {
  type PublishedKey,
  type RingSnapshot,
  type RingUnknown,
  type Rotation,
  type StaleRotation,
  TOKEN_RINGS,
} from '../../durable-objects/key-ring/key-ring.ts';
import {
  type JwkSet,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from '../../shared/contracts/keys/keys-rpc.ts';
import { err, type Result } from '../../shared/result.ts';

/** The key ring of one algorithm. */
export interface TokenRing {
  /** @throws {Error} If the ring does not answer. */
  snapshot(): Promise<RingSnapshot>;
  /**
   * As {@link snapshot}, or `undefined` for a ring that has no keys yet.
   *
   * @throws {Error} If the ring does not answer.
   */
  peek(): Promise<RingSnapshot | undefined>;
  /**
   * See `KeyRingObject.rotate`.
   *
   * @throws {Error} If the ring does not answer. It may have rotated.
   */
  rotate(expectedKid?: string): Promise<Result<Rotation, StaleRotation>>;
}

type Rotated = Result<Rotation, StaleRotation | RingUnknown>;

/** Implements {@link TokenRing} by its Durable Object. */
export function tokenRing(namespace: KeysEnv['KEY_RINGS'], alg: SigningAlgorithm): TokenRing {
  // A stub that failed stays broken, so each call takes a new one.
  const stub = () => namespace.getByName(TOKEN_RINGS[alg]);
  const read = async (): Promise<Result<RingSnapshot, RingUnknown>> => stub().snapshot();
  const peek = async (): Promise<RingSnapshot | undefined> => stub().peek();
  const rotate = async (expectedKid?: string): Promise<Rotated> => stub().rotate(expectedKid);
  return {
    async snapshot() {
      const snapshot = await fromRing(() => onceMore(read));
      if (!snapshot.ok) throw new TypeError(`Cannot read key ring: ${snapshot.error.reason}`);
      return snapshot.value;
    },
    peek: () => fromRing(() => onceMore(peek)),
    async rotate(expectedKid) {
      const rotated = await fromRing(() => rotate(expectedKid));
      if (rotated.ok) return rotated;
      if (rotated.error.reason === 'stale') return err(rotated.error);
      throw new TypeError(`Cannot rotate key ring: ${rotated.error.reason}`);
    },
  };
}

/**
 * The keys of all rings, each ring's oldest first.
 *
 * It fails if one ring does, because verifiers cache the answer and would lack that ring's keys.
 *
 * @throws {Error} If any ring does not answer.
 */
export async function publishedKeys(
  rings: PerAlgorithm<TokenRing>,
): Promise<readonly PublishedKey[]> {
  const snapshots = await forEachAlgorithm((alg) => rings[alg].snapshot());
  return snapshots.flatMap(({ keys }) => keys);
}

export const toJwkSet = (keys: readonly PublishedKey[]): JwkSet => ({
  keys: keys.map(({ publicJwk }) => publicJwk),
});

/** Adds to an error that the ring could not be reached. */
async function fromRing<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new Error(`Cannot reach key ring: ${reason}`, { cause });
  }
}

/** Repeats a read once, because an object fails while it is moved or deployed. */
async function onceMore<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isRetryable(error)) return read();
    throw error;
  }
}

const isRetryable = (error: unknown): boolean =>
  error instanceof Error && 'retryable' in error && error.retryable === true;

/** A value for each key ring. */
export type PerAlgorithm<T> = Readonly<Record<SigningAlgorithm, T>>;

export function perAlgorithm<T>(make: (alg: SigningAlgorithm) => T): PerAlgorithm<T> {
  return {
    ES256: make('ES256'),
    EdDSA: make('EdDSA'),
    RS256: make('RS256'),
    PS256: make('PS256'),
  };
}

/**
 * Calls `ask` for every algorithm at once. Returns the answers in the order of {@link
 * SIGNING_ALGORITHMS}.
 */
export function forEachAlgorithm<T>(ask: (alg: SigningAlgorithm) => Promise<T>): Promise<T[]> {
  return Promise.all(SIGNING_ALGORITHMS.map(ask));
}
