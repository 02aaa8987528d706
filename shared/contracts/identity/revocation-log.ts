import type { NumericDate } from '../../clock.ts';

/** What is revoked: a session (`sid`) or one token (`jti`). A family is revoked with its session. */
export type RevocationKind = 'session' | 'token';

export type Revocation = {
  readonly kind: RevocationKind;
  /** The `sid` or the `jti`. */
  readonly id: string;
  /** When every token that this entry speaks of has expired: the entry can be forgotten then. */
  readonly expiresAt: NumericDate;
};

/**
 * What happened since a position of the revocation log.
 *
 * A reader holds what it has read, the `position` and the `epoch`. If a page has another epoch than
 * the one it holds, or a position before the one it asked with, then the log it read is gone: it
 * forgets everything and, unless it had asked with 0, asks again with 0. A reader that never read
 * anything holds epoch `''` and position 0.
 */
export type RevocationPage = {
  /** Pass it as `after` next time. */
  readonly position: number;
  /** The log's identity: random, fixed when the log is made; `''` while nothing was ever revoked. */
  readonly epoch: string;
  /** In the order of their positions. One that was prolonged comes again, with its later expiry. */
  readonly entries: readonly Revocation[];
  /** Whether more entries wait after `position`. */
  readonly more: boolean;
};

/** The revocation log of a deployment (`RevocationLogObject`, name `log`). */
export interface RevocationLog {
  /** Idempotent: an entry that is there already stays, with the later of both expiries. */
  append(entries: readonly Revocation[]): Promise<void>;
  /**
   * Entries after a position.
   *
   * @param limit At most 1,000, which is the default.
   */
  read(after: number, limit?: number): Promise<RevocationPage>;
}
