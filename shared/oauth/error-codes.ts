/**
 * Every error code of the OAuth endpoints, registered once: its HTTP status and where it is defined.
 *
 * @module
 */

type Registration = {
  /** The status of a direct answer. An error that is sent to the redirect URI has none. */
  readonly status: number;
  readonly source: string;
};

export const OAUTH_ERRORS = {
  invalid_request: { status: 400, source: 'RFC 6749 §4.1.2.1, §5.2' },
  invalid_client: { status: 401, source: 'RFC 6749 §5.2' },
  invalid_grant: { status: 400, source: 'RFC 6749 §5.2' },
  unauthorized_client: { status: 400, source: 'RFC 6749 §4.1.2.1, §5.2' },
  unsupported_grant_type: { status: 400, source: 'RFC 6749 §5.2' },
  unsupported_response_type: { status: 400, source: 'RFC 6749 §4.1.2.1' },
  invalid_scope: { status: 400, source: 'RFC 6749 §4.1.2.1, §5.2' },
  access_denied: { status: 400, source: 'RFC 6749 §4.1.2.1' },
  server_error: { status: 500, source: 'RFC 6749 §4.1.2.1' },
  temporarily_unavailable: { status: 503, source: 'RFC 6749 §4.1.2.1' },
  invalid_token: { status: 401, source: 'RFC 6750 §3.1' },
  insufficient_scope: { status: 403, source: 'RFC 6750 §3.1' },
  unsupported_token_type: { status: 400, source: 'RFC 7009 §2.2.1' },
  invalid_redirect_uri: { status: 400, source: 'RFC 7591 §3.2.2' },
  invalid_client_metadata: { status: 400, source: 'RFC 7591 §3.2.2' },
  invalid_software_statement: { status: 400, source: 'RFC 7591 §3.2.2' },
  unapproved_software_statement: { status: 400, source: 'RFC 7591 §3.2.2' },
  authorization_pending: { status: 400, source: 'RFC 8628 §3.5' },
  slow_down: { status: 400, source: 'RFC 8628 §3.5' },
  expired_token: { status: 400, source: 'RFC 8628 §3.5' },
  invalid_target: { status: 400, source: 'RFC 8707 §2' },
  invalid_request_uri: { status: 400, source: 'OpenID Connect Core §3.1.2.6' },
  invalid_request_object: { status: 400, source: 'RFC 9101 §7' },
  request_not_supported: { status: 400, source: 'OpenID Connect Core §3.1.2.6' },
  request_uri_not_supported: { status: 400, source: 'OpenID Connect Core §3.1.2.6' },
  registration_not_supported: { status: 400, source: 'OpenID Connect Core §3.1.2.6' },
  login_required: { status: 400, source: 'OpenID Connect Core §3.1.2.6' },
  consent_required: { status: 400, source: 'OpenID Connect Core §3.1.2.6' },
  interaction_required: { status: 400, source: 'OpenID Connect Core §3.1.2.6' },
  account_selection_required: { status: 400, source: 'OpenID Connect Core §3.1.2.6' },
  unmet_authentication_requirements: {
    status: 400,
    source: 'OpenID Connect Core Unmet Authentication Requirements §2',
  },
  invalid_authorization_details: { status: 400, source: 'RFC 9396 §5' },
  invalid_dpop_proof: { status: 400, source: 'RFC 9449 §5' },
  use_dpop_nonce: { status: 400, source: 'RFC 9449 §8' },
  insufficient_user_authentication: { status: 401, source: 'RFC 9470 §3' },
  unknown_user_id: { status: 400, source: 'OpenID Connect CIBA §13' },
  missing_user_code: { status: 400, source: 'OpenID Connect CIBA §13' },
  invalid_user_code: { status: 400, source: 'OpenID Connect CIBA §13' },
  invalid_binding_message: { status: 400, source: 'OpenID Connect CIBA §13' },
  expired_login_hint_token: { status: 400, source: 'OpenID Connect CIBA §13' },
} as const satisfies Record<string, Registration>;

export type OAuthErrorCode = keyof typeof OAUTH_ERRORS;
