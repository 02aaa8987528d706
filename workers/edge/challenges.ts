import { ALGS } from './binding/refusals.ts';
import { readCredentials } from './credentials.ts';

/** Completes the challenge of our own API, in place, where an answer has one or must (RFC 9110 §15.5.2). */
export type Challenges = (answer: Response, asked: Headers) => void;

export const isChallenge = ({ status, headers }: Response): boolean =>
  status === 401 || headers.has('www-authenticate');

/**
 * Every challenge says where the resource's metadata are (RFC 9728 §5.1), and speaks of the scheme that
 * the client used: `DPoP` to one that came with it (RFC 9449 §7.1).
 */
export function challenges(issuer: string): Challenges {
  const resource = `resource_metadata="${metadataUrl(issuer)}"`;
  return (answer, asked) => {
    if (!isChallenge(answer)) return;
    const given = answer.headers.get('www-authenticate') ?? 'Bearer';
    const scheme = readCredentials(asked.get('authorization'))?.scheme;
    const isUpgraded = scheme === 'DPoP' && /^Bearer\b/i.test(given);
    const challenge = isUpgraded ? withParameter(given.replace(/^Bearer/i, 'DPoP'), ALGS) : given;
    answer.headers.set('www-authenticate', withParameter(challenge, resource));
  };
}

/** The path of the issuer comes after the well-known one (RFC 9728 §3.1). */
function metadataUrl(issuer: string): string {
  const { origin, pathname } = new URL(issuer);
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`;
}

const withParameter = (challenge: string, parameter: string): string =>
  `${challenge}${challenge.includes('=') ? ',' : ''} ${parameter}`;
