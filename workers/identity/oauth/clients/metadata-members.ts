/**
 * The members of client metadata, one by one: RFC 7591 §2, OpenID Connect Registration §2 and the
 * extensions named below. `client-metadata.ts` says what they must be together.
 *
 * @module
 */

import * as z from 'zod';
import { SIGNING_ALGORITHMS } from '../../../../shared/contracts/keys/keys-rpc.ts';
import { parseSafeUrl, type SafeUrlRules } from '../../../../shared/http/safe-url.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { JWS_ALGORITHMS } from '../../../../shared/tokens/algorithms.ts';
import { isJsonObject, type JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { spaceSeparated } from '../../platform/parameters.ts';
import {
  CLIENT_AUTH_METHODS,
  type ClientAuthMethod,
  type ClientProfile,
  CONTENT_ENCRYPTION_ALGORITHMS,
  GRANT_TYPES,
  type GrantType,
  KEY_MANAGEMENT_ALGORITHMS,
} from './client.ts';
import { publicJwksFault } from './client-jwks.ts';

const MAX_ITEMS = 100;

/** One line that is shown at consent. It cannot hide or reorder the text beside it. */
const SHOWN = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+$/u;
const shown = (max: number) =>
  z.string('must be a string').max(max, `must not be longer than ${max} characters`).regex(SHOWN, {
    error: 'must be one line of visible text',
  });

const visibleAscii = z
  .string('must be a string')
  .max(2_000, 'is too long')
  .regex(/^[\x21-\x7e]+$/, { error: 'must be plain ASCII without spaces' });

const listOf = <S extends z.ZodType>(item: S) =>
  z.array(item, 'must be an array').max(MAX_ITEMS, `must not have more than ${MAX_ITEMS} items`);

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `must be one of ${values.join(', ')}`);

const flag = z.boolean('must be true or false');

/** A link that a person may follow. */
const webPage = visibleAscii.refine(isWebPage, { error: 'must be an http or https URL' });

function isWebPage(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || url.protocol === 'http:';
}

/** A URL that we call. */
const calledUrl = (rules: SafeUrlRules) =>
  z.string('must be a string').superRefine((text, context) => {
    const parsed = parseSafeUrl(text, rules);
    if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.error });
  });

/** A fragment may tell the hash of what is there (OpenID Connect Core §6.2). */
const requestUri = (rules: SafeUrlRules) =>
  z.string('must be a string').superRefine((text, context) => {
    const parsed = parseSafeUrl(text.replace(/#.*$/s, ''), rules);
    if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.error });
  });

const scope = z
  .string('must be a string')
  .max(4_000, 'is too long')
  .regex(/^ *[\x21\x23-\x5b\x5d-\x7e][\x20\x21\x23-\x5b\x5d-\x7e]*$/, {
    error: 'must be scope values with spaces between them (RFC 6749 §3.3)',
  })
  .transform((text) => spaceSeparated(text).join(' '));

const jwks = z.custom<JsonObject>(
  (set) => isJsonObject(set) && publicJwksFault(set) === undefined,
  {
    error: ({ input }) => publicJwksFault(input) ?? 'must be a JWK Set',
  },
);

const signature = oneOf(SIGNING_ALGORITHMS);
const clientSignature = z.string('must be a string').refine((alg) => JWS_ALGORITHMS.includes(alg), {
  error: `must be one of ${JWS_ALGORITHMS.join(', ')}`,
});
const keyManagement = oneOf(KEY_MANAGEMENT_ALGORITHMS);
const contentEncryption = oneOf(CONTENT_ENCRYPTION_ALGORITHMS);

/** RFC 7591 §2. */
const registration = (rules: SafeUrlRules) => ({
  redirect_uris: listOf(z.string('must be a string')).exactOptional(),
  token_endpoint_auth_method: oneOf(CLIENT_AUTH_METHODS).exactOptional(),
  token_endpoint_auth_signing_alg: clientSignature.exactOptional(),
  grant_types: listOf(oneOf(GRANT_TYPES)).exactOptional(),
  response_types: listOf(oneOf(['code'])).exactOptional(),
  client_name: shown(200).exactOptional(),
  client_uri: webPage.exactOptional(),
  logo_uri: webPage.exactOptional(),
  policy_uri: webPage.exactOptional(),
  tos_uri: webPage.exactOptional(),
  scope: scope.exactOptional(),
  contacts: listOf(shown(320)).exactOptional(),
  jwks_uri: calledUrl(rules).exactOptional(),
  jwks: jwks.exactOptional(),
  software_id: shown(200).exactOptional(),
  software_version: shown(200).exactOptional(),
});

/** OpenID Connect Registration §2. */
const openIdConnect = (rules: SafeUrlRules) => ({
  application_type: oneOf(['web', 'native']).exactOptional(),
  sector_identifier_uri: calledUrl(rules).exactOptional(),
  subject_type: oneOf(['public', 'pairwise']).exactOptional(),
  id_token_signed_response_alg: signature.exactOptional(),
  id_token_encrypted_response_alg: keyManagement.exactOptional(),
  id_token_encrypted_response_enc: contentEncryption.exactOptional(),
  userinfo_signed_response_alg: signature.exactOptional(),
  userinfo_encrypted_response_alg: keyManagement.exactOptional(),
  userinfo_encrypted_response_enc: contentEncryption.exactOptional(),
  request_object_signing_alg: clientSignature.exactOptional(),
  default_max_age: z
    .int('must be a whole number of seconds')
    .min(0, 'must not be negative')
    .exactOptional(),
  require_auth_time: flag.exactOptional(),
  default_acr_values: listOf(visibleAscii).exactOptional(),
  initiate_login_uri: calledUrl({ allowLoopback: false }).exactOptional(),
  request_uris: listOf(requestUri(rules)).exactOptional(),
});

