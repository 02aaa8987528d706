/** `credentials = "Bearer" 1*SP b64token` (RFC 6750 §2.1); the scheme's case does not matter. */
const CREDENTIALS = /^bearer +(\S+) *$/i;

/** Reads the bearer token. `undefined` where there is none, or another scheme. */
export function bearerToken(authorization: string | null): string | undefined {
  return authorization === null ? undefined : CREDENTIALS.exec(authorization)?.[1];
}
