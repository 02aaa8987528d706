import { Problem } from '../../../shared/http/problem.ts';
import { unreachable } from '../../../shared/result.ts';
import type { LogEvent } from '../../../shared/telemetry/log.ts';
import type { SocialFault } from './social-fault.ts';

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
