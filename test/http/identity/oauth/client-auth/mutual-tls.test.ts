import { beforeEach, describe, expect, it } from 'vitest';

import {
  CLIENT_CERTIFICATE_HEADER,
  type ClientCertificate,
  encodeClientCertificate,
} from '../../../../../shared/contracts/edge/client-certificate.ts';
import { authenticateClient } from '../../../../../workers/identity/oauth/client-auth/authenticate-client.ts';
import type { Client, TlsSubject } from '../../../../../workers/identity/oauth/clients/client.ts';
import { Parameters } from '../../../../../workers/identity/platform/parameters.ts';
import {
  aCertificate,
  CERTIFICATE_DER,
  CERTIFICATE_JWK,
} from '../../../../support/certificates.ts';
import { fakeServices } from '../../../../support/identity-services.ts';
import { aClient } from '../../../../support/oauth-fixture.ts';

let backend: ReturnType<typeof fakeServices>['backend'];
let services: ReturnType<typeof fakeServices>['services'];
beforeEach(() => {
  ({ backend, services } = fakeServices());
});

/** @returns Why the client is refused; `undefined` if it is not. */
async function reasonFor(
  client: Partial<Client>,
  certificate: ClientCertificate | undefined,
): Promise<unknown> {
  backend.clients.add(aClient(client));
  const headers = new Headers();
  if (certificate !== undefined) {
    headers.set(CLIENT_CERTIFICATE_HEADER, encodeClientCertificate(certificate));
  }
  const parameters = Parameters.of({ client_id: 'client-1' });
  const sent = { headers, parameters, endpoint: '/oauth2/token', correlationId: 'c' };
  const request = { ...sent, answerHeaders: new Headers() };
  const outcome = await authenticateClient(request, services).catch((error: unknown) => error);
  if (!(outcome instanceof Error)) return undefined;
  expect(outcome).toMatchObject({ code: 'invalid_client', status: 401 });
  return backend.logged.at(-1)?.['reason'];
}

describe('tls_client_auth (RFC 8705 §2.1)', () => {
  const registered = (kind: TlsSubject['kind'], value: string): Partial<Client> => ({
    tokenEndpointAuthMethod: 'tls_client_auth',
    tlsSubject: { kind, value },
  });

  it.each([
    ['subject_dn', 'CN=client one,OU=Zoë,O=Ada\\, Inc.,C=NL'],
    ['subject_dn', '2.5.4.3=client one, ou=Zo\\c3\\ab, O = Ada\\2C Inc., c=NL'],
    ['san_dns', 'client.EXAMPLE.com'],
    ['san_uri', 'https://client.example.com/x, DNS:evil.example.com'],
    ['san_ip', '192.0.2.1'],
    ['san_ip', '2001:DB8::1'],
    ['san_email', 'ops@example.com'],
  ] as const)('takes a certificate with %s %s', async (kind, value) => {
    expect(await reasonFor(registered(kind, value), await aCertificate())).toBe(undefined);
  });

  it.each([
    ['subject_dn', 'C=NL,O=Ada\\, Inc.,OU=Zoë,CN=client one'],
    ['subject_dn', 'CN=client one'],
    ['subject_dn', 'CN=Client One,OU=Zoë,O=Ada\\, Inc.,C=NL'],
    ['subject_dn', 'CN=client one+OU=Zoë,O=Ada\\, Inc.,C=NL'],
    ['subject_dn', ''],
    ['san_dns', 'evil.example.com'],
    ['san_dns', 'example.com'],
    ['san_dns', '*.example.com'],
    ['san_uri', 'https://client.example.com/x'],
    ['san_ip', '192.0.2.10'],
    ['san_email', 'OPS@example.com'],
    ['san_dns', 'ops@example.com'],
  ] as const)('refuses one for %s %s', async (kind, value) => {
    expect(await reasonFor(registered(kind, value), await aCertificate())).toBe('subject_mismatch');
  });

  it('refuses a certificate that no authority has verified, and a request without one', async () => {
    const client = registered('san_email', 'ops@example.com');
    expect(await reasonFor(client, await aCertificate({ verified: false }))).toBe(
      'certificate_unverified',
    );
    expect(await reasonFor(client, await aCertificate({ der: undefined }))).toBe(
      'subject_mismatch',
    );
    expect(await reasonFor(client, undefined)).toBe('certificate_missing');
  });
});

describe('self_signed_tls_client_auth (RFC 8705 §2.2)', () => {
  const method = { tokenEndpointAuthMethod: 'self_signed_tls_client_auth' } as const;

  it.each([
    ['by its key', CERTIFICATE_JWK],
    ['by itself', { ...CERTIFICATE_JWK, x5c: [CERTIFICATE_DER] }],
  ])('takes a registered certificate %s, whatever its issuer', async (_, jwk) => {
    const certificate = await aCertificate({ verified: false });
    expect(await reasonFor({ ...method, jwks: [{ kty: 'oct' }, jwk] }, certificate)).toBe(
      undefined,
    );
  });

  it('fetches the keys again once for an unknown certificate', async () => {
    backend.clients.fetched[1] = [CERTIFICATE_JWK];
    const jwksUri = 'https://client.example.com/jwks';
    expect(await reasonFor({ ...method, jwksUri }, await aCertificate())).toBe(undefined);
    backend.clients.fetched[1] = [];
    expect(await reasonFor({ ...method, jwksUri }, await aCertificate())).toBe(
      'certificate_unknown',
    );
  });

  it('refuses another certificate, an expired one, and a request without one', async () => {
    const other = { ...CERTIFICATE_JWK, x: CERTIFICATE_JWK.y, y: CERTIFICATE_JWK.x };
    const strangers = [other, { ...CERTIFICATE_JWK, x5c: ['AAAA'] }, { x5c: 'x' }, { x5c: ['%'] }];
    expect(await reasonFor({ ...method, jwks: strangers }, await aCertificate())).toBe(
      'certificate_unknown',
    );
    const client = { ...method, jwks: [CERTIFICATE_JWK] };
    const past = new Date(backend.now).toISOString();
    expect(await reasonFor(client, await aCertificate({ notAfter: past }))).toBe(
      'certificate_expired',
    );
    expect(await reasonFor(client, undefined)).toBe('certificate_missing');
  });
});
