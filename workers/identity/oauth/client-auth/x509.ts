import { X509Certificate } from 'node:crypto';

import { isJsonObject, type JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { type AlternativeName, alternativeNames } from './alternative-names.ts';

/**
 * The subject's alternative names in a certificate (RFC 5280 §4.2.1.6).
 *
 * @param der - Base64.
 */
export function alternativeNamesOf(der: string): readonly AlternativeName[] {
  const { subjectAltName } = new X509Certificate(Uint8Array.fromBase64(der));
  return alternativeNames(subjectAltName ?? '');
}

/**
 * The public key in a certificate, as a JWK.
 *
 * @param der - Base64.
 */
export function publicJwkOf(der: string): JsonObject | undefined {
  const { publicKey } = new X509Certificate(Uint8Array.fromBase64(der));
  const jwk = publicKey.export({ format: 'jwk' });
  return isJsonObject(jwk) ? jwk : undefined;
}
