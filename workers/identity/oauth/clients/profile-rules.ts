/**
 * What the FAPI 2.0 profiles demand of a client. Its switches are defaulted to what the profile wants
 * (`metadata-defaults.ts`); metadata that says otherwise is refused, never bent.
 *
 * @module
 */

import type { ClientProfile } from './client.ts';
import type { ClientMetadata } from './metadata-defaults.ts';
import type { MemberFault } from './metadata-members.ts';

const AUTH_METHODS: readonly string[] = [
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
];

/** FAPI 2.0 Security Profile §5.4.1. `Ed25519` is RFC 9864's name for EdDSA with that curve. */
const FAPI_ALGORITHMS: readonly string[] = ['PS256', 'ES256', 'EdDSA', 'Ed25519'];

const SIGNATURES = [
  'token_endpoint_auth_signing_alg',
  'id_token_signed_response_alg',
  'userinfo_signed_response_alg',
  'request_object_signing_alg',
  'authorization_signed_response_alg',
  'introspection_signed_response_alg',
  'access_token_signing_alg',
  'backchannel_authentication_request_signing_alg',
] as const satisfies readonly (keyof ClientMetadata)[];

/** @returns The first demand that is not met. */
export function brokenProfileRule(
  metadata: ClientMetadata,
  profile: ClientProfile,
): MemberFault | undefined {
  if (profile === 'none') return undefined;
  return (
    securityFault(metadata) ??
    signatureFault(metadata) ??
    (profile === 'fapi2_message_signing' ? messageSigningFault(metadata) : undefined)
  );
}

function securityFault(metadata: ClientMetadata): MemberFault | undefined {
  if (!AUTH_METHODS.includes(metadata.token_endpoint_auth_method)) {
    const fault = `must be one of ${AUTH_METHODS.join(', ')} (FAPI 2.0 SP §5.3.2.1)`;
    return { member: 'token_endpoint_auth_method', fault };
  }
  if (!metadata.require_pushed_authorization_requests) {
    const fault = 'must be true (FAPI 2.0 SP §5.3.2.2)';
    return { member: 'require_pushed_authorization_requests', fault };
  }
  const { dpop_bound_access_tokens: dpop, tls_client_certificate_bound_access_tokens: mtls } =
    metadata;
  if (!dpop && !mtls) {
    const fault = 'must be true where tokens are not bound to a certificate (FAPI 2.0 SP §5.3.2.1)';
    return { member: 'dpop_bound_access_tokens', fault };
  }
  return redirectFault(metadata);
}

function redirectFault(metadata: ClientMetadata): MemberFault | undefined {
  const isRight = (uri: string) =>
    uri.startsWith('https:') || (metadata.application_type === 'native' && uri.startsWith('http:'));
  return metadata.redirect_uris.every(isRight)
    ? undefined
    : {
        member: 'redirect_uris',
        fault: 'must use https, or loopback for native clients (FAPI 2.0 SP §5.3.2.2)',
      };
}

function signatureFault(metadata: ClientMetadata): MemberFault | undefined {
  const member = SIGNATURES.find((name) => {
    const alg = metadata[name];
    return alg !== undefined && !FAPI_ALGORITHMS.includes(alg);
  });
  return member && { member, fault: 'must be PS256, ES256 or EdDSA (FAPI 2.0 SP §5.4.1)' };
}

function messageSigningFault(metadata: ClientMetadata): MemberFault | undefined {
  return metadata.require_signed_request_object
    ? undefined
    : { member: 'require_signed_request_object', fault: 'must be true (FAPI 2.0 MS §5.3.1)' };
}
