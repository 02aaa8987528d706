import { type Bytes } from '../../../../shared/bytes.ts';
import { hashSecret } from '../clients/client-secrets.ts';
import { OAuthError } from '../oauth-error.ts';

export type PresentedToken = { readonly token: string; readonly hash: Bytes };

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * The token of the `authorization` header (RFC 6750 §2.1).
 *
 * @throws {OAuthError} `invalid_token` if there is none.
 */
export async function presentedToken(headers: Headers): Promise<PresentedToken> {
  const token = BEARER.exec(headers.get('authorization') ?? '')?.[1];
  // RFC 6750 §3: the challenge names no error where the request carried no token at all.
  if (token === undefined) throw refuseToken('A token is required', 'Bearer');
  return { token, hash: await hashSecret(token) };
}

export const refuseToken = (
  description: string,
  challenge = 'Bearer error="invalid_token"',
): OAuthError =>
  new OAuthError('invalid_token', description, { headers: { 'www-authenticate': challenge } });
