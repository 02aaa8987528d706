import { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';

/** What to do after a connection has ended: come back, come back with another token, or stay away. */
export type Verdict = 'return' | 'return_with_new_token' | 'stay_away';

/**
 * 4400–4449 mean: fix something before you come back. Of these only an expired token is fixed here.
 *
 * @see The protocol, "Closing"
 */
export function afterClose(code: number): Verdict {
  if (code === CloseCode.unauthorized) return 'return_with_new_token';
  return code >= 4400 && code <= 4449 ? 'stay_away' : 'return';
}
