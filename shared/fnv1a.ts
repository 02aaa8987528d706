import { utf8 } from './bytes.ts';

/**
 * FNV-1a of the text's UTF-8, 32 bits. It spreads names evenly, and protects nothing. Names of objects
 * that hold data are made of it: its results never change.
 */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of utf8(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
