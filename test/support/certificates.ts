import { sha256, toBase64Url } from '../../shared/bytes.ts';
import type { ClientCertificate } from '../../shared/contracts/edge/client-certificate.ts';

/**
 * A self-signed certificate of a P-256 key, valid until 2126. Its alternative names are DNS
 * `Client.example.com`, URI `https://client.example.com/x, DNS:evil.example.com`, IP `192.0.2.1` and
 * `2001:db8::1`, e-mail `ops@example.com`.
 */
const DER =
  'MIICLjCCAdOgAwIBAgIUSz4DNHfhHTfRelJ4QnzMWyPNc+cwCgYIKoZIzj0EAwIwRTELMAkGA1UEBhMCTkwxEjAQBgNVBAoM' +
  'CUFkYSwgSW5jLjENMAsGA1UECwwEWm/DqzETMBEGA1UEAwwKY2xpZW50IG9uZTAgFw0yNjExMjUxOTIzNDNaGA8yMTI2MTEw' +
  'MTE5MjM0M1owRTELMAkGA1UEBhMCTkwxEjAQBgNVBAoMCUFkYSwgSW5jLjENMAsGA1UECwwEWm/DqzETMBEGA1UEAwwKY2xp' +
  'ZW50IG9uZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABB5hMaJVUvoKMPHXLCX2JUnkSeq1NL5l83f8SAf2iCoMzVXwDEc4' +
  '8WxiDZrHk3msEJora9aaF25ReH1h9ZcZjGSjgZ4wgZswegYDVR0RBHMwcYISQ2xpZW50LmV4YW1wbGUuY29thjJodHRwczov' +
  'L2NsaWVudC5leGFtcGxlLmNvbS94LCBETlM6ZXZpbC5leGFtcGxlLmNvbYcEwAACAYcQIAENuAAAAAAAAAAAAAAAAYEPb3Bz' +
  'QGV4YW1wbGUuY29tMB0GA1UdDgQWBBRZtSDJRtrpUNXpOBS6lJrv93MLGzAKBggqhkjOPQQDAgNJADBGAiEA0Y4OFS2XDqs8' +
  '/br9BBRRSYfFilJqcZHwjTHEr5IgUrcCIQChRQe++Rht5c6q+xi2k0Np6MOKZwJmOTAZSCDJsghT2Q==';

export const CERTIFICATE_DER = DER;

/** The certificate's public key. */
export const CERTIFICATE_JWK = {
  kty: 'EC',
  crv: 'P-256',
  x: 'HmExolVS-gow8dcsJfYlSeRJ6rU0vmXzd_xIB_aIKgw',
  y: 'zVXwDEc48WxiDZrHk3msEJora9aaF25ReH1h9ZcZjGQ',
} as const;

/** The certificate as `edge` describes it. */
export const aCertificate = async (
  more: Partial<ClientCertificate> = {},
): Promise<ClientCertificate> => ({
  verified: true,
  sha256: toBase64Url(await sha256(Uint8Array.fromBase64(DER))),
  der: DER,
  subjectDn: 'CN=client one,OU=Zo\\C3\\AB,O=Ada\\, Inc.,C=NL',
  notAfter: '2126-11-01T19:23:43Z',
  ...more,
});
