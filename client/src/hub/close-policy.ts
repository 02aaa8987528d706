import { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';
import type { SallyportError } from '../sallyport-error.ts';

/**
 * The close code that means what the HTTP API says of a connection that did not open. `undefined`:
 * it says nothing of that.
 */
export function closeCodeOf({ code, status }: SallyportError): number | undefined {
  if (code === 'unreachable' || status === 404) return undefined;
  if (status === 401) return CloseCode.unauthorized;
  return status === 429 || (status ?? 0) >= 500 ? LOST : REFUSED;
}

/** What `connect.disconnect-notification` announces. An unknown reason counts as a loss. */
export const codeOfReason = (reason: string | undefined): number => ANNOUNCED[reason ?? ''] ?? LOST;

const ANNOUNCED: Readonly<Record<string, number>> = {
  session_revoked: CloseCode.unauthorized,
  session_expired: CloseCode.unauthorized,
  kicked: CloseCode.kicked,
  idle: CloseCode.idle,
  superseded: CloseCode.superseded,
  rate_limited: 4429,
};

/** RFC 6455 §7.4.1. */
const LOST = 1006;
/** Of those that mean: fix something. The hub has no use for this one. */
const REFUSED = 4449;

/** What to do after a connection has ended: come back, come back with another token, or stay away. */
export type Verdict = 'return' | 'return_with_new_token' | 'stay_away';

/**
 * 4400–4449 mean: fix something before you come back. Two of these are fixed here: a token that has
 * expired, and a silence that only a device which slept can have kept.
 *
 * @see The protocol, "Closing"
 */
export function afterClose(code: number): Verdict {
  if (code === CloseCode.unauthorized) return 'return_with_new_token';
  if (code === CloseCode.idle) return 'return';
  return code >= 4400 && code <= 4449 ? 'stay_away' : 'return';
}
