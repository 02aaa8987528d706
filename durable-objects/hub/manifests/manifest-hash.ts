import { toBase64Url, utf8 } from '../../../shared/bytes.ts';
import { type Shortcut, shortcutView } from '../shortcuts/shortcut.ts';

/**
 * Names what a session may call. Two manifests of one session that say the same have the same hash,
 * and no two that differ: it is under the salt of the GUIDs, which change with it.
 *
 * @param list The digest of the endpoints.
 */
export async function manifestHash(
  salt: CryptoKey,
  sessionId: string,
  list: string,
  shortcuts: readonly Shortcut[],
): Promise<string> {
  const named = JSON.stringify(shortcuts.map(shortcutView));
  const text = utf8(`manifest:${list}|session:${sessionId}|shortcuts:${named}`);
  return toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', salt, text)));
}
