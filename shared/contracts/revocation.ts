import type { NumericDate } from '../clock.ts';

/** What is revoked: a session (`sid`) or one token (`jti`). A family is revoked with its session. */
export type RevocationKind = 'session' | 'token';

export type Revocation = {
  readonly kind: RevocationKind;
  /** The `sid` or the `jti`. */
  readonly id: string;
  /** When every token that this entry speaks of has expired: the entry can be forgotten then. */
  readonly expiresAt: NumericDate;
};

/** What happened since a position of the revocation log. */
export type RevocationPage = {
  /** Pass it as `after` next time. */
  readonly position: number;
  /** The log's identity: when it changes, what the reader holds is worthless and it starts at 0. */
  readonly epoch: string;
  readonly entries: readonly Revocation[];
  /** Whether more entries wait after `position`. */
  readonly more: boolean;
};
