/**
 * Clients that sign users in by ID tokens and are notified of logouts.
 *
 * @module
 */

import type { ClientId, SessionId } from '../../ids.ts';

/** A client that has ID tokens with a session's `sid`, and is notified when the session ends. */
export type RelyingParty = {
  readonly clientId: ClientId;
  /** The `sub` by which the client knows the user. */
  readonly subject: string;
};

/** An ended session and the relying parties to notify (OpenID Connect Back-Channel Logout §2.5). */
export type RelyingPartyLogout = {
  /** The `sid` of their ID tokens. */
  readonly sessionId: SessionId;
  readonly parties: readonly RelyingParty[];
};
