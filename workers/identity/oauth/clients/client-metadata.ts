/**
 * Judges client metadata, whether it comes from a registration (RFC 7591), an administrator or a client
 * ID metadata document. All of them are judged here, so that a member means the same everywhere.
 *
 * @module
 */

import type { SafeUrlRules } from '../../../../shared/http/safe-url.ts';
import type { OAuthErrorCode } from '../../../../shared/oauth/error-codes.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { isShownLine, SHOWN_LINE } from '../../../../shared/shown-text.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { spaceSeparated } from '../../platform/parameters.ts';
import type { ClientProfile } from './client.ts';
import {
  type ClientMetadata,
  type MemberFault,
  type MetadataSource,
  readMembers,
  withDefaults,
} from './metadata-members.ts';
import { redirectUriFault, withoutUnownedSchemes } from './registered-redirect-uri.ts';
import { RESERVED_SCOPES } from './scopes.ts';

export type MetadataReading = SafeUrlRules & {
  readonly source: MetadataSource;
  readonly profile: ClientProfile;
};

/**
 * Reads and checks metadata, and writes out its defaults. Does NOT fetch what its URLs lead to:
 * `checkSector` does.
 *
 * @returns The metadata, or the first member that is wrong.
 */
export function judgeClientMetadata(
  input: JsonObject,
  reading: MetadataReading,
): Result<ClientMetadata, MemberFault> {
  if (input['software_statement'] !== undefined && input['software_statement'] !== null) {
    return err({ member: 'software_statement', fault: 'is not accepted' });
  }
  const isByAdministrator = reading.source === 'administrator';
  const given = readMembers(isByAdministrator ? input : withOwnedRedirects(input), reading);
  if (!given.ok) return given;
  const metadata = withDefaults(given.value, reading.source, reading.profile);
  const broken =
    brokenRule(metadata, reading.source) ?? brokenProfileRule(metadata, reading.profile);
  return broken === undefined ? ok(metadata) : err(broken);
}

/**
 * RFC 7591 §2 lets us register less than a client asks for, and the answer says what was registered. An
 * administrator is told instead.
 */
function withOwnedRedirects(input: JsonObject): JsonObject {
  const { redirect_uris: uris, post_logout_redirect_uris: afterLogout } = input;
  const owned = Array.isArray(uris) ? withoutUnownedSchemes(uris) : [];
  const hasGood = owned.some((uri) => typeof uri === 'string' && !redirectUriFault(uri));
  return {
    ...input,
    ...(hasGood ? { redirect_uris: owned } : {}),
    ...(Array.isArray(afterLogout)
      ? { post_logout_redirect_uris: withoutUnownedSchemes(afterLogout) }
      : {}),
  };
}

/**
 * The same for an OAuth endpoint.
 *
 * @throws {OAuthError} As RFC 7591 §3.2.2 says, naming the member.
 */
export function readClientMetadata(input: JsonObject, reading: MetadataReading): ClientMetadata {
  const judged = judgeClientMetadata(input, reading);
  if (judged.ok) return judged.value;
  throw new OAuthError(codeOf(judged.error.member), describeFault(judged.error));
}

function codeOf(member: string): OAuthErrorCode {
  if (member === 'software_statement') return 'invalid_software_statement';
  return member === 'redirect_uris' ? 'invalid_redirect_uri' : 'invalid_client_metadata';
}

/** A fault begins with `[0]` where one of several values is wrong. */
const describeFault = ({ member, fault }: MemberFault): string =>
  `${member}${fault.startsWith('[') ? '' : ' '}${fault}`;

type Rule = {
  /** The member that an error names. */
  readonly member: keyof ClientMetadata;
  readonly fault: (metadata: ClientMetadata, source: MetadataSource) => string | undefined;
};

/** What the members must be together, in the order of the checks. */
const RULES: readonly Rule[] = [
  { member: 'client_name', fault: clientName },
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
function brokenRule(metadata: ClientMetadata, source: MetadataSource): MemberFault | undefined {
  for (const { member, fault } of RULES) {
    const found = fault(metadata, source);
    if (found !== undefined) return { member, fault: found };
  }
  return undefined;
}

function clientName({ client_name: name }: ClientMetadata): string | undefined {
  return name === undefined || isShownLine(name) ? undefined : `must be ${SHOWN_LINE}`;
}

function redirectUris({ redirect_uris: uris, grant_types }: ClientMetadata): string | undefined {
  if (grant_types.includes('authorization_code') && uris.length === 0) {
    return 'must hold a redirect URI (RFC 7591 §2)';
  }
  return firstFault(uris, redirectUriFault);
}

function reservedScope({ scope }: ClientMetadata, source: MetadataSource): string | undefined {
  if (source === 'administrator') return undefined;
  const reserved = spaceSeparated(scope).find((one) => RESERVED_SCOPES.includes(one));
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

/** Grants that a client uses in its own name, or begins by itself. */
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
  return firstFault(metadata.post_logout_redirect_uris ?? [], redirectUriFault);
}

/** Front-Channel Logout §2: the user's browser loads it, so it must have an origin of the client. */
function frontchannelLogoutUri(metadata: ClientMetadata): string | undefined {
  const { frontchannel_logout_uri: uri, redirect_uris: redirects } = metadata;
  if (uri === undefined) return undefined;
  const fault = redirectUriFault(uri);
  if (fault !== undefined) return fault;
  if (!/^https?:/i.test(uri)) return 'must use https';
  const origins = redirects.map((redirect) => new URL(redirect).origin);
  return origins.includes(new URL(uri).origin)
    ? undefined
    : 'must have the scheme, host and port of a redirect URI (Front-Channel Logout §2)';
}

/**
 * OpenID Connect Core §8.1: without a sector's URI, the one host of the redirect URIs is the sector.
 */
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
    return undefined;
  }
  if (mode === undefined) return 'must be poll or ping (CIBA §4)';
  const hasEndpoint = metadata.backchannel_client_notification_endpoint !== undefined;
  return mode === 'ping' && !hasEndpoint
    ? 'ping needs backchannel_client_notification_endpoint (CIBA §4)'
    : undefined;
}

/** Resource servers decide which algorithms they accept, so a client cannot choose by itself. */
function accessTokenSigningAlg(
  metadata: ClientMetadata,
  source: MetadataSource,
): string | undefined {
  return source === 'administrator' || metadata.access_token_signing_alg === 'ES256'
    ? undefined
    : 'can be set by an administrator only';
}

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

/**
 * What the FAPI 2.0 profiles demand of a client. Their switches default to what the profile demands
 * (`withDefaults`). Metadata that says otherwise is refused, and never changed.
 *
 * @returns The first demand that is not met.
 */
function brokenProfileRule(
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
