/**
 * PKCE: who must use it, and what a challenge looks like (RFC 7636, RFC 9700 §2.1.1).
 *
 * @module
 */

import { OAuthError } from '../../platform/oauth-error.ts';
import { type Client, isPublicClient } from '../clients/client.ts';
import { NO_CHALLENGE } from './authorization-request.ts';
import type { Draft, ReceivedRequest } from './draft.ts';

export type PkceNeeds = {
  readonly config: { readonly oauth: { readonly pkce: 'all' | 'public' } };
};

/** BASE64URL(SHA256(code_verifier)) (RFC 7636 §4.2). */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/**
 * A challenge is S256. `plain`, the default of RFC 7636, is refused: whoever reads the request could
 * redeem its code. A request without one is accepted only where {@link needsChallenge} says so.
 */
export function checkPkce(
  { client, parameters, scopes }: ReceivedRequest & Pick<Draft, 'scopes'>,
  needs: PkceNeeds,
): Pick<Draft, 'codeChallenge'> {
  const codeChallenge = parameters.get('code_challenge');
  const method = parameters.get('code_challenge_method');
  if (codeChallenge === undefined) {
    const isAuthentication = scopes.includes('openid') && parameters.has('nonce');
    // A method without a challenge is what is left where somebody has taken the challenge away.
    const isLeftOut = method === undefined && !needsChallenge(client, isAuthentication, needs);
    if (isLeftOut) return { codeChallenge: NO_CHALLENGE };
    throw new OAuthError('invalid_request', 'The parameter code_challenge is missing (RFC 7636)');
  }
  if (method !== 'S256') {
    throw new OAuthError('invalid_request', 'The code_challenge_method must be S256');
  }
  if (!CHALLENGE.test(codeChallenge)) {
    throw new OAuthError('invalid_request', 'The code_challenge is malformed');
  }
  return { codeChallenge };
}

/**
 * A confidential OpenID client may check a nonce instead (RFC 9700 §2.1.1), and an
 * administrator may let a client off both.
 */
function needsChallenge(client: Client, checksNonce: boolean, needs: PkceNeeds): boolean {
  return alwaysNeedsChallenge(client, needs) || !(checksNonce || client.pkceOptional);
}

/** Whether no request of the client is accepted without PKCE, whatever else it sends. */
export const alwaysNeedsChallenge = (client: Client, { config }: PkceNeeds): boolean =>
  config.oauth.pkce === 'all' || isPublicClient(client) || client.profile !== 'none';
