import { sha256, toBase64Url } from '../../../../shared/bytes.ts';
import type { ClientCertificate } from '../../../../shared/contracts/edge/client-certificate.ts';
import { jwkThumbprint } from '../../../../shared/tokens/jwk-thumbprint.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { Client } from '../clients/client.ts';
import type { ClientAuthServices } from './client-auth-services.ts';
import { publicJwkOf } from './x509.ts';

/**
 * `self_signed_tls_client_auth`: the certificate, or its key, is among the client's keys (RFC 8705
 * §2.2). The TLS handshake proved that the client has the private key; no authority is asked.
 *
 * @returns Why it is not; `undefined` if it is.
 */
export async function selfSignedFault(
  certificate: ClientCertificate | undefined,
  client: Client,
  { clients, clock }: ClientAuthServices,
): Promise<string | undefined> {
  if (certificate === undefined) return 'certificate_missing';
  if (Date.parse(certificate.notAfter) <= clock()) return 'certificate_expired';
  if (await isAmong(certificate, await clients.keysOf(client))) return undefined;
  if (client.jwksUri === null) return 'certificate_unknown';
  const isNew = await isAmong(certificate, await clients.keysOf(client, true));
  return isNew ? undefined : 'certificate_unknown';
}

async function isAmong(
  certificate: ClientCertificate,
  jwks: readonly JsonObject[],
): Promise<boolean> {
  const key = await keyOf(certificate);
  const verdicts = await Promise.all(
    jwks.map(async (jwk) =>
      jwk['x5c'] === undefined
        ? key !== undefined && (await jwkThumbprint(jwk)) === key
        : (await leafThumbprint(jwk['x5c'])) === certificate.sha256,
    ),
  );
  return verdicts.includes(true);
}

/** The thumbprint of the certificate's public key (RFC 7638). */
async function keyOf({ der }: ClientCertificate): Promise<string | undefined> {
  const jwk = der === undefined ? undefined : publicJwkOf(der);
  return jwk === undefined ? undefined : jwkThumbprint(jwk);
}

/** `x5c`: DER in base64, the client's own certificate first (RFC 7517 §4.7). */
async function leafThumbprint(x5c: unknown): Promise<string | undefined> {
  const leaf: unknown = Array.isArray(x5c) ? x5c[0] : undefined;
  if (typeof leaf !== 'string') return undefined;
  try {
    return toBase64Url(await sha256(Uint8Array.fromBase64(leaf)));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // Not base64: no certificate.
    throw error;
  }
}
