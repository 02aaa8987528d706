/**
 * The parameters of an upgrade request that the connect Worker passes to a hub besides the principal,
 * in a header that only that Worker writes.
 *
 * @module
 */

import type { Millis } from '../../clock.ts';
import { readJsonHeader, toJsonHeader } from '../json-header.ts';

export type UpgradeParameters = {
  /** The sequence of the last event that the client received, if it asks to resume its stream. */
  readonly lastSequence?: number | undefined;
  /** The contents of a reconnection token, where the client shows no access token. */
  readonly reconnection?: { readonly sessionId: string; readonly nonce: string } | undefined;
  /** The ticket of the principal. It opens one connection. */
  readonly ticket?: { readonly id: string; readonly expiresAt: Millis } | undefined;
  /** The holder of the session's seat in the admission queue. Absent where no queue is on. */
  readonly seat?: string | undefined;
  /** The hash of the client's manifest. One with the same lists is sent without them. */
  readonly manifestHash?: string | undefined;
};

/** The value never changes, because a hub may run another version than the connect Worker. */
export const UPGRADE_PARAMETERS_HEADER = 'x-sallyport-arrival';

export const encodeUpgradeParameters: (parameters: UpgradeParameters) => string = toJsonHeader;

/** Reads what the connect Worker wrote. */
export function readUpgradeParameters(headers: Headers): UpgradeParameters {
  return readJsonHeader<UpgradeParameters>(headers, UPGRADE_PARAMETERS_HEADER) ?? {};
}
