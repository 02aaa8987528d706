import { OAuthError } from '../../oauth-error.ts';
import type { Draft } from '../draft.ts';

const SECONDS = /^\d{1,9}$/;

/** `max_age`, or the client's `default_max_age` (OpenID Connect Core §3.1.2.1). */
export function checkMaxAge({ client, parameters }: Draft): Partial<Draft> {
  const text = parameters.get('max_age');
  if (text === undefined) return { maxAge: client.defaultMaxAge };
  if (!SECONDS.test(text)) throw new OAuthError('invalid_request', 'max_age must be seconds');
  return { maxAge: Number(text) };
}
