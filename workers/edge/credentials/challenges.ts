/**
 * The challenges for a client that must present other credentials (RFC 9110 §11.6.1).
 *
 * @module
 */

import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { DPOP_ALGORITHMS } from '../../../shared/oauth/dpop-signature.ts';
import { type Credentials, readCredentials } from './credentials.ts';

/**
 * Completes the challenge of an answer that has one or needs one (RFC 9110 §15.5.2). Changes the
 * answer.
 */
export type Challenges = (answer: Response, requestHeaders: Headers) => void;

/**
 * Makes every challenge name the resource's metadata (RFC 9728 §5.1), and the scheme that the
 * client used: `DPoP` if the request has that (RFC 9449 §7.1).
 */
export function challenges(issuer: string): Challenges {
  const resource = `resource_metadata="${metadataUrl(issuer)}"`;
  return (answer, requestHeaders) => {
    if (!isChallenge(answer)) return;
    const given = answer.headers.get('www-authenticate') ?? 'Bearer';
    const scheme = readCredentials(requestHeaders.get('authorization'))?.scheme;
    const isUpgraded = scheme === 'DPoP' && /^Bearer\b/i.test(given);
    const challenge = isUpgraded ? withParameter(given.replace(/^Bearer/i, 'DPoP'), ALGS) : given;
    answer.headers.set('www-authenticate', withParameter(challenge, resource));
  };
}

export const isChallenge = ({ status, headers }: Response): boolean =>
  status === 401 || headers.has('www-authenticate');

const metadataUrl = (issuer: string): string => `${issuer}/.well-known/oauth-protected-resource`;

const withParameter = (challenge: string, parameter: string): string =>
  `${challenge}${challenge.includes('=') ? ',' : ''} ${parameter}`;

/** Every DPoP challenge lists the algorithms of proofs (RFC 9449 §7.1). */
const ALGS = `algs="${DPOP_ALGORITHMS.join(' ')}"`;

/** The sender has not proved that it holds the token's key (RFC 9449 §7.1, RFC 8705 §3). */
export const tokenRefused = (scheme: Credentials['scheme']): Problem =>
  scheme === 'DPoP'
    ? challenge('AUTH_TOKEN_INVALID', `DPoP error="invalid_token", ${ALGS}`)
    : challenge('AUTH_TOKEN_INVALID', 'Bearer error="invalid_token"');

export const proofRefused = (nonce: string): Problem =>
  challenge('AUTH_DPOP_PROOF_INVALID', `DPoP error="invalid_dpop_proof", ${ALGS}`, nonce);

/** The proof has no current nonce (RFC 9449 §9). */
export const nonceRequired = (nonce: string): Problem =>
  challenge('AUTH_DPOP_NONCE_REQUIRED', `DPoP error="use_dpop_nonce", ${ALGS}`, nonce);

export const DPOP_NONCE_HEADER = 'dpop-nonce';

function challenge(code: ErrorCode, authenticate: string, nonce?: string): Problem {
  const headers = { 'www-authenticate': authenticate };
  return new Problem(code, {
    headers: nonce === undefined ? headers : { ...headers, [DPOP_NONCE_HEADER]: nonce },
  });
}
