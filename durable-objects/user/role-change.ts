import type { Millis } from '../../shared/clock.ts';

/** The last change of a user's roles. */
export type RoleChange = {
  readonly roles: readonly string[];
  /** Of two changes, the newer has the larger. */
  readonly changedAt: Millis;
  /** Whether `connect` knows. */
  readonly told: boolean;
  /** Failed attempts to tell it. */
  readonly attempts: number;
};
