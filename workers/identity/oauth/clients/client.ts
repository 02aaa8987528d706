/**
 * An OAuth client in the names of the code. The wire and the database use the names of RFC 7591 §2.
 *
 * @module
 */

import type { Bytes } from '../../../../shared/bytes.ts';
import type { Millis } from '../../../../shared/clock.ts';
import type { SigningAlgorithm } from '../../../../shared/contracts/keys/keys-rpc.ts';
import type { ClientId } from '../../../../shared/ids.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';

export const GRANT_TYPES = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:openid:params:grant-type:ciba',
] as const;
export type GrantType = (typeof GRANT_TYPES)[number];

export const CLIENT_AUTH_METHODS = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const;
export type ClientAuthMethod = (typeof CLIENT_AUTH_METHODS)[number];

/** `fapi2_*` turn on together what FAPI 2.0 Security Profile §5 and Message Signing §5 demand. */
export const CLIENT_PROFILES = ['none', 'fapi2_security', 'fapi2_message_signing'] as const;
export type ClientProfile = (typeof CLIENT_PROFILES)[number];

/**
 * How a content key is encrypted to a client (RFC 7518 §4.1). RSA1_5 is not among them (RFC 8725 §3.2).
 */
export const KEY_MANAGEMENT_ALGORITHMS = [
  'RSA-OAEP',
  'RSA-OAEP-256',
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A256KW',
] as const;

/** How content is encrypted (RFC 7518 §5.1). */
export const CONTENT_ENCRYPTION_ALGORITHMS = [
  'A128CBC-HS256',
  'A256CBC-HS512',
  'A128GCM',
  'A256GCM',
] as const;

/** How a response is encrypted to the client (RFC 7516). */
export type ResponseEncryption = { readonly alg: string; readonly enc: string };

export type ClientSecret = {
  /** SHA-256 of the secret, which is 256 random bits. */
  readonly hash: Bytes;
  /** `null`: never. */
  readonly expiresAt: Millis | null;
};

/** What a certificate must name (RFC 8705 §2.1.2). Exactly one is set. */
export type TlsSubject = {
  readonly kind: 'subject_dn' | 'san_dns' | 'san_uri' | 'san_ip' | 'san_email';
  readonly value: string;
};

