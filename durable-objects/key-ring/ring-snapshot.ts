import type { Bytes } from '../../shared/bytes.ts';
import type { Millis } from '../../shared/clock.ts';
import type { PublicJwk, SigningAlgorithm } from '../../shared/contracts/keys/keys-rpc.ts';
import { type KeyRingStore, publishedKeys, type RingKey, readRing } from './key-ring.ts';

/** A key as everybody may see it. */
export type PublishedKey = {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly state: RingKey['state'];
  readonly publicJwk: PublicJwk;
  readonly createdAt: Millis;
  readonly activatedAt?: Millis;
  readonly expiresAt?: Millis;
};

/** The key that signs, still wrapped. */
export type SigningKeyRecord = {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly wrapped: Bytes;
};

/** What a ring is at one moment. Does not leave the `keys` Worker as a whole. */
export type RingSnapshot = {
  /** Oldest first. */
  readonly keys: readonly PublishedKey[];
  readonly signing: SigningKeyRecord;
  readonly rotationDueAt: Millis;
};

/** The object's name is not that of a configured ring. */
export type RingUnknown = { readonly reason: 'ring_unknown' };

/** @throws {TypeError} If the ring was never initialised. */
export function snapshotOf(store: KeyRingStore, now: Millis, period: Millis): RingSnapshot {
  const current = readRing(store)?.current;
  if (current === undefined) throw new TypeError('Cannot read key ring: it was never initialised');
  return {
    keys: publishedKeys(store, now).map(publish),
    signing: { kid: current.kid, alg: current.alg, wrapped: current.wrapped },
    rotationDueAt: current.activatedAt + period,
  };
}

function publish(key: RingKey): PublishedKey {
  const { kid, alg, state, publicJwk, createdAt } = key;
  return {
    kid,
    alg,
    state,
    publicJwk,
    createdAt,
    ...(key.state === 'next' ? {} : { activatedAt: key.activatedAt }),
    ...(key.state === 'previous' ? { expiresAt: key.expiresAt } : {}),
  };
}
