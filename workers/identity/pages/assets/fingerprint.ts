/**
 * Names a version of a file, so that browsers may keep it for good: FNV-1a, 32 bits. Tells versions
 * apart; does NOT protect them.
 */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0).toString(36);
}
