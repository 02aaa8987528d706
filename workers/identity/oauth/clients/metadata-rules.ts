/**
 * What the members of client metadata must be together. The table is the order of the checks.
 *
 * @module
 */

import { RESERVED_SCOPES } from '../scopes.ts';
import type { ClientMetadata, MetadataSource } from './metadata-defaults.ts';
import type { MemberFault } from './metadata-members.ts';
import { redirectUriFault } from './redirect-uri.ts';

type Rule = {
  /** Whom an error names. */
  readonly member: keyof ClientMetadata;
  readonly fault: (metadata: ClientMetadata, source: MetadataSource) => string | undefined;
};

const RULES: readonly Rule[] = [
  { member: 'redirect_uris', fault: redirectUris },
  { member: 'response_types', fault: responseTypes },
  { member: 'grant_types', fault: grantTypes },
  { member: 'scope', fault: reservedScope },
  { member: 'token_endpoint_auth_method', fault: authMethod },
  { member: 'jwks', fault: jwks },
  { member: 'post_logout_redirect_uris', fault: postLogoutRedirectUris },
  { member: 'frontchannel_logout_uri', fault: frontchannelLogoutUri },
  { member: 'subject_type', fault: subjectType },
  { member: 'id_token_encrypted_response_enc', fault: encryption('id_token') },
  { member: 'userinfo_encrypted_response_enc', fault: encryption('userinfo') },
  { member: 'authorization_encrypted_response_enc', fault: encryption('authorization') },
  { member: 'introspection_encrypted_response_enc', fault: encryption('introspection') },
  { member: 'backchannel_token_delivery_mode', fault: backchannelAuthentication },
  { member: 'access_token_signing_alg', fault: accessTokenSigningAlg },
];

/** @returns The first rule that is broken. */
export function brokenRule(
  metadata: ClientMetadata,
  source: MetadataSource,
): MemberFault | undefined {
  for (const { member, fault } of RULES) {
    const found = fault(metadata, source);
    if (found !== undefined) return { member, fault: found };
  }
  return undefined;
}

function redirectUris({ redirect_uris: uris, ...rest }: ClientMetadata): string | undefined {
  if (rest.grant_types.includes('authorization_code') && uris.length === 0) {
    return 'must hold a redirect URI (RFC 7591 §2)';
  }
  return firstFault(uris, (uri) => redirectUriFault(uri, rest.application_type));
}

function reservedScope({ scope }: ClientMetadata, source: MetadataSource): string | undefined {
  if (source === 'administrator') return undefined;
  const reserved = scope?.split(' ').find((one) => RESERVED_SCOPES.includes(one));
  return reserved && `must not hold ${reserved}: only an administrator can allow it`;
}

function firstFault(
  values: readonly string[],
  faultOf: (value: string) => string | undefined,
): string | undefined {
  for (const [index, value] of values.entries()) {
    const fault = faultOf(value);
    if (fault !== undefined) return `[${index}] ${fault}`;
  }
  return undefined;
}

function responseTypes(metadata: ClientMetadata): string | undefined {
  const hasCode = metadata.response_types.includes('code');
  if (hasCode === metadata.grant_types.includes('authorization_code')) return undefined;
  return 'must hold code where grant_types holds authorization_code, and only there (RFC 7591 §2.1)';
}

/** Grants in a client's own name, or that it begins by itself. */
const CONFIDENTIAL_GRANTS = [
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:openid:params:grant-type:ciba',
] as const;

function grantTypes(metadata: ClientMetadata): string | undefined {
  if (metadata.grant_types.length === 0) return 'must hold a grant type';
  if (metadata.token_endpoint_auth_method !== 'none') return undefined;
  const refused = CONFIDENTIAL_GRANTS.find((grant) => metadata.grant_types.includes(grant));
  return refused && `must not hold ${refused} for a client without credentials (RFC 6749 §4.4)`;
}

