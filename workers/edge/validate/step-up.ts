import { type Millis, toNumericDate } from '../../../shared/clock.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { CachedToken } from './cached-token.ts';
import type { Question } from './question.ts';

/**
 * Requires that the user signed in well enough, and lately enough.
 *
 * @see [RFC 9470 §3](https://www.rfc-editor.org/rfc/rfc9470#section-3)
 * @throws {Problem} `AUTH_STEP_UP_REQUIRED`, whose challenge tells what to ask an authorization for.
 */
export function requireSignIn(
  { acr, authTime }: CachedToken,
  { acrValues, maxAge }: Pick<Question, 'acrValues' | 'maxAge'>,
  now: Millis,
): void {
  const isGood = acrValues.length === 0 || (acr !== undefined && acrValues.includes(acr));
  const age = authTime === undefined ? Infinity : toNumericDate(now) - authTime;
  if (isGood && (maxAge === undefined || age <= maxAge)) return;
  const parameters = [
    'error="insufficient_user_authentication"',
    ...(acrValues.length === 0 ? [] : [`acr_values="${acrValues.join(' ')}"`]),
    ...(maxAge === undefined ? [] : [`max_age="${maxAge}"`]),
  ];
  const headers = { 'www-authenticate': `Bearer ${parameters.join(', ')}` };
  throw new Problem('AUTH_STEP_UP_REQUIRED', { headers });
}
