/**
 * Refresh tokens of public clients are bound to a key (RFC 9449 §5, RFC 8705 §4).
 *
 * @module
 */

import type { Confirmation } from '../../shared/contracts/identity/oauth-terms.ts';

/** Whether `presented` has every key that `bound` asks for. */
export const isConfirmed = (
  bound: Confirmation | null | undefined,
  presented: Confirmation | undefined,
): boolean =>
  (bound?.jkt === undefined || bound.jkt === presented?.jkt) &&
  (bound?.['x5t#S256'] === undefined || bound['x5t#S256'] === presented?.['x5t#S256']);
