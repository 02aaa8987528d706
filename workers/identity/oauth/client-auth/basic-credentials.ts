import { fromUtf8 } from '../../../../shared/bytes.ts';

export type BasicCredentials = { readonly clientId: string; readonly secret: string };

const BASIC = /^basic(?: |$)/i;
const SHAPE = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

export const isBasic = (authorization: string): boolean => BASIC.test(authorization);

/**
 * Reads HTTP Basic credentials, whose two parts are form-urlencoded (RFC 6749 §2.3.1).
 *
 * @returns `undefined` where any of it is malformed.
 */
export function readBasic(authorization: string): BasicCredentials | undefined {
  const [, base64 = ''] = SHAPE.exec(authorization) ?? [];
  const text = decodeBase64(base64);
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon === -1) return undefined;
  const clientId = decodePart(text.slice(0, colon));
  const secret = decodePart(text.slice(colon + 1));
  return clientId === undefined || secret === undefined ? undefined : { clientId, secret };
}

/** Padding and spare bits must be as RFC 4648 §4 says. */
function decodeBase64(text: string): string | undefined {
  try {
    return fromUtf8(Uint8Array.fromBase64(text, { lastChunkHandling: 'strict' }));
  } catch {
    return undefined;
  }
}

function decodePart(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
