import type { ClientCertificate } from '../../../../shared/contracts/edge/client-certificate.ts';
import type { TlsSubject } from '../clients/client.ts';
import { equalNames } from './distinguished-name.ts';
import { alternativeNamesOf } from './x509.ts';

/**
 * `tls_client_auth`: the certificate was verified up to a trusted authority, and names what the
 * client registered (RFC 8705 §2.1).
 *
 * @returns Why it does not; `undefined` if it does.
 */
export function subjectFault(
  certificate: ClientCertificate | undefined,
  subject: TlsSubject | null,
): string | undefined {
  if (certificate === undefined) return 'certificate_missing';
  if (!certificate.verified) return 'certificate_unverified';
  if (subject === null) return 'subject_unregistered';
  return isNamed(certificate, subject) ? undefined : 'subject_mismatch';
}

/** As the certificate's text has them. */
const KINDS: Readonly<Record<string, TlsSubject['kind']>> = {
  DNS: 'san_dns',
  URI: 'san_uri',
  'IP Address': 'san_ip',
  email: 'san_email',
};

function isNamed({ subjectDn, der }: ClientCertificate, { kind, value }: TlsSubject): boolean {
  if (kind === 'subject_dn') return equalNames(subjectDn, value);
  if (der === undefined) return false;
  return alternativeNamesOf(der).some(
    (name) => KINDS[name.kind] === kind && comparable(kind, name.value) === comparable(kind, value),
  );
}

/** Host names have no case (RFC 5280 §7.2), and IPv6 addresses many spellings (RFC 5952 §2). */
function comparable(kind: TlsSubject['kind'], value: string): string {
  if (kind === 'san_dns') return value.toLowerCase();
  if (kind !== 'san_ip' || !value.includes(':')) return value;
  return URL.parse(`http://[${value}]`)?.hostname ?? value;
}
