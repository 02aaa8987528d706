import { beforeEach, describe, expect, it } from 'vitest';

import { sha256, toBase64Url, utf8 } from '../../../../../shared/bytes.ts';
import { ClientId } from '../../../../../shared/ids.ts';
import {
  authenticateClient,
  type ClientRequest,
} from '../../../../../workers/identity/oauth/client-auth/authenticate-client.ts';
import type { Client } from '../../../../../workers/identity/oauth/clients/client.ts';
import { Parameters } from '../../../../../workers/identity/platform/parameters.ts';
import { fakeServices } from '../../../../support/identity-services.ts';
import { aSigner, forge, type Signer } from '../../../../support/jws-forge.ts';
import { aClient } from '../../../../support/oauth-fixture.ts';

const ISSUER = 'https://id.example.test';
const SECRET = 'a secret: with %, + and ü';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

let backend: ReturnType<typeof fakeServices>['backend'];
let services: ReturnType<typeof fakeServices>['services'];
beforeEach(() => {
  ({ backend, services } = fakeServices());
});

type Sent = {
  readonly authorization?: string;
  readonly form?: Readonly<Record<string, string>>;
  readonly endpoint?: string;
};

const request = ({
  authorization,
  form = {},
  endpoint = '/oauth2/token',
}: Sent): ClientRequest => ({
  headers: new Headers(authorization === undefined ? {} : { authorization }),
  parameters: Parameters.read(new URLSearchParams(form)),
  endpoint,
  correlationId: 'c',
  answerHeaders: new Headers(),
});

const authenticate = (sent: Sent) => authenticateClient(request(sent), services);

/** What a client is told, whole. */
async function refusal(sent: Sent) {
  try {
    await authenticate(sent);
  } catch (error) {
    return error as {
      code: string;
      status: number;
      options: { headers?: unknown; description?: string };
    };
  }
  throw new Error('Cannot find the refusal: the client was authenticated');
}

const hashOf = (secret: string) => sha256(utf8(secret));
const withSecret = async (more: Partial<Client> = {}) =>
  backend.clients.add(
    aClient({ secrets: [{ hash: await hashOf(SECRET), expiresAt: null }], ...more }),
  );

const base64 = (text: string) => utf8(text).toBase64();
const encode = (text: string) => encodeURIComponent(text).replaceAll('%20', '+');
const basic = (id: string, secret: string) => `Basic ${base64(`${encode(id)}:${encode(secret)}`)}`;

describe('client_secret_basic', () => {
  it('takes name and secret form-urlencoded (RFC 6749 §2.3.1)', async () => {
    const clientId = ClientId.restore('https://client.example/:id?a=b');
    const client = await withSecret({ clientId });
    expect(await authenticate({ authorization: basic(clientId, SECRET) })).toBe(client);
    const lower = basic(clientId, SECRET).replace('Basic ', 'basic  ');
    expect(await authenticate({ authorization: lower, form: { client_id: clientId } })).toBe(
      client,
    );
  });

  it.each([
    ['nothing', 'Basic'],
    ['no padding', `Basic ${base64('client-1:abc').replaceAll('=', '')}`],
    ['the alphabet of base64url', 'Basic Y2xpZW50LTE6_-__'],
    ['white space inside', `Basic ${base64('client-1:ab').replace('l', ' l')}`],
    ['no colon', `Basic ${base64('client-1')}`],
    ['a broken escape', `Basic ${base64('client-1:%zz')}`],
    ['half an escape', `Basic ${base64('client-1:%4')}`],
    ['escapes that are no UTF-8', `Basic ${base64('client-1:%ff')}`],
    ['bytes that are no UTF-8', `Basic ${new Uint8Array([99, 58, 255]).toBase64()}`],
    ['spare bits that are not zero', 'Basic Y2xpZW50LTE6YWJjZB=='],
    ['another scheme glued to it', `Basic ${base64('client-1:x')}, Bearer x`],
  ])('refuses %s with a challenge', async (_, authorization) => {
    await withSecret();
    const { code, status, options } = await refusal({ authorization });
    expect([code, status]).toEqual(['invalid_client', 401]);
    expect(options.headers).toEqual({ 'www-authenticate': 'Basic realm="sallyport"' });
  });

  it('answers an unknown client and a wrong secret alike (RFC 6749 §5.2)', async () => {
    await withSecret();
    const wrong = await refusal({ authorization: basic('client-1', 'quite another') });
    const unknown = await refusal({ authorization: basic('client-2', SECRET) });
    const other = await refusal({ authorization: basic('client-1', '') });
    expect(unknown).toEqual(wrong);
    expect(other).toEqual(wrong);
    expect(backend.logged.map(({ reason }) => reason)).toEqual([
      'secret_wrong',
      'client_unknown',
      'secret_wrong',
    ]);
    expect(backend.logged.map(({ clientId }) => clientId)).toEqual([
      'client-1',
      undefined,
      'client-1',
    ]);
    expect(JSON.stringify(backend.logged)).not.toContain('quite another');
  });

  it('logs nothing of credentials whose two parts were mixed up', async () => {
    await withSecret();
    await refusal({ authorization: basic(SECRET, 'client-1') });
    expect(backend.logged).toMatchObject([{ reason: 'client_unknown' }]);
    expect(JSON.stringify(backend.logged)).not.toContain(SECRET);
  });

  it('takes each secret until it expires', async () => {
    await withSecret({
      secrets: [
        { hash: await hashOf('new'), expiresAt: null },
        { hash: await hashOf('old'), expiresAt: backend.now + 1 },
      ],
    });
    await authenticate({ authorization: basic('client-1', 'new') });
    await authenticate({ authorization: basic('client-1', 'old') });
    backend.now += 1;
    await refusal({ authorization: basic('client-1', 'old') });
  });
});

