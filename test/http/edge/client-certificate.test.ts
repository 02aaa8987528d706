import { describe, it } from 'vitest';

import { toBase64Url } from '../../../shared/bytes.ts';
import { readClientCertificate } from '../../../shared/contracts/edge/client-certificate.ts';
import { clientCertificate } from '../../../workers/edge/credentials/client-certificate.ts';
import { EdgeFixture, outcome } from '../../support/edge-fixture.ts';

const DER = new Uint8Array(600).map((_, index) => (index * 31) % 256);
const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', DER));
const THUMBPRINT = toBase64Url(digest);

const PRESENTED = {
  certPresented: '1',
  certVerified: 'SUCCESS',
  certRevoked: '0',
  certSubjectDN: 'CN=game,O=Acme',
  certSubjectDNRFC2253: 'CN=game,O=Acme',
  certNotAfter: 'Dec 22 19:39:00 2030 GMT',
  certFingerprintSHA256: digest.toHex(),
  certRFC9440: `:${DER.toBase64()}:`,
};

const read = (change: object = {}) =>
  clientCertificate({ tlsClientAuth: { ...PRESENTED, ...change } });

describe('the client’s certificate', () => {
  it('is read from the connection', async ({ expect }) => {
    expect(await read()).toEqual({
      verified: true,
      sha256: THUMBPRINT,
      der: DER.toBase64(),
      subjectDn: 'CN=game,O=Acme',
      notAfter: 'Dec 22 19:39:00 2030 GMT',
    });
  });

  it('is named by its fingerprint where its bytes are not told', async ({ expect }) => {
    for (const certRFC9440 of [undefined, '', '::', 'MIIB', ':%%:', ':a:']) {
      const certificate = await read({ certRFC9440 });
      expect([certificate?.sha256, certificate?.der]).toEqual([THUMBPRINT, undefined]);
    }
    expect(await read({ certRFC9440: '', certFingerprintSHA256: 'ab' })).toBeUndefined();
  });

  it('is named by its bytes, not by its stated fingerprint', async ({ expect }) => {
    const certificate = await read({ certFingerprintSHA256: '0'.repeat(64) });
    expect(certificate?.sha256).toBe(THUMBPRINT);
  });

  it('is passed on without its bytes where it has more than 8 KiB', async ({ expect }) => {
    const large = new Uint8Array(8_193);
    expect((await read({ certRFC9440: `:${large.toBase64()}:` }))?.der).toBeUndefined();
  });

  it.for([
    { certVerified: 'FAILED:self signed certificate' },
    { certVerified: 'NONE' },
    { certRevoked: '1' },
  ])('is not verified with %j', async (change, { expect }) => {
    expect(await read(change)).toMatchObject({ verified: false, sha256: THUMBPRINT });
  });

  it('is absent where none was presented', async ({ expect }) => {
    expect(await read({ certPresented: '0' })).toBeUndefined();
    for (const cf of [undefined, null, {}, { tlsClientAuth: null }, { tlsClientAuth: '1' }]) {
      expect(await clientCertificate(cf)).toBeUndefined();
    }
  });
});

const cf = { tlsClientAuth: PRESENTED } as unknown as IncomingRequestCfProperties;
const forwardedHeaders = ({ forwarded }: EdgeFixture) =>
  (forwarded.at(-1) as { request: Request }).request.headers;

describe('the client’s certificate behind the edge', () => {
  it('is passed on where clients authenticate, and nowhere else', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    await fixture.fetch('/oauth2/token', { method: 'POST', cf });
    expect(readClientCertificate(forwardedHeaders(fixture))).toEqual(await read());
    for (const path of ['/api/v1/sessions', '/.well-known/jwks.json']) {
      await fixture.fetch(path, { cf });
      expect(readClientCertificate(forwardedHeaders(fixture))).toBeUndefined();
    }
  });

  it('is never taken from a header of the client', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const claimed = toBase64Url(new TextEncoder().encode('{"verified":true}'));
    await fixture.fetch('/oauth2/token', {
      method: 'POST',
      headers: { 'x-sallyport-client-certificate': claimed, 'client-cert': PRESENTED.certRFC9440 },
    });
    expect(readClientCertificate(forwardedHeaders(fixture))).toBeUndefined();
  });
});

describe('a certificate-bound token (RFC 8705 §3)', () => {
  const bound = (fixture: EdgeFixture) => fixture.token({ cnf: { 'x5t#S256': THUMBPRINT } });

  it.for(['/api/v1/sessions', '/auth/token/validate'])(
    'is good at %s over a connection with that certificate only',
    async (path, { expect }) => {
      const fixture = await EdgeFixture.start();
      const headers = { authorization: `Bearer ${await bound(fixture)}` };
      const other = { tlsClientAuth: { ...PRESENTED, certRFC9440: ':AAAA:' } };
      for (let round = 0; round < 2; round += 1) {
        expect((await fixture.fetch(path, { headers, cf })).status).toBe(200);
        for (const wrong of [{}, { cf: other as unknown as IncomingRequestCfProperties }]) {
          const response = await fixture.fetch(path, { headers, ...wrong });
          expect(response.headers.get('www-authenticate')).toMatch(
            /^Bearer error="invalid_token", /,
          );
          expect(await outcome(response)).toEqual([401, 'AUTH_TOKEN_INVALID']);
        }
      }
    },
  );

  it('may be self-signed: the handshake proved its key (RFC 8705 §2.2)', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const headers = { authorization: `Bearer ${await bound(fixture)}` };
    const unverified = { ...PRESENTED, certVerified: 'FAILED:self signed certificate' };
    const selfSigned = { tlsClientAuth: unverified } as unknown as IncomingRequestCfProperties;
    expect((await fixture.fetch('/api/v1/sessions', { headers, cf: selfSigned })).status).toBe(200);
  });

  it('is only described in the body of token/validate', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    expect((await fixture.validate(await bound(fixture))).status).toBe(200);
  });
});
