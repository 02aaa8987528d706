import type { Draft } from '../draft.ts';

/** `nonce` comes back in the ID token as it is (OpenID Connect Core §3.1.2.1). */
export const checkNonce = ({ parameters }: Draft): Partial<Draft> => ({
  nonce: parameters.get('nonce') ?? null,
});