describe('the authentication method', () => {
  it.each(['private_key_jwt', 'none', 'tls_client_auth'] as const)(
    'is only the registered one: a secret in the header does not count as %s',
    async (tokenEndpointAuthMethod) => {
      await withSecret({ tokenEndpointAuthMethod });
      expect((await refusal({ authorization: basic('client-1', SECRET) })).code).toBe(
        'invalid_client',
      );
    },
  );

  it.each(['client_secret_basic', 'client_secret_post'] as const)(
    'RFC 6749 §2.3.1: a client of %s may send its secret in either way',
    async (tokenEndpointAuthMethod) => {
      const client = await withSecret({ tokenEndpointAuthMethod });
      expect(await authenticate({ authorization: basic('client-1', SECRET) })).toBe(client);
      const form = { client_id: 'client-1', client_secret: SECRET };
      expect(await authenticate({ form })).toBe(client);
    },
  );

  it('client_secret_post sends the secret in the form', async () => {
    const client = await withSecret({ tokenEndpointAuthMethod: 'client_secret_post' });
    const form = { client_id: 'client-1', client_secret: SECRET };
    expect(await authenticate({ form })).toBe(client);
    const { options } = await refusal({ form: { ...form, client_secret: 'x' } });
    expect(options).toEqual({ description: 'Client authentication failed' });
  });

  it('must be the only one of its request (RFC 6749 §2.3)', async () => {
    await withSecret();
    const authorization = basic('client-1', SECRET);
    for (const form of [
      { client_id: 'client-1', client_secret: SECRET },
      { client_assertion_type: ASSERTION_TYPE, client_assertion: 'e30.eyJzdWIiOiJ4In0.x' },
    ]) {
      expect((await refusal({ authorization, form })).code).toBe('invalid_request');
    }
    const other = await refusal({ authorization, form: { client_id: 'client-2' } });
    expect(other.code).toBe('invalid_request');
  });

  it('none is accepted of a public client, and of no confidential one', async () => {
    const client = backend.clients.add(aClient({ tokenEndpointAuthMethod: 'none' }));
    expect(await authenticate({ form: { client_id: 'client-1' } })).toBe(client);
    await withSecret();
    expect((await refusal({ form: { client_id: 'client-1' } })).code).toBe('invalid_client');
    expect((await refusal({})).code).toBe('invalid_client');
  });
});

