import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { spaceSeparated } from '../../platform/parameters.ts';
import type { Client, ResponseEncryption, StoredClient, TlsSubject } from './client.ts';
import { keysOfSet } from './client-jwks.ts';
import { type ClientMetadata, readMembers, withDefaults } from './metadata-members.ts';

/**
 * The client that a row describes. Its metadata was judged when it was written. Only its shape is read
 * here, so that a rule that became stricter disables no client.
 *
 * @throws {TypeError} If the row is corrupt.
 */
export const readStoredClient = (stored: StoredClient): Client =>
  readStoredMetadata(stored.metadata, stored);

/** The same for metadata that is not from a row, such as a cached document's. */
export function readStoredMetadata(metadata: JsonObject, surroundings: Surroundings): Client {
  const given = readMembers(metadata, { allowLoopback: true });
  if (!given.ok) {
    const { member, fault } = given.error;
    throw new TypeError(`Cannot read client ${surroundings.clientId}: ${member} ${fault}`);
  }
  return toClient(withDefaults(given.value, 'client', surroundings.profile), surroundings);
}

type Surroundings = Pick<
  Client,
  | 'clientId'
  | 'source'
  | 'profile'
  | 'skipConsent'
  | 'resources'
  | 'pkceOptional'
  | 'cibaAllowed'
  | 'secrets'
  | 'createdAt'
>;

/** Renames the members from those of RFC 7591 §2 to the code's. */
function toClient(metadata: ClientMetadata, surroundings: Surroundings): Client {
  const { clientId, source, profile, skipConsent, resources, secrets, createdAt } = surroundings;
  const { pkceOptional, cibaAllowed } = surroundings;
  return {
    clientId,
    source,
    profile,
    skipConsent,
    resources,
    pkceOptional,
    cibaAllowed,
    secrets,
    createdAt,
    ...presentation(metadata),
    ...permissions(metadata),
    ...authentication(metadata),
    ...tokens(metadata),
    ...authorization(metadata, profile),
    ...logout(metadata),
    ...backchannelAuthentication(metadata),
  };
}

const presentation = (metadata: ClientMetadata) => ({
  name: metadata.client_name ?? null,
  clientUri: metadata.client_uri ?? null,
  logoUri: metadata.logo_uri ?? null,
  policyUri: metadata.policy_uri ?? null,
  tosUri: metadata.tos_uri ?? null,
  contacts: metadata.contacts ?? [],
  applicationType: metadata.application_type,
  initiateLoginUri: metadata.initiate_login_uri ?? null,
  softwareId: metadata.software_id ?? null,
  softwareVersion: metadata.software_version ?? null,
});

const permissions = (metadata: ClientMetadata) => ({
  redirectUris: metadata.redirect_uris,
  postLogoutRedirectUris: metadata.post_logout_redirect_uris ?? [],
  grantTypes: metadata.grant_types,
  responseTypes: metadata.response_types,
  scopes: metadata.scope === undefined ? null : spaceSeparated(metadata.scope),
  authorizationDetailsTypes: metadata.authorization_details_types ?? [],
});

const authentication = (metadata: ClientMetadata) => ({
  tokenEndpointAuthMethod: metadata.token_endpoint_auth_method,
  tokenEndpointAuthSigningAlg: metadata.token_endpoint_auth_signing_alg ?? null,
  jwks: keysOrNull(metadata.jwks),
  jwksUri: metadata.jwks_uri ?? null,
  tlsSubject: tlsSubject(metadata),
});

const keysOrNull = (set: JsonObject | undefined): readonly JsonObject[] | null =>
  set === undefined ? null : keysOfSet(set);

function tlsSubject(metadata: ClientMetadata): TlsSubject | null {
  const subjects = [
    ['subject_dn', metadata.tls_client_auth_subject_dn],
    ['san_dns', metadata.tls_client_auth_san_dns],
    ['san_uri', metadata.tls_client_auth_san_uri],
    ['san_ip', metadata.tls_client_auth_san_ip],
    ['san_email', metadata.tls_client_auth_san_email],
  ] as const;
  for (const [kind, value] of subjects) if (value !== undefined) return { kind, value };
  return null;
}

const tokens = (metadata: ClientMetadata) => ({
  tlsClientCertificateBoundAccessTokens: metadata.tls_client_certificate_bound_access_tokens,
  dpopBoundAccessTokens: metadata.dpop_bound_access_tokens,
  accessTokenSigningAlg: metadata.access_token_signing_alg,
  subjectType: metadata.subject_type,
  sectorIdentifierUri: metadata.sector_identifier_uri ?? null,
  defaultMaxAge: metadata.default_max_age ?? null,
  requireAuthTime: metadata.require_auth_time,
  defaultAcrValues: metadata.default_acr_values ?? [],
  idTokenSignedResponseAlg: metadata.id_token_signed_response_alg,
  idTokenClaims: metadata.id_token_claims ?? null,
  idTokenEncryption: encryption(metadata, 'id_token'),
  userinfoSignedResponseAlg: metadata.userinfo_signed_response_alg ?? null,
  userinfoEncryption: encryption(metadata, 'userinfo'),
  introspectionSignedResponseAlg: metadata.introspection_signed_response_alg,
  introspectionEncryption: encryption(metadata, 'introspection'),
  authorizationSignedResponseAlg: metadata.authorization_signed_response_alg,
  authorizationEncryption: encryption(metadata, 'authorization'),
});

function encryption(
  metadata: ClientMetadata,
  of: 'id_token' | 'userinfo' | 'authorization' | 'introspection',
): ResponseEncryption | null {
  const alg = metadata[`${of}_encrypted_response_alg`];
  const enc = metadata[`${of}_encrypted_response_enc`];
  return alg === undefined || enc === undefined ? null : { alg, enc };
}

const authorization = (metadata: ClientMetadata, profile: Client['profile']) => ({
  requestObjectSigningAlg: metadata.request_object_signing_alg ?? null,
  requireSignedRequestObject: metadata.require_signed_request_object,
  requestUris: metadata.request_uris ?? [],
  requirePushedAuthorizationRequests: metadata.require_pushed_authorization_requests,
  requireSignedAuthorizationResponse: profile === 'fapi2_message_signing',
});

const logout = (metadata: ClientMetadata) => ({
  backchannelLogoutUri: metadata.backchannel_logout_uri ?? null,
  backchannelLogoutSessionRequired: metadata.backchannel_logout_session_required ?? false,
  frontchannelLogoutUri: metadata.frontchannel_logout_uri ?? null,
  frontchannelLogoutSessionRequired: metadata.frontchannel_logout_session_required ?? false,
});

const backchannelAuthentication = (metadata: ClientMetadata) => ({
  backchannelTokenDeliveryMode: metadata.backchannel_token_delivery_mode ?? null,
  backchannelClientNotificationEndpoint: metadata.backchannel_client_notification_endpoint ?? null,
  backchannelAuthenticationRequestSigningAlg:
    metadata.backchannel_authentication_request_signing_alg ?? null,
});
