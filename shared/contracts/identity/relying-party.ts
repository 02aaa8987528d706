/**
 * Clients that sign users in by their ID tokens, and hear of logouts.
 *
 * @module
 */

import type { ClientId, SessionId } from '../../ids.ts';

/** A client that holds ID tokens with a session's `sid`, to be told of its end. */
export type RelyingParty = {
  readonly clientId: ClientId;
  /** The `sub` by which the client knows the user. */
  readonly subject: string;
};

/** A session has ended, and relying parties must be told (OpenID Connect Back-Channel Logout §2.5). */
export type RelyingPartyLogout = {
  /** The `sid` of their ID tokens. */
  readonly sessionId: SessionId;
  readonly parties: readonly RelyingParty[];
};
