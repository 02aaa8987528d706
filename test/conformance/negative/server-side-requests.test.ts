import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { aSigner, type Signer } from '../../support/jws-forge.ts';
import { createClient, REDIRECT } from '../../support/node/administered.ts';
import { assertionOf, createSigningClient } from '../../support/node/assertions.ts';
import { postToken, refusal, send } from '../../support/node/oauth-requests.ts';
import { SignedIn } from '../../support/node/signed-in.ts';
import { Page } from '../../support/node/user-agent.ts';

/** Addresses that must not be asked. A developer's instance, which is tested here, may ask loopback. */
const TARGETS: readonly (readonly [what: string, url: string])[] = [
  ['a private network', 'https://10.0.0.1/x'],
  ['another private network', 'https://172.16.0.1/x'],
  ['a home network', 'https://192.168.1.1/x'],
  ['the metadata of a cloud', 'https://169.254.169.254/latest/meta-data'],
  ['the metadata of a cloud, by name', 'https://metadata.google.internal/x'],
  ['a carrier’s network', 'https://100.64.0.1/x'],
  ['the unspecified address', 'https://0.0.0.0/x'],
  ['another address of this machine', 'https://127.0.0.2/x'],
  ['the broadcast address', 'https://255.255.255.255/x'],
  ['a multicast address', 'https://224.0.0.1/x'],
  ['a private address in decimal', 'https://167772161/x'],
  ['a private address in octal', 'https://012.0.0.1/x'],
  ['a private address in hexadecimal', 'https://0x0a000001/x'],
  ['a private address in short', 'https://10.1/x'],
  ['a private address in full-width digits', 'https://\uff11\uff10.0.0.1/x'],
  ['a private address with the dot of the root', 'https://10.0.0.1./x'],
  ['the unspecified IPv6 address', 'https://[::]/x'],
  ['a private IPv6 address', 'https://[fd00::1]/x'],
  ['a link-local IPv6 address', 'https://[fe80::1]/x'],
  ['a private address within IPv6', 'https://[::ffff:10.0.0.1]/x'],
  ['a private address within IPv6, in hexadecimal', 'https://[::ffff:a00:1]/x'],
  ['a private address behind NAT64', 'https://[64:ff9b::a00:1]/x'],
  ['a private address behind 6to4', 'https://[2002:a00:1::]/x'],
  ['a name of this machine', 'https://printer.localhost/x'],
  ['this machine with the dot of the root', 'https://localhost./x'],
  ['a name of the local network', 'https://printer.local/x'],
  ['a name without a domain', 'https://intranet/x'],
  ['a name within a company', 'https://wiki.corp/x'],
  ['plain HTTP', 'http://client.example.test/x'],
  ['a file', 'file:///etc/passwd'],
  ['gopher', 'gopher://client.example.test/x'],
  ['data', 'data:application/json,{}'],
  ['a system’s port', 'https://client.example.test:22/x'],
  ['user information', 'https://a:b@client.example.test/x'],
  ['empty user information', 'https://@client.example.test/x'],
  ['a backslash', 'https://client.example.test\\@10.0.0.1/x'],
  ['a line feed', 'https://client.example.test/\nx'],
];

const CIBA = {
  grant_types: ['authorization_code', 'urn:openid:params:grant-type:ciba'],
  backchannel_token_delivery_mode: 'ping',
};

/** The metadata in which a client names an address that the server asks. */
const MEMBERS: readonly (readonly [name: string, metadata: (url: string) => object])[] = [
  ['jwks_uri', (url) => ({ jwks_uri: url })],
  ['sector_identifier_uri', (url) => ({ sector_identifier_uri: url, subject_type: 'pairwise' })],
  ['request_uris', (url) => ({ request_uris: [url] })],
  ['backchannel_logout_uri', (url) => ({ backchannel_logout_uri: url })],
  [
    'backchannel_client_notification_endpoint',
    (url) => ({ ...CIBA, backchannel_client_notification_endpoint: url }),
  ],
];

/**
 * @demands RFC 9700 §4.9.1: Counterfeit servers gain nothing: of the addresses that clients name,
 *   none inside of a network is asked, and no answer is trusted unchecked.
 */
