import { type Bytes, sha256, toBase64Url } from '../../../shared/bytes.ts';
import type { ClientCertificate } from '../../../shared/contracts/edge/client-certificate.ts';
import { isJsonObject, type JsonObject } from '../../../shared/tokens/strict-json.ts';

const LARGEST_DER = 8_192;

/**
 * The certificate of the client's TLS connection, from `request.cf`. Headers such as `Client-Cert` are
 * not read: any client can send them.
 *
 * @returns `undefined` if the client presented none, or one without a thumbprint.
 */
export async function clientCertificate(cf: unknown): Promise<ClientCertificate | undefined> {
  const presented = isJsonObject(cf) ? cf['tlsClientAuth'] : undefined;
  if (!isJsonObject(presented) || presented['certPresented'] !== '1') return undefined;
  const der = decodeDer(text(presented, 'certRFC9440'));
  const digest =
    der === undefined
      ? decodeFingerprint(text(presented, 'certFingerprintSHA256'))
      : await sha256(der);
  if (digest === undefined) return undefined;
  return {
    verified: presented['certVerified'] === 'SUCCESS' && presented['certRevoked'] !== '1',
    sha256: toBase64Url(digest),
    der: der === undefined || der.length > LARGEST_DER ? undefined : der.toBase64(),
    subjectDn: text(presented, 'certSubjectDNRFC2253'),
    notAfter: text(presented, 'certNotAfter'),
  };
}

function text(members: JsonObject, name: string): string {
  const value = members[name];
  return typeof value === 'string' ? value : '';
}

/** Decodes `:base64:`, the form of a certificate in RFC 9440 §2.1. */
function decodeDer(value: string): Bytes | undefined {
  const base64 = /^:([A-Za-z\d+/]+={0,2}):$/.exec(value)?.[1];
  try {
    return base64 === undefined ? undefined : Uint8Array.fromBase64(base64);
  } catch {
    return undefined;
  }
}

const decodeFingerprint = (value: string): Bytes | undefined =>
  /^[\da-f]{64}$/i.test(value) ? Uint8Array.fromHex(value) : undefined;
