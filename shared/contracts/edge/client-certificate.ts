/**
 * The client's TLS certificate, as `edge` passes it on (RFC 8705).
 *
 * @module
 */

import { readJsonHeader, toJsonHeader } from '../json-header.ts';

/** Only `edge` writes it: see `principal.ts`. */
export const CLIENT_CERTIFICATE_HEADER = 'x-sallyport-client-certificate';

export type ClientCertificate = {
  /** Whether its chain leads to an authority that the deployment's TLS trusts, and was not revoked. */
  readonly verified: boolean;
  /** Thumbprint: SHA-256 of the DER, base64url, as in `cnf["x5t#S256"]` (RFC 8705 §3.1). */
  readonly sha256: string;
  /** Base64. `undefined` if the platform does not provide it, or it has more than 8 KiB. */
  readonly der: string | undefined;
  /** RFC 4514. */
  readonly subjectDn: string;
  /** RFC 3339, or as the platform spells it. */
  readonly notAfter: string;
};

export const encodeClientCertificate: (certificate: ClientCertificate) => string = toJsonHeader;

/** Reads the certificate that `edge` wrote. `undefined` where the client presented none. */
export function readClientCertificate(headers: Headers): ClientCertificate | undefined {
  return readJsonHeader<ClientCertificate>(headers, CLIENT_CERTIFICATE_HEADER);
}
