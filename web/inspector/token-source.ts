import { isObject, numberOf, textOf } from '../../client/src/common/json.ts';

/** An access token of the browser's session. It is kept in memory alone. */
export type Token = {
  readonly text: string;
  /** By `performance.now()`: the clock of the device may be wrong, or set. */
  readonly expiresAt: number;
};

/** Nobody is signed in in this browser any more. */
export class SignedOutError extends Error {
  override readonly name = 'SignedOutError';
}

/**
 * Asks our own page's server for a token.
 *
 * @throws {SignedOutError} If the session has ended.
 * @throws {Error} If there is no answer that can be used.
 */
export async function fetchToken(csrf: string): Promise<Token> {
  const asked = performance.now();
  const response = await fetch('/connect/inspector/token', {
    method: 'POST',
    headers: { 'x-csrf-token': csrf },
  });
  if (response.status === 401) throw new SignedOutError('Cannot get a token: the session ended');
  const body: unknown = response.ok ? await response.json() : undefined;
  const text = isObject(body) ? textOf(body['accessToken']) : undefined;
  const lifetime = isObject(body) ? numberOf(body['expiresIn']) : undefined;
  if (text === undefined || lifetime === undefined) {
    throw new Error(`Cannot get a token: the answer was ${response.status}`);
  }
  return { text, expiresAt: asked + lifetime * 1_000 };
}
