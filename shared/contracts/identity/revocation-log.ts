import type { NumericDate } from '../../clock.ts';

/** A session (`sid`) or one token (`jti`) can be revoked. A family is revoked with its session. */
export type RevocationKind = 'session' | 'token';

export type Revocation = {
  readonly kind: RevocationKind;
  /** The `sid` or the `jti`. */
  readonly id: string;
  /** Every token of the entry has expired by this time, after which the entry can be removed. */
  readonly expiresAt: NumericDate;
};

/**
 * The entries after a position of the revocation log.
 *
 * A reader stores `position` and `epoch`, which begin at 0 and `''`. If a page has another epoch
 * than the stored one, or a position before the requested one, the log was replaced, and the reader
 * reads it again from 0 unless it had requested 0.
 */
export type RevocationPage = {
  /** Pass it as `after` next time. */
  readonly position: number;
  /**
   * The log's random id, which is fixed when the log is created. `''` while nothing was ever
   * revoked.
   */
  readonly epoch: string;
  /** Ordered by position. An entry whose expiry was extended appears again with the later one. */
  readonly entries: readonly Revocation[];
  /** Whether there are more entries after `position`. */
  readonly more: boolean;
};

/** The revocation log of a deployment (`RevocationLogObject`, name `log`). */
export interface RevocationLog {
  /** Idempotent. An entry that exists keeps the later of both expiries. */
  append(entries: readonly Revocation[]): Promise<void>;
  /**
   * Entries after a position.
   *
   * @param limit At most 1,000, which is the default.
   */
  read(after: number, limit?: number): Promise<RevocationPage>;
}
