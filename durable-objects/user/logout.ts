/**
 * Relying parties that must still be told of a logout (OpenID Connect Back-Channel Logout §2.5).
 *
 * @module
 */

import { type Millis, seconds } from '../../shared/clock.ts';
import type { RelyingParty } from '../../shared/contracts/identity/relying-party.ts';
import type { SessionId } from '../../shared/ids.ts';

/** One ended session, to be told to one relying party. */
export type Logout = {
  readonly seq: number;
  readonly sessionId: SessionId;
  readonly party: RelyingParty;
  /** Failed attempts so far. */
  readonly attempts: number;
  readonly dueAt: Millis;
};

/** Where a user's logouts wait until they are told. */
export interface LogoutStore {
  all(): readonly Logout[];
  add(sessionId: SessionId, party: RelyingParty, dueAt: Millis): void;
  /** Counts a failed attempt. Does nothing if the logout is gone. */
  postpone(seq: number, dueAt: Millis): void;
  remove(seq: number): void;
}

/** The pauses between so many attempts add up to 8.5 minutes. */
export const MAX_ATTEMPTS = 10;

/** How long to wait after the `attempts`-th failure: 1 s, doubling. */
export const retryDelay = (attempts: number): Millis => seconds(2 ** (attempts - 1));
