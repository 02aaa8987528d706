/** How a content key is encrypted to a client (RFC 7518 §4.1). RSA1_5 is not among them (RFC 8725 §3.2). */
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

/** Where a client names the first only (OpenID Connect Registration §2). */
export const DEFAULT_CONTENT_ENCRYPTION = 'A128CBC-HS256';