/** RP-Initiated Logout §3.1, Back-Channel Logout §2.2, Front-Channel Logout §2. */
const logout = (rules: SafeUrlRules) => ({
  post_logout_redirect_uris: listOf(z.string('must be a string')).exactOptional(),
  backchannel_logout_uri: calledUrl(rules).exactOptional(),
  backchannel_logout_session_required: flag.exactOptional(),
  frontchannel_logout_uri: visibleAscii.exactOptional(),
  frontchannel_logout_session_required: flag.exactOptional(),
});

/** RFC 8705 §2.1.2, §3.4, RFC 9449 §5.2, RFC 9126 §6, RFC 9101 §10.5. */
const binding = {
  tls_client_auth_subject_dn: shown(1_000).exactOptional(),
  tls_client_auth_san_dns: visibleAscii.exactOptional(),
  tls_client_auth_san_uri: visibleAscii.exactOptional(),
  tls_client_auth_san_ip: visibleAscii.exactOptional(),
  tls_client_auth_san_email: visibleAscii.exactOptional(),
  tls_client_certificate_bound_access_tokens: flag.exactOptional(),
  dpop_bound_access_tokens: flag.exactOptional(),
  require_pushed_authorization_requests: flag.exactOptional(),
  require_signed_request_object: flag.exactOptional(),
};

/** JARM §3, RFC 9701 §6, RFC 9396 §10. */
const responses = {
  authorization_signed_response_alg: signature.exactOptional(),
  authorization_encrypted_response_alg: keyManagement.exactOptional(),
  authorization_encrypted_response_enc: contentEncryption.exactOptional(),
  introspection_signed_response_alg: signature.exactOptional(),
  introspection_encrypted_response_alg: keyManagement.exactOptional(),
  introspection_encrypted_response_enc: contentEncryption.exactOptional(),
  authorization_details_types: listOf(visibleAscii).exactOptional(),
};

/** CIBA §4. The push mode and user codes are not offered. */
const backchannelAuthentication = (rules: SafeUrlRules) => ({
  backchannel_token_delivery_mode: oneOf(['poll', 'ping']).exactOptional(),
  backchannel_client_notification_endpoint: calledUrl(rules).exactOptional(),
  backchannel_authentication_request_signing_alg: clientSignature.exactOptional(),
  backchannel_user_code_parameter: z
    .literal(false, 'must be false: user codes are not offered')
    .exactOptional(),
});

/**
 * Our own members: which algorithm signs the client's access tokens, which only an administrator can set,
 * and whether its ID tokens carry the claims of scopes.
 */
const own = {
  access_token_signing_alg: signature.exactOptional(),
  id_token_claims: flag.exactOptional(),
};

const members = (rules: SafeUrlRules) =>
  z.object({
    ...registration(rules),
    ...openIdConnect(rules),
    ...logout(rules),
    ...binding,
    ...responses,
    ...backchannelAuthentication(rules),
    ...own,
  });

/** The members that were sent, without defaults. Unknown ones are left out (RFC 7591 §2). */
type GivenMetadata = Readonly<z.output<ReturnType<typeof members>>>;

const PUBLIC_ONLY = members({ allowLoopback: false });
const WITH_LOOPBACK = members({ allowLoopback: true });

export const MEMBER_NAMES: readonly string[] = Object.keys(PUBLIC_ONLY.shape);

export type MemberFault = { readonly member: string; readonly fault: string };

/** @returns The members, or the first that is wrong. */
export function readMembers(
  input: JsonObject,
  { allowLoopback }: SafeUrlRules,
): Result<GivenMetadata, MemberFault> {
  const parsed = (allowLoopback ? WITH_LOOPBACK : PUBLIC_ONLY).safeParse(withoutEmpty(input));
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  const [member = 'The metadata'] = issue?.path ?? [];
  return err({ member: String(member), fault: issue?.message ?? 'is not valid' });
}

/** `null` and the empty text count as absent (RFC 7592 §2.2), and so does a set without a key. */
const withoutEmpty = (input: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(input).filter(
      ([name, value]) =>
        value !== null && value !== '' && !(name === 'jwks' && isEmptyKeySet(value)),
    ),
  );

const isEmptyKeySet = (set: unknown): boolean =>
  isJsonObject(set) && Array.isArray(set['keys']) && set['keys'].length === 0;

/** Where the metadata comes from. */
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

/**
 * Metadata in the names of RFC 7591 §2 with every default written out, as it is stored and answered.
 */
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
    application_type: !strict && isNative(given) ? 'native' : 'web',
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

/** Clients rarely name the type, but the redirect URIs of native ones show it (RFC 8252 §7). */
const isNative = ({ redirect_uris: uris = [] }: GivenMetadata): boolean =>
  uris.some((uri) => !/^https:/i.test(uri));

/** The author of a document shares no secret with us. */
const AUTH_METHODS: Readonly<Record<MetadataSource, ClientAuthMethod>> = {
  client: 'client_secret_basic',
  administrator: 'client_secret_basic',
  document: 'none',
};

/** Where a client names no content encryption (OpenID Connect Registration §2). */
const DEFAULT_CONTENT_ENCRYPTION = 'A128CBC-HS256';

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
