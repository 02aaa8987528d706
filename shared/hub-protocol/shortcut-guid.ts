import type { GuidText } from './guid.ts';
import { saltedGuid } from './salted-guid.ts';

export type ShortcutName = {
  readonly name: string;
  readonly sessionId: string;
  /** The `client_id` of the service that bound it. */
  readonly source: string;
};

/** The GUID of a shortcut. Two services that choose one name get two. */
export const shortcutGuid = (
  salt: CryptoKey,
  { name, sessionId, source }: ShortcutName,
): Promise<GuidText> =>
  saltedGuid(salt, `shortcut:${name}|session:${sessionId}|source:${source}`, 7);

/** Whether a GUID says that it is a shortcut's. */
export const isShortcutGuid = (guid: GuidText): boolean => guid[14] === '7';
