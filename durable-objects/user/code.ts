/**
 * An authorization code: what presenting it is worth (RFC 6749 §4.1.3).
 *
 * @module
 */

import { type Bytes, equalBytes, utf8 } from '../../shared/bytes.ts';
import type { Millis } from '../../shared/clock.ts';
import type { OAuthTerms } from '../../shared/contracts/identity/oauth-terms.ts';
import type {
  IssueCode,
  RedeemCode,
  RedeemError,
  SessionGrant,
} from '../../shared/contracts/identity/user-sessions.ts';
import type { ClientId, SessionId } from '../../shared/ids.ts';
import type { Session } from './session.ts';

/** What the code's session will be granted: settled when the user agreed. */
export type Granted = Omit<SessionGrant, 'sessionId'> & { readonly oauth: OAuthTerms };

export type Code = {
  readonly codeHash: Bytes;
  readonly browserSessionId: SessionId;
  readonly redirectUri: string;
  readonly codeChallenge: string;
  readonly dpopJkt: string | null;
  readonly granted: Granted;
  readonly offline: boolean;
  readonly expiresAt: Millis;
  /** The session that its use opened. `null`: it was not used yet. */
  readonly sessionId: SessionId | null;
};

/** Where a user's codes live. */
export interface CodeStore {
  find(codeHash: Bytes): Code | undefined;
  /** Writes one row. */
  save(code: Code): void;
  countUnused(): number;
  /** Of the unused codes. */
  forgetFirstToExpire(): void;
  /** Of what unused codes will open. */
  changeRoles(roles: readonly string[]): void;
  forgetUnusedOf(clientId: ClientId): void;
  /** Forgets codes, used or not, that expire at or before a moment. */
  forgetExpired(at: Millis): void;
  /** When the first of all codes expires. `undefined`: there is none. */
  firstExpiry(): Millis | undefined;
}

export function newCode(request: IssueCode, browser: Session): Code {
  const { clientId, scopes, oauth, ...rest } = request;
  const { accountId, roles, amr, acr, authTime } = browser.grant;
  return {
    codeHash: rest.codeHash,
    browserSessionId: rest.browserSessionId,
    redirectUri: rest.redirectUri,
    codeChallenge: rest.codeChallenge,
    dpopJkt: rest.dpopJkt,
    granted: { accountId, clientId, scopes, roles, amr, acr, authTime, oauth },
    offline: rest.offline,
    expiresAt: rest.expiresAt,
    sessionId: null,
  };
}

/** Why a request must not have what the code stands for. The order is part of the answer. */
export function refusalOf(
  code: Code,
  request: RedeemCode,
  now: Millis,
): RedeemError['reason'] | undefined {
  // First of all: another client must neither learn nor revoke.
  if (code.granted.clientId !== request.clientId) return 'client_mismatch';
  if (code.sessionId !== null) return 'code_reused';
  if (now >= code.expiresAt) return 'code_expired';
  if (request.redirectUri !== null && request.redirectUri !== code.redirectUri) {
    return 'redirect_uri_mismatch';
  }
  if (!equalBytes(utf8(request.codeChallenge), utf8(code.codeChallenge))) {
    return 'verifier_mismatch';
  }
  if (code.dpopJkt !== null && code.dpopJkt !== request.dpopJkt) return 'dpop_mismatch';
  return undefined;
}
