/**
 * What this deployment publishes about itself as an authorization server and OpenID provider. Every
 * member names something that works.
 *
 * @see [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2), OpenID Connect Discovery §3
 * @module
 */

import { SIGNING_ALGORITHMS } from '../../../../shared/contracts/keys/keys-rpc.ts';
import { DPOP_ALGORITHMS } from '../../../../shared/oauth/dpop-signature.ts';
import { PROMPTS, RESPONSE_MODES } from '../authorize/authorization-request.ts';
import { type AcrConfig, acrValues } from '../authorize/check-authentication.ts';
import { CLIENT_JWT_ALGORITHMS } from '../client-auth/client-jwt.ts';
import {
  CLIENT_AUTH_METHODS,
  CONTENT_ENCRYPTION_ALGORITHMS,
  GRANT_TYPES,
  KEY_MANAGEMENT_ALGORITHMS,
} from '../clients/client.ts';
import { OPEN_SCOPES } from '../clients/scopes.ts';
import {
  AUTHORIZATION_ENDPOINT,
  BACKCHANNEL_AUTHENTICATION_ENDPOINT,
  DEVICE_AUTHORIZATION_ENDPOINT,
  endpointUrl,
  INTROSPECTION_ENDPOINT,
  PAR_ENDPOINT,
  REVOCATION_ENDPOINT,
  TOKEN_ENDPOINT,
} from '../endpoints.ts';
import { USER_CLAIMS } from '../tokens/user-claims.ts';

export type Metadata = Readonly<Record<string, unknown>>;

/** By member, the path of each endpoint. */
const ENDPOINTS = {
  authorization_endpoint: AUTHORIZATION_ENDPOINT,
  token_endpoint: TOKEN_ENDPOINT,
  userinfo_endpoint: '/oauth2/userinfo',
  jwks_uri: '/.well-known/jwks.json',
  introspection_endpoint: INTROSPECTION_ENDPOINT,
  revocation_endpoint: REVOCATION_ENDPOINT,
  // RFC 9126 §5
  pushed_authorization_request_endpoint: PAR_ENDPOINT,
  // RFC 8628 §4
  device_authorization_endpoint: DEVICE_AUTHORIZATION_ENDPOINT,
  // OpenID Connect RP-Initiated Logout §2.1
  end_session_endpoint: '/oauth2/logout',
  // OpenID Connect CIBA §4
  backchannel_authentication_endpoint: BACKCHANNEL_AUTHENTICATION_ENDPOINT,
  service_documentation: '/docs',
} as const;

const REGISTRATION_ENDPOINT = '/oauth2/register';

const REQUESTS = {
  scopes_supported: OPEN_SCOPES,
  response_types_supported: ['code'],
  response_modes_supported: RESPONSE_MODES,
  grant_types_supported: GRANT_TYPES,
  code_challenge_methods_supported: ['S256'],
  prompt_values_supported: PROMPTS,
  claims_parameter_supported: true,
  ui_locales_supported: ['en'],
  // RFC 9101 §10.5
  request_parameter_supported: true,
  request_uri_parameter_supported: true,
  require_request_uri_registration: true,
  request_object_signing_alg_values_supported: CLIENT_JWT_ALGORITHMS,
  // RFC 9207 §3
  authorization_response_iss_parameter_supported: true,
  client_id_metadata_document_supported: true,
};

const CLIENT_AUTHENTICATION = {
  token_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
  token_endpoint_auth_signing_alg_values_supported: CLIENT_JWT_ALGORITHMS,
  introspection_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS.filter(
    (method) => method !== 'none',
  ),
  introspection_endpoint_auth_signing_alg_values_supported: CLIENT_JWT_ALGORITHMS,
  revocation_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
  revocation_endpoint_auth_signing_alg_values_supported: CLIENT_JWT_ALGORITHMS,
  // RFC 8705 §3.3, RFC 9449 §5.1
  tls_client_certificate_bound_access_tokens: true,
  dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
};

const encrypted = (response: string): Metadata => ({
  [`${response}_encryption_alg_values_supported`]: KEY_MANAGEMENT_ALGORITHMS,
  [`${response}_encryption_enc_values_supported`]: CONTENT_ENCRYPTION_ALGORITHMS,
});

const RESPONSES = {
  subject_types_supported: ['public', 'pairwise'],
  claim_types_supported: ['normal'],
  claims_supported: [
    'sub',
    'iss',
    'aud',
    'exp',
    'iat',
    'auth_time',
    'acr',
    'amr',
    'sid',
    'nonce',
    ...USER_CLAIMS,
  ],
  id_token_signing_alg_values_supported: SIGNING_ALGORITHMS,
  ...encrypted('id_token'),
  userinfo_signing_alg_values_supported: SIGNING_ALGORITHMS,
  ...encrypted('userinfo'),
  // JARM §4
  authorization_signing_alg_values_supported: SIGNING_ALGORITHMS,
  ...encrypted('authorization'),
  // RFC 9701 §7
  introspection_signing_alg_values_supported: SIGNING_ALGORITHMS,
  ...encrypted('introspection'),
};

const LOGOUT = {
  backchannel_logout_supported: true,
  backchannel_logout_session_supported: true,
  frontchannel_logout_supported: true,
  frontchannel_logout_session_supported: true,
};

/** OpenID Connect CIBA §4. */
const BACKCHANNEL_AUTHENTICATION = {
  backchannel_token_delivery_modes_supported: ['poll', 'ping'],
  backchannel_authentication_request_signing_alg_values_supported: CLIENT_JWT_ALGORITHMS,
  backchannel_user_code_parameter_supported: false,
};

export type MetadataConfig = AcrConfig & {
  readonly issuer: string;
  readonly audience: string;
  readonly oauth: {
    readonly registration: 'off' | 'initial_access_token' | 'open';
    readonly pushedRequests: 'required' | 'optional';
  };
};

/** The document that both well-known addresses serve. */
export function serverMetadata(config: MetadataConfig): Metadata {
  const { issuer, audience, oauth } = config;
  return {
    issuer,
    ...urls(issuer, ENDPOINTS),
    ...(oauth.registration === 'off'
      ? {}
      : urls(issuer, { registration_endpoint: REGISTRATION_ENDPOINT })),
    ...REQUESTS,
    acr_values_supported: acrValues(config),
    require_pushed_authorization_requests: oauth.pushedRequests === 'required',
    ...CLIENT_AUTHENTICATION,
    ...RESPONSES,
    ...LOGOUT,
    ...BACKCHANNEL_AUTHENTICATION,
    // RFC 9728 §4
    ...(URL.canParse(audience) ? { protected_resources: [audience] } : {}),
  };
}

const urls = (issuer: string, paths: Readonly<Record<string, string>>): Metadata =>
  Object.fromEntries(
    Object.entries(paths).map(([name, path]) => [name, endpointUrl(issuer, path)]),
  );

/**
 * The metadata of our own API as a protected resource (RFC 9728 §2).
 *
 * @returns `undefined` where its name is no URL of this host: clients must refuse such metadata (§3.3).
 */
export function resourceMetadata({
  issuer,
  audience,
}: Pick<MetadataConfig, 'issuer' | 'audience'>): Metadata | undefined {
  if (URL.parse(audience)?.origin !== new URL(issuer).origin) return undefined;
  return {
    resource: audience,
    authorization_servers: [issuer],
    scopes_supported: OPEN_SCOPES,
    bearer_methods_supported: ['header'],
    resource_name: 'Sallyport API',
    resource_documentation: endpointUrl(issuer, '/docs'),
    tls_client_certificate_bound_access_tokens: true,
    dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
  };
}
