/**
 * What a shortcut is and what calling it does: rules [H84]–[H87].
 *
 * @module
 */

import type { Millis } from '../../../shared/clock.ts';
import type { ListedShortcut, ShortcutBinding } from '../../../shared/contracts/connect/hub-rpc.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import type { ResponseName } from '../../../shared/hub-protocol/response-codes.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import type { Endpoint } from '../catalogue/endpoint.ts';

/** An endpoint and a payload that one session calls under a name. */
export type Shortcut = ShortcutBinding & {
  readonly shortcutId: GuidText;
  /** When the client that bound it revoked it. */
  readonly revokedAt: Millis | null;
};

export type ShortcutChange = {
  readonly added: readonly Shortcut[];
  readonly removed: readonly GuidText[];
};

export const NO_CHANGE: ShortcutChange = { added: [], removed: [] };

/** A call of an endpoint with a payload. */
export type BoundCall = {
  readonly endpoint: Endpoint;
  readonly payload: Uint8Array;
  readonly binary: boolean;
};

/**
 * Whether a client may bind shortcuts to an endpoint: who runs one acts on what the binder wrote, so the
 * owner of the endpoint has to trust the binder [H95].
 *
 * @param source The client that binds. Under the `client_id` of the deployment's own tokens only
 *   administrators bind, and they may bind every endpoint.
 */
export function isLentTo(
  source: string,
  { lending }: Pick<Endpoint, 'lending'>,
  ownClientId: string,
): boolean {
  if (source === ownClientId) return true;
  if (lending === undefined) return false;
  const { owner, shortcuts = 'owner' } = lending;
  if (source === owner || shortcuts === 'any') return true;
  return shortcuts !== 'owner' && shortcuts.includes(source);
}

/** The endpoint of a shortcut at the moment when a session runs it. */
export type ShortcutTarget = {
  readonly endpoint: Endpoint;
  /** Whether its service still lends it to the client that bound the shortcut. */
  readonly isLent: boolean;
  /** Whether the session may call it. */
  readonly isPermitted: boolean;
};

/** The call that a shortcut makes, or the response if it makes none. */
export function judgeShortcut(
  shortcut: Shortcut,
  target: ShortcutTarget | undefined,
  now: Millis,
): Result<BoundCall, ResponseName> {
  if (shortcut.revokedAt !== null) return err('ShortcutRevoked');
  if (!isLive(shortcut, now)) return err('ShortcutExpired');
  if (target === undefined || !target.isLent) return err('ShortcutTargetNotFound');
  if (!target.isPermitted) return err('Service_Unauthorized');
  const { endpoint } = target;
  return ok({ endpoint, payload: shortcut.payload, binary: shortcut.binary });
}

const isLive = ({ revokedAt, expiresAt }: Shortcut, now: Millis): boolean =>
  revokedAt === null && (expiresAt === null || now < expiresAt);

/** A shortcut as a manifest lists it. */
export const shortcutView = (shortcut: Shortcut): ListedShortcut => ({
  shortcutId: shortcut.shortcutId,
  serviceId: shortcut.shortcutId,
  name: shortcut.name,
  service: SHORTCUT_SERVICE,
  targetService: shortcut.service,
  endpoint: shortcut.endpoint,
  ...(shortcut.description === null ? {} : { description: shortcut.description }),
  ...(shortcut.displayName === null ? {} : { displayName: shortcut.displayName }),
  ...(shortcut.tags.length === 0 ? {} : { tags: shortcut.tags }),
  ...(shortcut.expiresAt === null ? {} : { expiresAt: new Date(shortcut.expiresAt).toISOString() }),
});

/** The service name of shortcuts in `availableApis`, for clients that do not read `shortcuts`. */
export const SHORTCUT_SERVICE = 'shortcut';
