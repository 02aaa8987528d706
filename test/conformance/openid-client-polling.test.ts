import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

import * as client from 'openid-client';
import { describe, expect, it } from 'vitest';

import { changeClient } from '../support/node/administered.ts';
import { agree, issuer, newAgent, newPerson, registerClient } from '../support/node/provider.ts';
import { Page, type UserAgent } from '../support/node/user-agent.ts';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const CIBA_GRANT = 'urn:openid:params:grant-type:ciba';
const insecure = { execute: [client.allowInsecureRequests] };

type Metadata = Readonly<Record<string, unknown>>;

async function registered(metadata: Metadata, authentication?: client.ClientAuth) {
  const made = await registerClient({
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: 'ES256',
    ...metadata,
  });
  const url = new URL(issuer());
  const { client_id: id, client_secret: secret } = made;
  if (Array.isArray(metadata['grant_types']) && metadata['grant_types'].includes(CIBA_GRANT)) {
    await changeClient({ clientId: id, clientSecret: secret }, { cibaAllowed: true });
  }
  return client.discovery(url, id, secret, authentication, insecure);
}

const device = (metadata: Metadata = {}) =>
  registered(
    {
      client_name: 'Living room TV',
      grant_types: [DEVICE_GRANT, 'refresh_token'],
      token_endpoint_auth_method: 'none',
      ...metadata,
    },
    client.None(),
  );

const bank = (metadata: Metadata = {}, authentication?: client.ClientAuth) =>
  registered(
    {
      client_name: 'The bank',
      grant_types: [CIBA_GRANT, 'refresh_token'],
      backchannel_token_delivery_mode: 'poll',
      ...metadata,
    },
    authentication,
  );

/** Presses a button that must lead to a page of ours. */
async function press(agent: UserAgent, page: Page, button: string): Promise<Page> {
  const reached = await agent.press(page, button);
  if (reached instanceof Page) return reached;
  throw new Error(`Expected a page, but was sent to ${reached.url.href}`);
}

/** Opens a page of ours, signing in on the way. */
async function openAs(
  agent: UserAgent,
  url: string,
  person: Awaited<ReturnType<typeof newPerson>>,
) {
  const page = await agent.open(url);
  const reached = await agent.press(page, 'Sign in', {
    email: person.email,
    password: person.password,
  });
  if (reached instanceof Page) return reached;
  throw new Error(`Expected a page, but was sent to ${reached.url.href}`);
}

