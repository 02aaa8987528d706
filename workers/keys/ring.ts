import {
  type Rotation,
  type StaleRotation,
  TOKEN_RING,
} from '../../durable-objects/key-ring/key-ring.ts';
import type { RingSnapshot, RingUnknown } from '../../durable-objects/key-ring/ring-snapshot.ts';
import type { JwkSet } from '../../shared/contracts/keys-rpc.ts';
import { err, type Result } from '../../shared/result.ts';

/** The ring of token-signing keys, wherever it lives. */
export interface TokenRing {
  /** @throws {RingUnreachable} If the ring does not answer. */
  snapshot(): Promise<RingSnapshot>;
  /**
   * See `KeyRingObject.rotate`.
   *
   * @throws {RingUnreachable} If the ring does not answer. It may have rotated.
   */
  rotate(expectedKid?: string): Promise<Result<Rotation, StaleRotation>>;
}

/** The ring did not answer. It may in a moment. */
export class RingUnreachable extends Error {
  override readonly name = 'RingUnreachable';
}

type Rotated = Result<Rotation, StaleRotation | RingUnknown>;

/** {@link TokenRing} over its object. */
export function tokenRing(namespace: KeysEnv['KEY_RINGS']): TokenRing {
  // A stub that failed stays broken, so each call takes a new one.
  const stub = () => namespace.getByName(TOKEN_RING);
  const read = async (): Promise<Result<RingSnapshot, RingUnknown>> => stub().snapshot();
  const rotate = async (expectedKid?: string): Promise<Rotated> => stub().rotate(expectedKid);
  return {
    async snapshot() {
      const snapshot = await reach(() => onceMore(read));
      if (!snapshot.ok) throw new TypeError(`Cannot read key ring: ${snapshot.error.reason}`);
      return snapshot.value;
    },
    async rotate(expectedKid) {
      const rotated = await reach(() => rotate(expectedKid));
      if (rotated.ok) return rotated;
      if (rotated.error.reason === 'stale') return err(rotated.error);
      throw new TypeError(`Cannot rotate key ring: ${rotated.error.reason}`);
    },
  };
}

export const toJwkSet = ({ keys }: RingSnapshot): JwkSet => ({
  keys: keys.map(({ publicJwk }) => publicJwk),
});

async function reach<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new RingUnreachable(`Cannot reach key ring: ${reason}`, { cause });
  }
}

/** Repeats a read that met its object while it was being moved or deployed. */
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
