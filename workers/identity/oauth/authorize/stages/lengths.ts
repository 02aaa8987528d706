import { OAuthError } from '../../oauth-error.ts';
import type { Draft } from '../draft.ts';

/** Characters. What is kept while a user signs in, and comes back in answers and tokens, is bounded. */
const LIMITS: Readonly<Record<string, number>> = {
  state: 8_192,
  scope: 4_096,
  claims: 8_192,
  authorization_details: 16_384,
  nonce: 1_024,
  login_hint: 512,
  acr_values: 1_024,
  ui_locales: 512,
  resource: 2_048,
};

/** Before anything is answered: a `state` that is too long is not sent back. */
export function checkLengths({ parameters }: Draft): undefined {
  for (const [name, limit] of Object.entries(LIMITS)) {
    if (parameters.all(name).some(({ length }) => length > limit)) {
      throw new OAuthError('invalid_request', `The parameter ${name} is too long`);
    }
  }
}
