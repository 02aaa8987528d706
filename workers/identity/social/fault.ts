import { Problem } from '../../../shared/http/problem.ts';
import { unreachable } from '../../../shared/result.ts';
import type { LogEvent } from '../../../shared/telemetry/log.ts';

/** Why a sign-in at a provider failed. */
export type SocialFault =
  /** The provider does not answer, or not in its own protocol. `detail` is for the log. */
  | { readonly reason: 'provider_unavailable'; readonly detail: string }
  /** The user, or the provider in their name, refused (RFC 6749 §4.1.2.1). */
  | { readonly reason: 'denied' }
  /** The provider refused, with an error code of its own. */
  | { readonly reason: 'provider_refused'; readonly detail: string }
  /** What came back is not the answer to what we asked. Possibly an attack. */
  | { readonly reason: 'answer_invalid'; readonly detail: string }
  /** The provider has banned its user. */
  | { readonly reason: 'banned' };

/** What a client of our API learns of a fault. */
export function faultProblem({ reason }: SocialFault): Problem {
  switch (reason) {
    case 'provider_unavailable':
      return new Problem('SOCIAL_PROVIDER_UNAVAILABLE');
    case 'denied':
      return new Problem('SOCIAL_SIGN_IN_FAILED', { detail: 'The sign-in was cancelled' });
    case 'provider_refused':
    case 'answer_invalid':
      return new Problem('SOCIAL_SIGN_IN_FAILED');
    case 'banned':
      return new Problem('AUTHZ_DENIED', { detail: 'The provider has banned this user' });
    default:
      return unreachable(reason);
  }
}

/** What is logged of a fault. An answer that is invalid may be an attack. */
export const faultEvent = (provider: string, fault: SocialFault): LogEvent => ({
  event: 'social.failed',
  level: fault.reason === 'answer_invalid' ? 'security' : 'warn',
  provider,
  ...fault,
});