describe.each(MEMBERS)('the address in %s (RFC 7591 §5)', (name, metadata) => {
  it.each(TARGETS)(
    'a registration with an address that must not be asked is refused: %s',
    async (_what, url) => {
      const body = JSON.stringify({ redirect_uris: [REDIRECT], ...metadata(url) });
      const headers = { 'content-type': 'application/json' };
      const answer = await send('/oauth2/register', { method: 'POST', headers, body });
      expect(refusal(answer)).toBe('400 invalid_client_metadata');
      expect(String(answer.body['error_description'])).toContain(name);
    },
  );
});

/** @demands RFC 9700 §4.9.1: Counterfeit servers gain nothing… */
describe('frontchannel_logout_uri (Front-Channel Logout §2)', () => {
  it.each([
    ['another origin', 'https://evil.example/logout'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,x'],
    ['user information', 'https://a@client.example.test/logout'],
    ['dot segments', 'https://client.example.test/x/../logout'],
  ])(
    'a frontchannel_logout_uri with %s is refused (Front-Channel Logout §2)',
    async (_what, url) => {
      const body = JSON.stringify({ redirect_uris: [REDIRECT], frontchannel_logout_uri: url });
      const headers = { 'content-type': 'application/json' };
      const answer = await send('/oauth2/register', { method: 'POST', headers, body });
      expect(refusal(answer)).toBe('400 invalid_client_metadata');
    },
  );
});

/** @demands RFC 9700 §4.9.1: Counterfeit servers gain nothing… */
describe('client identifiers that are URLs (OAuth Client ID Metadata Document §8.6)', () => {
  let user: SignedIn;
  beforeAll(async () => {
    user = await SignedIn.create();
  });

  it.each(TARGETS)(
    'a client identifier with an address that must not be asked is refused: %s',
    async (_what, url) => {
      const page = await user.authorize(url, { redirect_uri: 'http://127.0.0.1:1/callback' });
      expect(page).toBeInstanceOf(Page);
      expect(page.status).toBe(400);
    },
  );
});

/** @demands RFC 9700 §4.9.1: Counterfeit servers gain nothing… */
describe('the answers of registered addresses', () => {
  let server: Server;
  let origin: string;
  let signer: Signer;
  const requests: string[] = [];
  const secretsSent: string[] = [];

  beforeAll(async () => {
    signer = await aSigner('ES256');
    const { jwk } = signer;
    server = createServer(({ url = '/', headers }, response) => {
      requests.push(url);
      secretsSent.push(...['cookie', 'authorization'].filter((name) => name in headers));
      if (url === '/redirect') response.writeHead(302, { location: '/keys' });
      if (url === '/large') response.write(' '.repeat(70_000));
      response.end(url === '/text' ? 'text' : JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((closed) => server.close(closed)));

  async function authenticated(path: string): Promise<number> {
    const client = await createSigningClient(signer, {
      jwks: undefined,
      jwks_uri: origin + path,
      grant_types: ['client_credentials'],
      redirect_uris: [],
    });
    const form = { grant_type: 'client_credentials', ...(await assertionOf(signer, client)) };
    return (await postToken(form)).status;
  }

  it('a registered jwks_uri is asked for keys, without cookies or credentials', async () => {
    expect(await authenticated('/keys')).toBe(200);
    expect(requests).toContain('/keys');
    expect(secretsSent).toEqual([]);
  });

  it.each([
    ['a redirect', '/redirect'],
    ['more than 64 KiB', '/large'],
    ['no key set', '/text'],
  ])('a jwks_uri that answers with %s authenticates nobody', async (_what, path) => {
    requests.length = 0;
    expect(await authenticated(path)).toBe(401);
    expect(new Set(requests)).toEqual(new Set([path]));
  });

  it('unknown keys do not make the server ask a jwks_uri again and again', async () => {
    const client = await createSigningClient(signer, {
      jwks: undefined,
      jwks_uri: `${origin}/keys?again`,
      grant_types: ['client_credentials'],
      redirect_uris: [],
    });
    requests.length = 0;
    for (let n = 0; n < 10; n += 1) {
      const header = { kid: `made-up-${n}` };
      const form = { grant_type: 'client_credentials' };
      const assertion = await assertionOf(signer, client, {}, header);
      expect(refusal(await postToken({ ...form, ...assertion }))).toBe('401 invalid_client');
    }
    expect(requests.length).toBeLessThanOrEqual(2);
  });

  it('a sector_identifier_uri that does not list the client’s redirect URIs is refused', async () => {
    await expect(
      createClient({ subject_type: 'pairwise', sector_identifier_uri: `${origin}/keys` }),
    ).rejects.toThrow('sector_identifier_uri');
  });
});
