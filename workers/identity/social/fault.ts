import { Problem } from '../../../shared/http/problem.ts';
import { unreachable } from '../../../shared/result.ts';
import type { LogEvent } from '../../../shared/telemetry/log.ts';

/** Why a sign-in at a provider came to nothing. */
export type SocialFault =
  /** The provider does not answer, or not in its own protocol. `detail` is for the log. */
  | { readonly reason: 'provider_unavailable'; readonly detail: string }
  /** The user, or the provider for them, said no (RFC 6749 §4.1.2.1). */
  | { readonly reason: 'denied' }
  /** The provider refused us, in an error code of its own. */
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

/** What the operator learns of it. An answer that does not fit may be an attack. */
export const faultEvent = (provider: string, fault: SocialFault): LogEvent => ({
  event: 'social.failed',
  level: fault.reason === 'answer_invalid' ? 'security' : 'warn',
  provider,
  ...fault,
});
