/**
 * Authorization codes: handing them out, judging them, and opening the session that a good one stands
 * for (RFC 6749 §4.1).
 *
 * @module
 */

import { equalBytes, utf8 } from '../../shared/bytes.ts';
import type { Millis } from '../../shared/clock.ts';
import type {
  IssueCode,
  IssueCodeError,
  OpenSession,
  RedeemCode,
  RedeemError,
  RedeemedCode,
  SessionGrant,
} from '../../shared/contracts/identity/user-sessions.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { endSession, makeRoom, openSession } from './sessions.ts';
import { type Code, isBrowserSession, liveSession, type Session, type UserStore } from './user.ts';

/** How many unused codes a user can have. */
const MAX_CODES = 100;

/** @throws {Error} If there is such a code already, or the session is not a browser's. */
export function issueCode(
  store: UserStore,
  request: IssueCode,
  now: Millis,
): Result<undefined, IssueCodeError> {
  const browser = liveSession(store, request.browserSessionId, now);
  if (browser === undefined) return err({ reason: 'session_ended' });
  if (!isBrowserSession(browser)) {
    throw new Error("Cannot issue a code: the session is not a browser's");
  }
  if (store.codes.find(request.codeHash) !== undefined) {
    throw new Error('Cannot issue a code: there is one like it');
  }
  if (store.codes.countUnused() >= MAX_CODES) store.codes.forgetFirstToExpire();
  store.codes.save(newCode(request, browser));
  return ok(undefined);
}

function newCode(request: IssueCode, browser: Session): Code {
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

type Redemption = {
  readonly redeemed: Result<RedeemedCode, RedeemError>;
  /** How many sessions were ended by it. */
  readonly ended: number;
  /** The grants of those that made room. */
  readonly evicted: readonly SessionGrant[];
};

/** Judges a presented code and acts on the verdict. */
export function redeemCode(store: UserStore, request: RedeemCode, now: Millis): Redemption {
  const code = store.codes.find(request.codeHash);
  if (code === undefined) return refused('code_unknown');
  const reason = refusalOf(code, request, now);
  if (reason === 'code_reused') return refused(reason, endOpened(store, code, now));
  if (reason !== undefined) return refused(reason);
  if (liveSession(store, code.browserSessionId, now) === undefined) {
    return refused('session_ended');
  }
  return open(store, code, request, now);
}

/** Why a request must not redeem the code. The first reason that applies is the answer. */
function refusalOf(
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

const refused = (reason: RedeemError['reason'], ended = 0): Redemption => ({
  redeemed: err({ reason }),
  ended,
  evicted: [],
});

/** Either use may have been the thief's: nobody can tell (RFC 6749 §4.1.2). */
const endOpened = (store: UserStore, { sessionId }: Code, now: Millis): number =>
  sessionId === null ? 0 : endSession(store, sessionId, 'code_reused', now);

function open(store: UserStore, code: Code, request: RedeemCode, now: Millis): Redemption {
  const opening = openingOf(code, request);
  const { clientId } = code.granted;
  const newcomer = {
    clientId,
    installation: request.installation,
    parentId: code.browserSessionId,
  };
  const evicted = makeRoom(store, newcomer, now);
  const { refreshExpiresAt } = openSession(store, opening, now);
  store.codes.save({ ...code, sessionId: request.sessionId });
  const { grant } = opening;
  const { offline } = code;
  return { redeemed: ok({ grant, offline, redeemedAt: now, refreshExpiresAt }), ended: 0, evicted };
}

function openingOf({ granted, offline, browserSessionId }: Code, request: RedeemCode): OpenSession {
  const { sessionId, familyId, secretHash, origin, device, installation, limits } = request;
  const oauth = { ...granted.oauth, confirmation: request.confirmation };
  return {
    grant: { ...granted, sessionId, oauth },
    familyId,
    secretHash,
    origin,
    device,
    installation,
    limits,
    parentId: offline ? undefined : browserSessionId,
  };
}