describe('private_key_jwt', () => {
  let signer: Signer;
  const seconds = () => backend.now / 1_000;
  const claims = (more: object = {}) => ({
    iss: 'client-1',
    sub: 'client-1',
    aud: ISSUER,
    exp: seconds() + 60,
    jti: crypto.randomUUID(),
    ...more,
  });
  const send = (assertion: string, endpoint = '/oauth2/token'): Sent => ({
    form: { client_assertion_type: ASSERTION_TYPE, client_assertion: assertion },
    endpoint,
  });
  const assertion = (more: object = {}, header: object = {}) =>
    forge(signer, { alg: signer.alg, kid: signer.kid, ...header }, claims(more));

  beforeEach(async () => {
    signer = await aSigner('ES256');
    backend.clients.add(
      aClient({ tokenEndpointAuthMethod: 'private_key_jwt', jwks: [signer.jwk] }),
    );
  });

  it.each([
    [ISSUER, '/oauth2/token'],
    [`${ISSUER}/oauth2/token`, '/oauth2/par'],
    [`${ISSUER}/oauth2/par`, '/oauth2/par'],
    [[ISSUER], '/oauth2/token'],
    [[ISSUER, `${ISSUER}/oauth2/token`, `${ISSUER}/oauth2/introspect`], '/oauth2/introspect'],
  ])('takes %j for %s', async (aud, endpoint) => {
    expect((await authenticate(send(await assertion({ aud }), endpoint))).clientId).toBe(
      'client-1',
    );
  });

  it('takes a key without kid and alg, for an assertion without kid', async () => {
    const { kid: _, alg: __, ...jwk } = signer.jwk;
    backend.clients.add(aClient({ tokenEndpointAuthMethod: 'private_key_jwt', jwks: [jwk] }));
    await authenticate(send(await assertion({}, { kid: undefined })));
  });

  it('is accepted once (RFC 7523 §3, jti), and stored until it has expired', async () => {
    const used = await assertion({ exp: seconds() + 100 });
    await authenticate(send(used));
    expect((await refusal(send(used))).code).toBe('invalid_client');
    expect(backend.logged.at(-1)).toMatchObject({ reason: 'replayed' });
    expect([...backend.ttl.values()].every((ttl) => ttl >= 100)).toBe(true);
  });

  it('is not used up by a forgery, nor by another client', async () => {
    const jti = 'the-same';
    const other = await aSigner('ES256', signer.kid);
    const forged = await forge(other, { alg: 'ES256', kid: signer.kid }, claims({ jti }));
    await refusal(send(forged));
    backend.clients.add(
      aClient({
        clientId: ClientId.restore('client-2'),
        tokenEndpointAuthMethod: 'private_key_jwt',
        jwks: [signer.jwk],
      }),
    );
    await authenticate(send(await assertion({ jti, iss: 'client-2', sub: 'client-2' })));
    await authenticate(send(await assertion({ jti })));
  });

  it.each([
    ['another issuer', { iss: 'client-2' }, 'issuer'],
    ['no issuer', { iss: undefined }, 'issuer'],
    ['another audience', { aud: 'https://other.example' }, 'audience'],
    ['an audience more', { aud: [ISSUER, 'https://other.example'] }, 'audience'],
    ['no audience', { aud: undefined }, 'audience'],
    ['an empty audience', { aud: [] }, 'audience'],
    ['the issuer in another spelling', { aud: `${ISSUER}/` }, 'audience'],
    ['no jti', { jti: undefined }, 'jti'],
    ['a jti that is no text', { jti: 7 }, 'jti'],
    ['no exp', { exp: undefined }, 'expired'],
    ['an exp that is text', { exp: '9999999999' }, 'expired'],
    ['nbf as text', { nbf: '0' }, 'early'],
  ])('refuses %s (RFC 7523 §3)', async (_, more, reason) => {
    const { code, options } = await refusal(send(await assertion(more)));
    expect(code).toBe('invalid_client');
    expect(options.description).toMatch(
      /^Client authentication failed, the assertion is refused: /,
    );
    expect(backend.logged.at(-1)).toMatchObject({ reason, method: 'private_key_jwt' });
  });

  it('tells which claim is wrong only to whoever signed with the client’s key', async () => {
    const wrong = { aud: 'https://other.example' };
    expect((await refusal(send(await assertion(wrong)))).options.description).toContain('its aud ');
    const other = await aSigner('ES256', signer.kid);
    const forged = await forge(other, { alg: 'ES256', kid: signer.kid }, claims(wrong));
    const unknown = await assertion({ ...wrong, iss: 'client-9', sub: 'client-9' });
    for (const text of [forged, unknown, await assertion(wrong, { kid: 'another' })]) {
      const { options } = await refusal(send(text));
      expect(options.description).toBe('Client authentication failed');
    }
  });

  it('must not have expired, and may begin ten seconds ahead', async () => {
    await refusal(send(await assertion({ exp: seconds() })));
    await authenticate(send(await assertion({ exp: seconds() + 3_610 })));
    await refusal(send(await assertion({ exp: seconds() + 3_611 })));
    await authenticate(send(await assertion({ iat: seconds() + 10, nbf: seconds() + 10 })));
    await refusal(send(await assertion({ iat: seconds() + 11 })));
    await refusal(send(await assertion({ nbf: seconds() + 11 })));
  });

  it('of a FAPI 2.0 client names the issuer, as a string (FAPI 2.0 SP §5.3.2.1)', async () => {
    backend.clients.add(
      aClient({
        profile: 'fapi2_security',
        tokenEndpointAuthMethod: 'private_key_jwt',
        jwks: [signer.jwk],
      }),
    );
    await authenticate(send(await assertion({ exp: seconds() + 310 })));
    expect((await refusal(send(await assertion({ exp: seconds() + 311 })))).code).toBe(
      'invalid_client',
    );
    for (const aud of [[ISSUER], `${ISSUER}/oauth2/token`]) {
      expect((await refusal(send(await assertion({ aud })))).code).toBe('invalid_client');
    }
  });

  it('of a FAPI 2.0 client is not signed with RS256 (FAPI 2.0 SP §5.4.1)', async () => {
    signer = await aSigner('RS256');
    const client = { tokenEndpointAuthMethod: 'private_key_jwt', jwks: [signer.jwk] } as const;
    backend.clients.add(aClient(client));
    await authenticate(send(await assertion()));
    backend.clients.add(aClient({ ...client, profile: 'fapi2_security' }));
    await refusal(send(await assertion()));
    expect(backend.logged.at(-1)).toMatchObject({ reason: 'algorithm_refused' });
  });

  it.each([
    ['none', { alg: 'none' }, 'algorithm_refused'],
    ['a MAC', { alg: 'HS256' }, 'algorithm_refused'],
    ['an algorithm that is not the key’s', { alg: 'ES384' }, 'key_unknown'],
    ['a key of its own', { jwk: {} }, 'header_refused'],
    ['a place to fetch a key', { jku: 'https://evil.example' }, 'header_refused'],
    ['a critical extension', { crit: ['b64'], b64: false }, 'header_refused'],
    ['an unknown key', { kid: 'another' }, 'key_unknown'],
  ])('refuses a header with %s (RFC 8725 §3.1)', async (_, header, reason) => {
    await refusal(send(await assertion({}, header)));
    expect(backend.logged.at(-1)).toMatchObject({ reason });
  });

  it('must be signed with the registered algorithm', async () => {
    backend.clients.add(
      aClient({
        tokenEndpointAuthMethod: 'private_key_jwt',
        tokenEndpointAuthSigningAlg: 'EdDSA',
        jwks: [signer.jwk],
      }),
    );
    await refusal(send(await assertion()));
    expect(backend.logged.at(-1)).toMatchObject({ reason: 'algorithm_refused' });
  });

  it('has the keys fetched again once, for an unknown kid', async () => {
    const jwksUri = 'https://client.example/jwks';
    backend.clients.add(aClient({ tokenEndpointAuthMethod: 'private_key_jwt', jwksUri }));
    backend.clients.fetched[1] = [signer.jwk];
    await authenticate(send(await assertion()));
    await refusal(send(await assertion({}, { kid: 'another' })));
    expect(backend.clients.refreshes).toBe(2);
  });

  it('is refused if it is malformed, or has no assertion type or another one', async () => {
    for (const text of ['', 'x', 'a.b.c', `${await assertion()} `, `${await assertion()}=`]) {
      expect((await refusal(send(text))).code).toBe('invalid_client');
    }
    const form = { client_assertion_type: 'urn:other', client_assertion: await assertion() };
    expect((await refusal({ form })).code).toBe('invalid_client');
    expect((await refusal({ form: { client_assertion: await assertion() } })).code).toBe(
      'invalid_client',
    );
  });

  it('is not called wrong while the TTL store does not answer', async () => {
    backend.down.add('ttlStore');
    await expect(authenticate(send(await assertion()))).rejects.not.toHaveProperty('code');
  });

  it('is never logged', async () => {
    const text = await assertion({ aud: 'https://other.example' });
    await refusal(send(text));
    expect(JSON.stringify(backend.logged)).not.toContain(text);
    expect(JSON.stringify(backend.logged)).not.toContain(toBase64Url(utf8(text)));
  });
});
