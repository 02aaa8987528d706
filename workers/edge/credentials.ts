/** How a request presents its access token: RFC 6750 §2.1, RFC 9449 §7.1. */
export type Credentials = {
  readonly scheme: 'Bearer' | 'DPoP';
  readonly token: string;
};

/** `scheme 1*SP token68` (RFC 9110 §11.4); the scheme's case does not matter. */
const CREDENTIALS = /^(?:bearer|(dpop)) +(\S+) *$/i;

/** Reads the access token. `undefined` where there is none, or another scheme. */
export function readCredentials(authorization: string | null): Credentials | undefined {
  const match = authorization === null ? null : CREDENTIALS.exec(authorization);
  const token = match?.[2];
  if (token === undefined) return undefined;
  return { scheme: match?.[1] === undefined ? 'Bearer' : 'DPoP', token };
}