describe('openid-client on a device (RFC 8628)', () => {
  it('signs a user in who confirms in a browser', async () => {
    const config = await device();
    const begun = await client.initiateDeviceAuthorization(config, {
      scope: 'openid profile offline_access',
    });
    expect(begun).toMatchObject({ verification_uri: `${issuer()}/device`, interval: 5 });
    const early = client.genericGrantRequest(config, DEVICE_GRANT, {
      device_code: begun.device_code,
    });
    await expect(early).rejects.toMatchObject({ error: 'authorization_pending' });
    const polling = client.pollDeviceAuthorizationGrant(config, begun);

    const [person, agent] = [await newPerson(), newAgent()];
    const enter = await openAs(agent, begun.verification_uri_complete ?? '', person);
    expect(enter.form('Continue').fields['user_code']).toBe(begun.user_code);
    const confirm = await press(agent, enter, 'Continue');
    expect(confirm.text).toContain(begun.user_code);
    expect((await press(agent, confirm, 'Allow')).title).toBe('Device connected');

    const tokens = await polling;
    expect(tokens.claims()).toMatchObject({ sub: person.accountId });
    const info = await client.fetchUserInfo(config, tokens.access_token, person.accountId);
    expect(info).toMatchObject({ name: 'Ada Lovelace' });
    const renewed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(renewed.claims()?.sub).toBe(person.accountId);

    const account = await agent.open('/account');
    expect(account.text).toContain('Living room TV, with your permission');
    await press(agent, account, 'Remove access');
    await expect(
      client.refreshTokenGrant(config, renewed.refresh_token ?? ''),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('gets access_denied where the user denies, with its DPoP key, too', async () => {
    const config = await device({ dpop_bound_access_tokens: true });
    const begun = await client.initiateDeviceAuthorization(config, { scope: 'openid' });
    const dpop = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
    const [person, agent] = [await newPerson(), newAgent()];
    const enter = await openAs(agent, `/device?user_code=${begun.user_code}`, person);
    await press(agent, await press(agent, enter, 'Continue'), 'Deny');
    const polling = client.pollDeviceAuthorizationGrant(
      config,
      { ...begun, interval: 1 },
      undefined,
      { DPoP: dpop },
    );
    await expect(polling).rejects.toMatchObject({ error: 'access_denied' });
  });

  it('binds its tokens to its DPoP key', async () => {
    const config = await device({ dpop_bound_access_tokens: true });
    const begun = await client.initiateDeviceAuthorization(config, { scope: 'openid' });
    const dpop = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
    const [person, agent] = [await newPerson(), newAgent()];
    const enter = await openAs(agent, `/device?user_code=${begun.user_code}`, person);
    await press(agent, await press(agent, enter, 'Continue'), 'Allow');
    const options = { DPoP: dpop };
    const tokens = await client.pollDeviceAuthorizationGrant(
      config,
      { ...begun, interval: 1 },
      undefined,
      options,
    );
    expect(tokens.token_type).toBe('dpop');
    const { sub } = await client.fetchUserInfo(
      config,
      tokens.access_token,
      person.accountId,
      options,
    );
    expect(sub).toBe(person.accountId);
  });
});

describe('openid-client and CIBA', () => {
  it('signs a user in who answers on the account page', async () => {
    const config = await bank();
    const [person, agent] = [await newPerson(), newAgent()];
    const begun = await client.initiateBackchannelAuthentication(config, {
      scope: 'openid email',
      login_hint: person.email,
      binding_message: 'W4SCT',
    });
    expect(begun).toMatchObject({ interval: 5, expires_in: 300 });
    const polling = client.pollBackchannelAuthenticationGrant(config, begun);
    await openAs(agent, '/sign-in', person);
    const path = /\/account\/requests\/[\w-]+/.exec((await agent.open('/account')).html)?.[0];
    const request = await agent.open(path ?? '');
    expect(request.text).toContain('W4SCT');
    expect((await press(agent, request, 'Allow')).text).toContain('Allowed.');
    const tokens = await polling;
    expect(tokens.claims()).toMatchObject({ sub: person.accountId });
    const info = await client.fetchUserInfo(config, tokens.access_token, person.accountId);
    expect(info).toMatchObject({ email: person.email });
    expect(tokens.refresh_token).toBeDefined();

    // An ID token names a user whom the client knows already.
    const again = await client.initiateBackchannelAuthentication(config, {
      scope: 'openid',
      id_token_hint: tokens.id_token ?? '',
    });
    const next = /\/account\/requests\/[\w-]+/.exec((await agent.open('/account')).html)?.[0];
    await press(agent, await agent.open(next ?? ''), 'Deny');
    await expect(
      client.pollBackchannelAuthenticationGrant(config, { ...again, interval: 1 }),
    ).rejects.toMatchObject({ error: 'access_denied' });
  });

  it('gets nothing until an administrator has allowed it the grant', async () => {
    const made = await registerClient({
      redirect_uris: [],
      response_types: [],
      grant_types: [CIBA_GRANT],
      backchannel_token_delivery_mode: 'poll',
    });
    const { client_id, client_secret } = made;
    const config = await client.discovery(
      new URL(issuer()),
      client_id,
      client_secret,
      undefined,
      insecure,
    );
    for (const login_hint of [(await newPerson()).email, 'nobody@example.com']) {
      const answer = client.initiateBackchannelAuthentication(config, {
        scope: 'openid',
        login_hint,
      });
      await expect(answer).rejects.toMatchObject({ error: 'unauthorized_client' });
    }
  });

  it('gets unknown_user_id for an unknown user', async () => {
    const answer = client.initiateBackchannelAuthentication(await bank(), {
      scope: 'openid',
      login_hint: 'nobody@example.com',
    });
    await expect(answer).rejects.toMatchObject({ error: 'unknown_user_id' });
  });

  it('is pinged once the user has answered (CIBA §10.2)', async () => {
    const notified = Promise.withResolvers<{ request: IncomingMessage; body: string }>();
    const server = createServer((request, response) => {
      // The body is read first: Node discards what is unread when the response ends.
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        response.writeHead(204).end();
        notified.resolve({ request, body: Buffer.concat(parts).toString() });
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      const config = await bank({
        backchannel_token_delivery_mode: 'ping',
        backchannel_client_notification_endpoint: `http://127.0.0.1:${port}/ciba`,
      });
      const [person, agent] = [await newPerson(), newAgent()];
      const begun = await client.initiateBackchannelAuthentication(config, {
        scope: 'openid',
        login_hint: person.accountId,
        client_notification_token: 'a-token-of-the-client',
      });
      await openAs(agent, '/sign-in', person);
      const path = /\/account\/requests\/[\w-]+/.exec((await agent.open('/account')).html)?.[0];
      await agree(agent, path ?? '', person);
      const { request, body } = await notified.promise;
      expect([request.method, request.url]).toEqual(['POST', '/ciba']);
      expect(request.headers.authorization).toBe('Bearer a-token-of-the-client');
      expect(JSON.parse(body)).toEqual({ auth_req_id: begun.auth_req_id });
      const tokens = await client.pollBackchannelAuthenticationGrant(config, {
        ...begun,
        interval: 1,
      });
      expect(tokens.claims()?.sub).toBe(person.accountId);
    } finally {
      server.close();
    }
  });

  it('signs its requests, and authenticates with its key', async () => {
    const keys = await client.randomDPoPKeyPair('ES256', { extractable: true });
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', keys.publicKey);
    const key = { key: keys.privateKey, kid: 'k1' };
    const config = await bank(
      {
        token_endpoint_auth_method: 'private_key_jwt',
        backchannel_authentication_request_signing_alg: 'ES256',
        jwks: { keys: [{ kty, crv, x, y, kid: 'k1', use: 'sig' }] },
      },
      client.PrivateKeyJwt(key),
    );
    const person = await newPerson();
    const plain = { scope: 'openid', login_hint: person.email };
    await expect(client.initiateBackchannelAuthentication(config, plain)).rejects.toMatchObject({
      error: 'invalid_request',
    });
    // The library makes request objects for authorization URLs alone, but CIBA takes the same JWT.
    const url = await client.buildAuthorizationUrlWithJAR(config, plain, keys.privateKey);
    const request = url.searchParams.get('request') ?? '';
    const answer = client.initiateBackchannelAuthentication(config, { request });
    expect((await answer).auth_req_id).toHaveLength(43);
  });
});
