import { type ClientAuthMethod, type ClientProfile, type GrantType } from './client.ts';
import { DEFAULT_CONTENT_ENCRYPTION } from './encryption-algorithms.ts';
import type { GivenMetadata } from './metadata-members.ts';

/** Who said what the metadata is. */
export type MetadataSource = 'client' | 'administrator' | 'document';

type Defaulted =
  | 'redirect_uris'
  | 'token_endpoint_auth_method'
  | 'grant_types'
  | 'response_types'
  | 'application_type'
  | 'subject_type'
  | 'id_token_signed_response_alg'
  | 'authorization_signed_response_alg'
  | 'introspection_signed_response_alg'
  | 'access_token_signing_alg'
  | 'require_auth_time'
  | 'tls_client_certificate_bound_access_tokens'
  | 'dpop_bound_access_tokens'
  | 'require_pushed_authorization_requests'
  | 'require_signed_request_object';

/** Metadata with every default written out, in the wire's names: what is stored and echoed. */
export type ClientMetadata = GivenMetadata & Readonly<Required<Pick<GivenMetadata, Defaulted>>>;

/** Writes out the defaults of each member's own specification, or those of a FAPI profile. */
export function withDefaults(
  given: GivenMetadata,
  source: MetadataSource,
  profile: ClientProfile,
): ClientMetadata {
  const strict = profile !== 'none';
  const signature = strict ? 'PS256' : 'RS256';
  const grantTypes: readonly GrantType[] = given.grant_types ?? ['authorization_code'];
  const isMtls = given.tls_client_certificate_bound_access_tokens === true;
  return {
    redirect_uris: [],
    token_endpoint_auth_method: strict ? 'private_key_jwt' : AUTH_METHODS[source],
    grant_types: [...grantTypes],
    // RFC 7591 §2.1: the two go together.
    response_types: grantTypes.includes('authorization_code') ? ['code'] : [],
    application_type: 'web',
    subject_type: 'public',
    id_token_signed_response_alg: signature,
    authorization_signed_response_alg: signature,
    introspection_signed_response_alg: signature,
    access_token_signing_alg: 'ES256',
    require_auth_time: false,
    tls_client_certificate_bound_access_tokens: false,
    dpop_bound_access_tokens: strict && !isMtls,
    require_pushed_authorization_requests: strict,
    require_signed_request_object: profile === 'fapi2_message_signing',
    ...given,
    ...contentEncryptions(given),
  };
}

/** A document's author shares no secret with us. */
const AUTH_METHODS: Readonly<Record<MetadataSource, ClientAuthMethod>> = {
  client: 'client_secret_basic',
  administrator: 'client_secret_basic',
  document: 'none',
};

function contentEncryptions(given: GivenMetadata): GivenMetadata {
  const enc = DEFAULT_CONTENT_ENCRYPTION;
  return {
    ...(given.id_token_encrypted_response_alg && {
      id_token_encrypted_response_enc: given.id_token_encrypted_response_enc ?? enc,
    }),
    ...(given.userinfo_encrypted_response_alg && {
      userinfo_encrypted_response_enc: given.userinfo_encrypted_response_enc ?? enc,
    }),
    ...(given.authorization_encrypted_response_alg && {
      authorization_encrypted_response_enc: given.authorization_encrypted_response_enc ?? enc,
    }),
    ...(given.introspection_encrypted_response_alg && {
      introspection_encrypted_response_enc: given.introspection_encrypted_response_enc ?? enc,
    }),
  };
}
