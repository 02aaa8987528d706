/**
 * The rules of a key ring, which has the signing keys of one algorithm and rotates them.
 *
 * `SPEC.md` numbers the rules. They read no clock and make no key. Run each function that writes
 * inside one transaction.
 *
 * @module
 */

import type { Bytes } from '../../shared/bytes.ts';
import type { Millis } from '../../shared/clock.ts';
import {
  type PublicJwk,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from '../../shared/contracts/keys/keys-rpc.ts';
import { err, ok, type Result } from '../../shared/result.ts';

/** The rings that sign tokens, one per algorithm. No ring of another name is ever initialised. */
export const TOKEN_RINGS = {
  // The name is stored, so it is not changed to match the others.
  ES256: 'ring:tokens',
  EdDSA: 'ring:tokens:EdDSA',
  RS256: 'ring:tokens:RS256',
  PS256: 'ring:tokens:PS256',
} as const satisfies Record<SigningAlgorithm, string>;

/** The algorithm of the ring `name`. `undefined` if there is no such ring. */
export function algorithmOfRing(name: string | undefined): SigningAlgorithm | undefined {
  return SIGNING_ALGORITHMS.find((alg) => TOKEN_RINGS[alg] === name);
}

/** A new key that belongs to no ring yet. */
export type FreshKey = {
  /** The RFC 7638 thumbprint of the public key. */
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly publicJwk: PublicJwk;
  /** The private key, encrypted under the key-encryption key. */
  readonly wrapped: Bytes;
};

type Placed = Omit<FreshKey, 'wrapped'> & {
  /** 1, 2, 3, … in the order in which the ring received its keys. Never used twice. */
  readonly version: number;
  readonly createdAt: Millis;
};

export type NextKey = Placed & { readonly state: 'next'; readonly wrapped: Bytes };
export type CurrentKey = Placed & {
  readonly state: 'current';
  readonly wrapped: Bytes;
  readonly activatedAt: Millis;
};
/** A key that is only used to verify, until `expiresAt`. Its private key no longer exists. */
export type PreviousKey = Placed & {
  readonly state: 'previous';
  readonly activatedAt: Millis;
  readonly expiresAt: Millis;
};
export type RingKey = NextKey | CurrentKey | PreviousKey;

/** The store of a ring. It is synchronous, because a Durable Object's SQLite is. */
export interface KeyRingStore {
  /** Every key, oldest version first. */
  keys(): readonly RingKey[];
  add(key: NextKey): void;
  /** Makes the next key the current one. */
  activate(kid: string, activatedAt: Millis): void;
  /** Makes the current key a previous one, and deletes its private key. */
  retire(kid: string, expiresAt: Millis): void;
  remove(kid: string): void;
}

export type Rotation = {
  readonly previousKid: string;
  readonly currentKid: string;
  readonly nextKid: string;
};

/** The ring was rotated in the meantime: its current key is not the expected one. */
export type StaleRotation = {
  readonly reason: 'stale';
  readonly currentKid: string;
  readonly nextKid: string;
};

type Ring = { readonly current: CurrentKey; readonly next: NextKey };

/**
 * The two keys that every ring has.
 *
 * @returns `undefined` if the ring was never initialised.
 * @throws {TypeError} If one of the two is missing: the stored data is corrupt.
 */
export function readRing(store: KeyRingStore): Ring | undefined {
  const keys = store.keys();
  if (keys.length === 0) return undefined;
  const current = keys.find((key) => key.state === 'current');
  const next = keys.find((key) => key.state === 'next');
  if (current === undefined || next === undefined) {
    throw new TypeError('Cannot read key ring: it lacks its current or its next key');
  }
  return { current, next };
}

/** Gives an empty ring its first two keys. Returns `false`, and changes nothing, if it has keys. */
export function initialise(
  store: KeyRingStore,
  { current, next, now }: { current: FreshKey; next: FreshKey; now: Millis },
): boolean {
  if (store.keys().length > 0) return false;
  store.add({ ...current, state: 'next', version: 1, createdAt: now });
  store.activate(current.kid, now);
  store.add({ ...next, state: 'next', version: 2, createdAt: now });
  return true;
}

export type RotationRequest = {
  /** The key to replace. A repeated or concurrent request with the same key does nothing. */
  readonly expectedKid: string;
  /** The new next key. It is discarded if the request is stale. */
  readonly fresh: FreshKey;
  readonly now: Millis;
  /** How long the replaced key stays published. */
  readonly retention: Millis;
};

/** Makes the next key current, the current key previous, and the fresh key next. */
export function rotate(
  store: KeyRingStore,
  { expectedKid, fresh, now, retention }: RotationRequest,
): Result<Rotation, StaleRotation> {
  const ring = readRing(store);
  if (ring === undefined) throw new TypeError('Cannot rotate key ring: it was never initialised');

  const { current, next } = ring;
  if (current.kid !== expectedKid) {
    return err({ reason: 'stale', currentKid: current.kid, nextKid: next.kid });
  }
  store.retire(current.kid, now + retention);
  store.activate(next.kid, now);
  store.add({ ...fresh, state: 'next', version: next.version + 1, createdAt: now });
  return ok({ previousKid: current.kid, currentKid: next.kid, nextKid: fresh.kid });
}

/** The `kid` of the current key, if a rotation is due. */
export function dueForRotation(
  store: KeyRingStore,
  now: Millis,
  period: Millis,
): string | undefined {
  const current = readRing(store)?.current;
  return current !== undefined && now >= current.activatedAt + period ? current.kid : undefined;
}

/** Deletes every key whose retention has ended. */
export function removeExpired(store: KeyRingStore, now: Millis): void {
  for (const key of store.keys()) if (isExpired(key, now)) store.remove(key.kid);
}

/**
 * The keys to publish, oldest first. Expired keys are left out even if {@link removeExpired} runs
 * late.
 */
export function publishedKeys(store: KeyRingStore, now: Millis): readonly RingKey[] {
  return store.keys().filter((key) => !isExpired(key, now));
}

/** When the ring needs its alarm: the next rotation or the next end of a retention. */
export function nextEvent(store: KeyRingStore, period: Millis): Millis | undefined {
  const current = readRing(store)?.current;
  if (current === undefined) return undefined;
  const ends = store.keys().flatMap((key) => (key.state === 'previous' ? [key.expiresAt] : []));
  return Math.min(current.activatedAt + period, ...ends);
}

const isExpired = (key: RingKey, now: Millis): boolean =>
  key.state === 'previous' && now >= key.expiresAt;

/** The public view of a key. */
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

/** The state of a ring at one moment. Only the `keys` Worker may have all of it. */
export type RingSnapshot = {
  /** Oldest first. */
  readonly keys: readonly PublishedKey[];
  readonly signing: SigningKeyRecord;
  readonly rotationDueAt: Millis;
};

/** No ring has the name of this object. */
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
