/**
 * Every error code of Sallyport's own API, registered once: its HTTP status and its title.
 *
 * The table is the contract. The page `/docs/errors` shows it, `problem` responses take their status and
 * title from it, and clients switch on the code. OAuth endpoints use the codes of their RFCs instead.
 *
 * @module
 */

type Registration = {
  readonly status: number;
  /** A short sentence for people. The same for every occurrence (RFC 9457 §3.1.3). */
  readonly title: string;
  /** Default `Retry-After`, in seconds. */
  readonly retryAfter?: number;
};

export const ERROR_CODES = {
  // Requests
  VALIDATION_ERROR: { status: 400, title: 'The request is not valid' },
  NOT_FOUND: { status: 404, title: 'There is nothing at this address' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The method is not allowed here' },
  CONFLICT: { status: 409, title: 'The request conflicts with what is stored' },
  QUOTA_EXCEEDED: {
    status: 409,
    title: 'This is more than you may have; the member `limit` names the limit',
  },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The request body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The content type is not supported' },
  // Not 426: that demands an `Upgrade` field (RFC 9110 §15.5.22), which the runtime removes.
  UPGRADE_REQUIRED: { status: 400, title: 'This address speaks WebSocket only' },
  RATE_LIMITED: { status: 429, title: 'Too many requests', retryAfter: 60 },
  INTERNAL_ERROR: { status: 500, title: 'Something went wrong on our side' },
  SERVICE_UNAVAILABLE: {
    status: 503,
    title: 'A part of the service is unavailable',
    retryAfter: 5,
  },
  CALLER_FORBIDDEN: { status: 403, title: 'This Worker does not answer that caller' },

  // Access tokens
  AUTH_TOKEN_MISSING: { status: 401, title: 'An access token is required' },
  AUTH_TOKEN_MALFORMED: { status: 401, title: 'The access token is malformed' },
  AUTH_TOKEN_INVALID: { status: 401, title: 'The access token is not valid' },
  AUTH_TOKEN_EXPIRED: { status: 401, title: 'The access token has expired' },
  AUTH_TOKEN_NOT_YET_VALID: { status: 401, title: 'The access token is not valid yet' },
  AUTH_TOKEN_REVOKED: { status: 401, title: 'The access token has been revoked' },
  AUTH_CLAIMS_INVALID: { status: 401, title: 'The claims of the access token do not fit' },
  AUTH_DPOP_PROOF_INVALID: { status: 401, title: 'The DPoP proof is missing or not valid' },
  AUTH_DPOP_NONCE_REQUIRED: { status: 401, title: 'The DPoP proof must carry the nonce given' },
  AUTH_STEP_UP_REQUIRED: { status: 401, title: 'The user must sign in again, or in a better way' },
  AUTH_SCOPE_INSUFFICIENT: { status: 403, title: 'The access token lacks a required scope' },
  AUTHZ_DENIED: { status: 403, title: 'You may not do this' },

  // Sign-in and accounts
  AUTH_CREDENTIALS_INVALID: { status: 401, title: 'The e-mail or the password is wrong' },
  AUTH_LOCKED: { status: 429, title: 'Too many failed attempts', retryAfter: 1_800 },
  ACCOUNT_EMAIL_TAKEN: { status: 409, title: 'An account with this e-mail exists' },
  ACCOUNT_USERNAME_TAKEN: { status: 409, title: 'An account with this username exists' },

  // Social sign-in
  SOCIAL_PROVIDER_UNKNOWN: { status: 404, title: 'There is no such sign-in provider' },
  SOCIAL_STATE_INVALID: { status: 400, title: 'This sign-in was not begun here, or is over' },
  SOCIAL_SIGN_IN_FAILED: { status: 401, title: 'The provider did not sign the user in' },
  SOCIAL_PROVIDER_UNAVAILABLE: {
    status: 502,
    title: 'The sign-in provider does not answer',
    retryAfter: 5,
  },
  ACCOUNT_LINK_REQUIRED: {
    status: 409,
    title: 'An account with this e-mail exists; sign in to it and link the provider there',
  },
  ACCOUNT_EMAIL_REQUIRED: {
    status: 409,
    title: 'The provider tells no e-mail; send one for the new account',
  },

  // The admission queue
  CONNECT_QUEUE_REQUIRED: { status: 429, title: 'Connecting takes a grant of the queue' },
  CONNECT_QUEUE_GRANT_INVALID: {
    status: 403,
    title: 'The grant was used, has expired, or is another session’s',
  },
  CONNECT_QUEUE_TICKET_INVALID: {
    status: 403,
    title: 'The ticket is none of ours, or another session’s',
  },
  CONNECT_QUEUE_PLACE_LOST: { status: 410, title: 'The place in the queue is lost' },
  CONNECT_QUEUE_FULL: { status: 503, title: 'Too many wait already', retryAfter: 60 },

  // Refresh tokens and sessions
  TOKEN_REFRESH_INVALID: { status: 401, title: 'The refresh token is not valid' },
  TOKEN_REFRESH_EXPIRED: { status: 401, title: 'The refresh token has expired' },
  TOKEN_REFRESH_REUSED: {
    status: 401,
    title: 'The refresh token was used before; its session has been ended',
  },
  TOKEN_FAMILY_REVOKED: { status: 401, title: 'The refresh token has been revoked' },
  TOKEN_KMS_ERROR: { status: 503, title: 'Tokens cannot be signed at the moment', retryAfter: 5 },
  SESSION_NOT_FOUND: { status: 404, title: 'There is no such session' },
  SESSION_EXPIRED: { status: 401, title: 'The session has expired' },
  SESSION_TERMINATED: { status: 401, title: 'The session has been ended' },

  // The hub
  CONNECT_CLIENT_NOT_CONNECTED: { status: 404, title: 'There is no such connection' },
  CONNECT_CLIENT_AMBIGUOUS: { status: 409, title: 'The user has several connections' },
  CONNECT_CLIENT_TIMEOUT: { status: 504, title: 'The client did not answer in time' },
  CONNECT_RECONNECTION_INVALID: {
    status: 401,
    title: 'The reconnection token is not valid, or its time is over',
  },
  CONNECT_TICKET_INVALID: { status: 401, title: 'The ticket is not valid, or was used' },
} as const satisfies Record<string, Registration>;

export type ErrorCode = keyof typeof ERROR_CODES;
