import { OAuthError } from '../../oauth-error.ts';
import type { Draft } from '../draft.ts';

/** `registration` is for self-issued providers (OpenID Connect Core §7.2.1, §3.1.2.6). */
export function refuseRegistration({ parameters }: Draft): undefined {
  if (parameters.has('registration')) {
    throw new OAuthError('registration_not_supported', 'Register at the registration endpoint');
  }
}
