import { X509Certificate } from 'node:crypto';
import { sha256, toBase64Url } from '../../../../shared/bytes.ts';
import type { Clock } from '../../../../shared/clock.ts';
import type { ClientCertificate } from '../../../../shared/contracts/edge/client-certificate.ts';
import { jwkThumbprint } from '../../../../shared/tokens/jwk-thumbprint.ts';
import { isJsonObject, type JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { Client, TlsSubject } from '../clients/client.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';

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

/** The kinds of names as `X509Certificate.subjectAltName` spells them. */
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

export type SelfSignedNeeds = {
  readonly clients: Pick<ClientDirectory, 'keysOf'>;
  readonly clock: Clock;
};

/**
 * `self_signed_tls_client_auth`: the certificate, or its key, is among the client's keys (RFC 8705
 * §2.2). The TLS handshake proved that the client has the private key; no authority is asked.
 *
 * @returns Why it is not; `undefined` if it is.
 */
export async function selfSignedFault(
  certificate: ClientCertificate | undefined,
  client: Client,
  { clients, clock }: SelfSignedNeeds,
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

/**
 * The subject's alternative names in a certificate (RFC 5280 §4.2.1.6).
 *
 * @param der - Base64.
 */
function alternativeNamesOf(der: string): readonly AlternativeName[] {
  const { subjectAltName } = new X509Certificate(Uint8Array.fromBase64(der));
  return alternativeNames(subjectAltName ?? '');
}

/**
 * The public key in a certificate, as a JWK.
 *
 * @param der - Base64.
 */
function publicJwkOf(der: string): JsonObject | undefined {
  const { publicKey } = new X509Certificate(Uint8Array.fromBase64(der));
  const jwk = publicKey.export({ format: 'jwk' });
  return isJsonObject(jwk) ? jwk : undefined;
}

/** Attribute types that have a name of their own (RFC 4514 §3), and `emailAddress`, by OID. */
const NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'EMAILADDRESS',
};

/** `type = value`, and the `,` or `+` that follows. */
const ATTRIBUTE =
  /\s*([A-Za-z][A-Za-z\d-]*|\d+(?:\.\d+)+)\s*=\s*((?:\\[\dA-Fa-f]{2}|\\[^\dA-Fa-f]|[^\\,+;"<>])*?)\s*(,|\+|$)/y;

/**
 * Whether two distinguished names are equal (RFC 4514). The order and the case of their values
 * count; the spelling of types and escapes and the space between do not. A malformed name equals
 * nothing.
 */
function equalNames(a: string, b: string): boolean {
  const first = canonical(a);
  return first !== undefined && first === canonical(b);
}

function canonical(name: string): string | undefined {
  const rdns: string[][] = [[]];
  let at = 0;
  let separator = ',';
  while (separator !== '') {
    ATTRIBUTE.lastIndex = at;
    const [all, type = '', value = '', next = ''] = ATTRIBUTE.exec(name) ?? [];
    if (all === undefined) return undefined;
    rdns.at(-1)?.push(JSON.stringify([NAMES[type] ?? type.toUpperCase(), unescape(value)]));
    if (next === ',') rdns.push([]);
    at += all.length;
    separator = next;
  }
  return at === name.length ? JSON.stringify(rdns.map((rdn) => rdn.toSorted())) : undefined;
}

/** Escaped bytes are UTF-8; any other character after a backslash is itself (RFC 4514 §2.4). */
function unescape(value: string): string {
  const bytes = value.replaceAll(/(?:\\[\dA-Fa-f]{2})+/g, (escapes) =>
    new TextDecoder().decode(Uint8Array.fromHex(escapes.replaceAll('\\', ''))),
  );
  return bytes.replaceAll(/\\([^\dA-Fa-f])/g, '$1');
}

type AlternativeName = { readonly kind: string; readonly value: string };

/** `kind:value`. A value with characters that could be taken for separators is a JSON string. */
const NAME = /(?:^|, )([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^",]*)(?=, |$)/y;

/**
 * Reads the text that `X509Certificate.subjectAltName` is.
 *
 * @returns Nothing, if any of it is not understood (CVE-2021-44532).
 */
function alternativeNames(text: string): readonly AlternativeName[] {
  const names: AlternativeName[] = [];
  let at = 0;
  while (at < text.length) {
    NAME.lastIndex = at;
    const [all, kind = '', value = ''] = NAME.exec(text) ?? [];
    if (all === undefined) return [];
    names.push({ kind, value: value.startsWith('"') ? String(JSON.parse(value)) : value });
    at += all.length;
  }
  return names;
}