function authMethod(metadata: ClientMetadata, source: MetadataSource): string | undefined {
  const method = metadata.token_endpoint_auth_method;
  if (source === 'document' && method.startsWith('client_secret')) {
    return 'must not be based on a secret (OAuth Client ID Metadata Document §4.1)';
  }
  if (method === 'tls_client_auth') return tlsSubject(metadata);
  const needsKeys = method === 'private_key_jwt' || method === 'self_signed_tls_client_auth';
  return needsKeys && !hasKeys(metadata) ? 'needs jwks or jwks_uri' : undefined;
}

const hasKeys = ({ jwks, jwks_uri: uri }: ClientMetadata): boolean =>
  jwks !== undefined || uri !== undefined;

function tlsSubject(metadata: ClientMetadata): string | undefined {
  const subjects = [
    metadata.tls_client_auth_subject_dn,
    metadata.tls_client_auth_san_dns,
    metadata.tls_client_auth_san_uri,
    metadata.tls_client_auth_san_ip,
    metadata.tls_client_auth_san_email,
  ].filter((one) => one !== undefined);
  return subjects.length === 1
    ? undefined
    : 'needs exactly one tls_client_auth_* subject (RFC 8705 §2.1.2)';
}

function jwks(metadata: ClientMetadata): string | undefined {
  const both = metadata.jwks !== undefined && metadata.jwks_uri !== undefined;
  return both ? 'must not be given together with jwks_uri (RFC 7591 §2)' : undefined;
}

function postLogoutRedirectUris(metadata: ClientMetadata): string | undefined {
  const { post_logout_redirect_uris: uris = [], application_type: type } = metadata;
  return firstFault(uris, (uri) => redirectUriFault(uri, type));
}

/** Front-Channel Logout §2: it is loaded in the user's browser, so it is where the client is. */
function frontchannelLogoutUri(metadata: ClientMetadata): string | undefined {
  const { frontchannel_logout_uri: uri, redirect_uris: redirects } = metadata;
  if (uri === undefined) return undefined;
  const fault = redirectUriFault(uri, 'web');
  if (fault !== undefined) return fault;
  const origins = redirects.map((redirect) => new URL(redirect).origin);
  return origins.includes(new URL(uri).origin)
    ? undefined
    : 'must have the scheme, host and port of a redirect URI (Front-Channel Logout §2)';
}

/** OpenID Connect Core §8.1: without a sector's URI, the one host of the redirect URIs is the sector. */
function subjectType(metadata: ClientMetadata): string | undefined {
  if (metadata.subject_type !== 'pairwise') return undefined;
  if (metadata.sector_identifier_uri !== undefined) return undefined;
  const hosts = new Set(metadata.redirect_uris.map((uri) => new URL(uri).host));
  return hosts.size === 1 && !hosts.has('')
    ? undefined
    : 'pairwise needs redirect URIs of one host, or sector_identifier_uri (Core §8.1)';
}

function encryption(of: 'id_token' | 'userinfo' | 'authorization' | 'introspection') {
  return (metadata: ClientMetadata): string | undefined => {
    const alg = metadata[`${of}_encrypted_response_alg`];
    const enc = metadata[`${of}_encrypted_response_enc`];
    if (alg === undefined) {
      return enc === undefined ? undefined : `needs ${of}_encrypted_response_alg`;
    }
    return hasKeys(metadata) ? undefined : 'needs a key to encrypt to: jwks or jwks_uri';
  };
}

function backchannelAuthentication(metadata: ClientMetadata): string | undefined {
  const mode = metadata.backchannel_token_delivery_mode;
  if (!metadata.grant_types.includes('urn:openid:params:grant-type:ciba')) {
    return mode && 'needs the grant type urn:openid:params:grant-type:ciba (CIBA §4)';
  }
  if (mode === undefined) return 'must be poll or ping (CIBA §4)';
  const hasEndpoint = metadata.backchannel_client_notification_endpoint !== undefined;
  return mode === 'ping' && !hasEndpoint
    ? 'ping needs backchannel_client_notification_endpoint (CIBA §4)'
    : undefined;
}

/** The resource servers decide what they accept, so a client cannot. */
function accessTokenSigningAlg(
  metadata: ClientMetadata,
  source: MetadataSource,
): string | undefined {
  return source === 'administrator' || metadata.access_token_signing_alg === 'ES256'
    ? undefined
    : 'can be set by an administrator only';
}