export type Client = {
  readonly clientId: ClientId;
  /** Who described the client. Of a document only the host of its URL is known, which consent shows. */
  readonly source: 'registered' | 'administered' | 'metadata_document';
  readonly profile: ClientProfile;

  readonly name: string | null;
  readonly clientUri: string | null;
  readonly logoUri: string | null;
  readonly policyUri: string | null;
  readonly tosUri: string | null;
  readonly contacts: readonly string[];
  readonly applicationType: 'web' | 'native';
  readonly initiateLoginUri: string | null;
  readonly softwareId: string | null;
  readonly softwareVersion: string | null;

  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly grantTypes: readonly GrantType[];
  readonly responseTypes: readonly 'code'[];
  /** The scopes that it may request. `null`: every scope that is open to all clients. */
  readonly scopes: readonly string[] | null;
  /** The resource indicators that it may name (RFC 8707). `null`: those that the deployment allows. */
  readonly resources: readonly string[] | null;
  readonly authorizationDetailsTypes: readonly string[];
  /**
   * It is a first-party client, so users are not asked for consent. Only an administrator can set it.
   */
  readonly skipConsent: boolean;
  /** An administrator let it off PKCE, which a public or FAPI client needs all the same. */
  readonly pkceOptional: boolean;
  /** An administrator let it ask users where they are (CIBA), although it registered itself. */
  readonly cibaAllowed: boolean;

  readonly tokenEndpointAuthMethod: ClientAuthMethod;
  readonly tokenEndpointAuthSigningAlg: string | null;
  /** The newest first. There are two while one replaces the other. */
  readonly secrets: readonly ClientSecret[];
  /** Public keys by value (RFC 7517 §5). At most one of `jwks` and `jwksUri` is set. */
  readonly jwks: readonly JsonObject[] | null;
  readonly jwksUri: string | null;
  readonly tlsSubject: TlsSubject | null;

  readonly tlsClientCertificateBoundAccessTokens: boolean;
  readonly dpopBoundAccessTokens: boolean;
  readonly accessTokenSigningAlg: SigningAlgorithm;

  readonly subjectType: 'public' | 'pairwise';
  readonly sectorIdentifierUri: string | null;
  readonly defaultMaxAge: number | null;
  readonly requireAuthTime: boolean;
  readonly defaultAcrValues: readonly string[];
  readonly idTokenSignedResponseAlg: SigningAlgorithm;
  /**
   * Whether ID tokens carry the claims that scopes request. `null`: where the access token beside it cannot
   * ask userinfo for them.
   */
  readonly idTokenClaims: boolean | null;
  readonly idTokenEncryption: ResponseEncryption | null;
  /** `null`: userinfo is plain JSON. */
  readonly userinfoSignedResponseAlg: SigningAlgorithm | null;
  readonly userinfoEncryption: ResponseEncryption | null;
  readonly introspectionSignedResponseAlg: SigningAlgorithm;
  readonly introspectionEncryption: ResponseEncryption | null;
  readonly authorizationSignedResponseAlg: SigningAlgorithm;
  readonly authorizationEncryption: ResponseEncryption | null;

  readonly requestObjectSigningAlg: string | null;
  readonly requireSignedRequestObject: boolean;
  readonly requestUris: readonly string[];
  readonly requirePushedAuthorizationRequests: boolean;
  /** It is answered in a JWT response mode only (JARM, FAPI 2.0 Message Signing §5.4). */
  readonly requireSignedAuthorizationResponse: boolean;

  readonly backchannelLogoutUri: string | null;
  readonly backchannelLogoutSessionRequired: boolean;
  readonly frontchannelLogoutUri: string | null;
  readonly frontchannelLogoutSessionRequired: boolean;

  /** CIBA §4. `null`: it makes no backchannel authentication requests. */
  readonly backchannelTokenDeliveryMode: 'poll' | 'ping' | null;
  readonly backchannelClientNotificationEndpoint: string | null;
  readonly backchannelAuthenticationRequestSigningAlg: string | null;

  readonly createdAt: Millis;
};

/** A client without a secret and without keys cannot prove who it is (RFC 6749 §2.1). */
export const isPublicClient = ({ tokenEndpointAuthMethod }: Client): boolean =>
  tokenEndpointAuthMethod === 'none';

/**
 * Whether an administrator made the client, or declared it first-party. For the addresses of all others
 * nobody has vouched: a link of ours must not lead there unasked (RFC 9700 §4.11.2).
 */
export const isVettedClient = ({ source, skipConsent }: Client): boolean =>
  source === 'administered' || skipConsent;

/** `disabled`: stored, but every endpoint treats it as unknown. */
export type ClientStatus = 'active' | 'disabled';

/** A client as it is stored. `readStoredClient` makes a `Client` of it. */
export type StoredClient = {
  readonly clientId: ClientId;
  readonly source: 'registered' | 'administered';
  /** In the names of RFC 7591 §2, checked, with every default written out. */
  readonly metadata: JsonObject;
  /** The newest first, two at most. */
  readonly secrets: readonly ClientSecret[];
  readonly profile: ClientProfile;
  readonly skipConsent: boolean;
  readonly resources: readonly string[] | null;
  readonly pkceOptional: boolean;
  readonly cibaAllowed: boolean;
  readonly status: ClientStatus;
  /** SHA-256 (RFC 7592 §3). `null`: only an administrator manages it. */
  readonly registrationAccessTokenHash: Bytes | null;
  /** Counts its changes, from 1. */
  readonly revision: number;
  readonly createdAt: Millis;
  readonly updatedAt: Millis;
};

export type NewClient = Omit<StoredClient, 'revision' | 'updatedAt'>;
