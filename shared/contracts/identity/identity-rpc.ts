import type { Millis } from '../../clock.ts';
import type { AccountId } from '../../ids.ts';
import type { ApiDescription, WorkerRpc } from '../http/worker-rpc.ts';
import type { RelyingPartyLogout } from './relying-party.ts';
import type { RevocationPage } from './revocation-log.ts';

/** The state of a session at this moment, by the user's object. */
export type SessionStatus = 'live' | 'ended' | 'expired' | 'unknown';

/** What the database says of an account. One that is deleted counts as disabled. */
export type AccountState = {
  readonly status: 'active' | 'disabled';
  readonly roles: readonly string[];
  /** Counts the changes of status, roles and password. Of two readings, the newer has the larger. */
  readonly version: number;
  /** The version that the last change of the password made; 0: it is the first. */
  readonly credentialsVersion: number;
};

export type StrongCheck = {
  readonly subject: string;
  /** `null` for a token without a session, which can only be revoked itself. */
  readonly sessionId: string | null;
  readonly tokenId: string;
};

/**
 * The nonces that DPoP proofs must carry (RFC 9449 §8, §9). They are derived from the time and a
 * secret of `identity`, so they are the same everywhere and nothing is stored.
 */
export type DpopNonces = {
  /** The nonce that is given out now. */
  readonly current: string;
  /** The nonce before it, which is still accepted. */
  readonly previous: string;
  /** When `current` becomes `previous`. */
  readonly validUntil: Millis;
};

/** What `identity` does for other Workers (entrypoint `IdentityEntrypoint`). */
export interface IdentityRpc extends WorkerRpc {
  /** The page that shows the description of the API. For `edge`. */
  apiPage(description: ApiDescription): Promise<Response>;
  /** Entries of the revocation log after a position. For `edge`. */
  revocations(after: number): Promise<RevocationPage>;
  /** Asks the user's object and the revoked token ids: `consistency=strong`. For `edge`, `connect`. */
  checkSession(check: StrongCheck): Promise<SessionStatus | 'revoked'>;
  /**
   * Whether an account is active and has the role `admin` at this moment. Its tokens may be older.
   * For `connect`, `keys`. Rejects where the database cannot be reached.
   */
  isAdministrator(accountId: AccountId): Promise<boolean>;
  /**
   * What the database says of an account. For `identity`: its users' objects ask. Rejects where the
   * database cannot be reached.
   */
  accountState(accountId: AccountId): Promise<AccountState>;
  /**
   * The account that the `sub` of a verified token names, pairwise or not; `undefined`: none. For
   * `connect`, which tells no client of it.
   */
  accountOf(subject: string): Promise<AccountId | undefined>;
  /**
   * Which of these audiences no service may have, because they are ours, a client's or a resource
   * server's. For `connect`. Rejects where the database cannot be reached.
   */
  takenAudiences(audiences: readonly string[]): Promise<readonly string[]>;
  /** For `edge`. */
  dpopNonces(): Promise<DpopNonces>;
  /**
   * Stores a DPoP proof until it is too old to be accepted (RFC 9449 §11.1). For `edge`.
   *
   * @param proofId - SHA-256, base64url, of key thumbprint and `jti`.
   * @returns `false` if it was used before.
   */
  useDpopProof(proofId: string): Promise<boolean>;
  /**
   * Sends each party that wants one a logout token. For `identity`: its users' objects ask for it.
   * Rejects if a party could not be reached. The caller repeats it a few times, for some minutes.
   */
  logoutRelyingParties(logout: RelyingPartyLogout): Promise<void>;
}
