import type { Config } from '../../config.ts';
import { SIGN_IN_METHODS } from '../../sign-in/sign-in-method.ts';

/** The authentication contexts that signing in here can reach: `acr_values_supported`. */
export function acrValues({ social }: Pick<Config, 'social'>): readonly string[] {
  const { password, federated } = SIGN_IN_METHODS;
  return social.providers.size === 0 ? [password.acr] : [password.acr, federated.acr];
}
