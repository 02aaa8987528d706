import { globSync } from 'node:fs';

import { compactVerify, createLocalJWKSet, decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';

import { readJson } from '../support/hub-client.ts';
import type { ApiClient } from '../support/node/api-client.ts';
import { signInByAcme } from '../support/node/earlier-data/acme.ts';
import {
  type Answer,
  grantIn,
  postForm,
  redemption,
  renewal,
  requestCode,
} from '../support/node/earlier-data/code-flow.ts';
import { EarlierDataFixture } from '../support/node/earlier-data/earlier-data-fixture.ts';
import { listenAsGame } from '../support/node/earlier-data/game.ts';
import type { Account, Client, Stream } from '../support/node/earlier-data/holdings.ts';
import {
  gameService,
  guidsOf,
  serviceToken,
} from '../support/node/earlier-data/make-connections.ts';
import { objectId } from '../support/node/earlier-data/object-id.ts';
import { postWithAssertion, postWithProof } from '../support/node/earlier-data/proof.ts';
import { eventually } from '../support/node/eventually.ts';
import { StreamClient } from '../support/node/stream-client.ts';
import { ExternalRedirect, UserAgent } from '../support/node/user-agent.ts';
import { connectOverWs } from '../support/node/ws-hub.ts';

// The state of streams and the queue is stored for minutes only, so its tests come first.
describe.each(globSync('test/fixtures/data-*').toSorted())('%s', (recorded) => {
  let data: EarlierDataFixture;
  let api: ApiClient;

  beforeAll(async () => {
    data = await EarlierDataFixture.open(recorded);
    ({ api } = data);
    return () => data[Symbol.asyncDispose]();
  }, 180_000);

  const token = (client: Client, form: Record<string, string>): Promise<Answer> =>
    postForm(`${data.url}/oauth2/token`, client, form);

  /** The browser in which Ada was signed in. */
  async function browser(): Promise<UserAgent> {
    const { cookies } = data.holdings.grants;
    const agent = new UserAgent(data.url, data.holdings.issuer);
    for (const cookie of cookies.split('; ')) {
      await agent.jar.setCookie(`${cookie}; Path=/; Secure`, data.url);
    }
    return agent;
  }

  describe('connections', () => {
    async function comeBack({ place, guids, peerGuid, missed }: Stream): Promise<StreamClient> {
      const client = await StreamClient.at(data.url, place).connect();
      await eventually(() => expect(client.heard.map(({ eventId }) => eventId)).toEqual(missed));
      expect([client.resumed, client.gaps]).toEqual([[true], []]);
      expect(guidsOf(client)).toEqual({ guids, peerGuid });
      return client;
    }

    it('a stream continues with the events that its client missed, and with the same GUIDs', async () => {
      const { ann, bob } = data.holdings.connections;
      expect(ann.missed).toHaveLength(2);
      for (const stream of [ann, bob]) (await comeBack(stream)).close();
    });

    it('the queue keeps its capacity, its seats, and the places of waiting clients', async () => {
      const { cleo, capacity } = data.holdings.connections;
      const admin = await data.admin();
      const { json } = await api.call('/api/v1/connect/queue', { token: admin });
      expect(json).toMatchObject({ enabled: true, capacity, held: 2, waiting: 1 });
      const ask = () =>
        api.call('/queue/request-access', { method: 'POST', body: { ticket: cleo.ticket } });
      expect((await ask()).json).toMatchObject({ granted: false, position: 1 });

      const change = { token: admin, method: 'PUT', body: { capacity: null } };
      expect((await api.call('/api/v1/connect/queue', change)).status).toBe(200);
      const { grant } = (await ask()).json;
      const headers = { 'x-queue-grant': grant };
      await using socket = await connectOverWs(`${data.url}/connect`, cleo.accessToken, {
        headers,
      });
      expect(socket.manifest.sessionId).toBe(cleo.sessionId);
    });

    it('a registered service stays its client’s, and an earlier shortcut calls it for who may', async () => {
      const { ann, game } = data.holdings.connections;
      await using server = await listenAsGame();
      const service = await serviceToken(data.url, game);
      const path = '/api/v1/connect/services/game';
      const { json } = await api.call(path, { token: service });
      expect(json).toMatchObject({ owner: game.clientId, endpoints: [{ path: '/board' }] });
      const { audience } = json;
      const settings = gameService(server.url);
      const change = async (endpoints: readonly object[]) => {
        const body = { ...settings, audience, endpoints };
        expect((await api.call(path, { method: 'PUT', token: service, body })).status).toBe(200);
      };
      await change(settings.endpoints);

      await using socket = await connectOverWs(`${data.url}/connect`, ann.session.accessToken);
      // The shortcut was made for a session without the role, to which it lends nothing any more.
      expect((await socket.call('', { guid: ann.shortcutId })).code).toBe(52);
      await change(settings.endpoints.map((one) => ({ ...one, permission: {} })));
      await eventually(async () => {
        const answer = await socket.call('', { guid: ann.shortcutId });
        expect([answer.code, answer.code === 0 && readJson(answer)]).toEqual([0, server.board]);
      });
    });
  });

  describe('keys', () => {
    it('the published keys are the same', async () => {
      const { json } = await api.call('/.well-known/jwks.json');
      const byKid = ({ keys }: { keys: { kid?: string }[] }) =>
        new Map(keys.map((key) => [key.kid, key]));
      expect(byKid(json)).toEqual(byKid(data.holdings.jwks));
    });

    it('earlier signatures verify, also those of a key that had been replaced', async () => {
      const { accounts, grants } = data.holdings;
      const { json } = await api.call('/.well-known/jwks.json');
      const keys = createLocalJWKSet(json);
      for (const jwt of [accounts.signedBefore, grants.shop.grant.idToken]) {
        await expect(compactVerify(jwt, keys)).resolves.toBeDefined();
      }
    });
  });

  describe('accounts', () => {
    async function signIn(person: Pick<Account, 'email' | 'password'>) {
      const { status, json } = await api.login(person);
      expect(status).toBe(200);
      return { ...json, claims: decodeJwt(json.accessToken) };
    }

    it('a password signs in to its account, which has the same names', async () => {
      const { ada } = data.holdings.accounts;
      const { accessToken, accountId } = await signIn(ada);
      const { json } = await api.call('/api/v1/auth/profile', { token: accessToken });
      const { email, username, displayName } = ada;
      expect(accountId).toBe(ada.accountId);
      expect(json).toMatchObject({ email, username, displayName });
      const missing = { firstName: null, lastName: null, company: null, avatarUrl: null };
      expect(json).toMatchObject(missing);
    });

    it('roles stay as an administrator made them', async () => {
      const { bea } = data.holdings.accounts;
      expect((await signIn(bea)).claims['roles']).toEqual(bea.roles);
      const { json } = await api.refresh(bea.session.refreshToken);
      expect(decodeJwt(json.accessToken)['roles']).toEqual(bea.roles);
    });

    it('the administrator of the first start stays an administrator', async () => {
      expect(decodeJwt(await data.admin())['roles']).toEqual(['admin', 'user']);
    });

    it('a user of another provider signs in to the same account', async () => {
      const { carl } = data.holdings.accounts;
      const { accountId } = await signInByAcme(data.target, data.acme, carl.email);
      expect(accountId).toBe(carl.accountId);
    });

    it('a lock after too many wrong passwords stays', async () => {
      expect((await api.login(data.holdings.accounts.locked)).status).toBe(429);
    });
  });

  describe('sessions', () => {
    it('an earlier access token is accepted', async () => {
      const { bea } = data.holdings.accounts;
      const { accessToken } = bea.session;
      const { json } = await api.call('/api/v1/auth/profile', { token: accessToken });
      expect(json).toMatchObject({ email: bea.email });
      expect((await api.validate(accessToken)).status).toBe(200);
    });

    it('an earlier refresh token works once, and its second use ends the session', async () => {
      const { refreshToken } = data.holdings.accounts.live;
      const first = await api.refresh(refreshToken);
      const second = await api.refresh(first.json.refreshToken);
      expect([first.status, second.status]).toEqual([200, 200]);
      expect((await api.refresh(refreshToken)).status).toBe(401);
      expect((await api.refresh(second.json.refreshToken)).status).toBe(401);
    });

    it('a refresh token that had been used ends the session', async () => {
      const { oldest, refreshToken, accessToken } = data.holdings.accounts.stolen;
      expect((await api.validate(accessToken)).status).toBe(200);
      expect((await api.refresh(oldest)).status).toBe(401);
      expect((await api.refresh(refreshToken)).status).toBe(401);
      await eventually(async () => expect((await api.validate(accessToken)).status).toBe(401));
    });

    it('a session that was ended stays ended', async () => {
      const { refreshToken, accessToken } = data.holdings.accounts.ended;
      expect((await api.refresh(refreshToken)).status).toBe(401);
      expect((await api.validate(accessToken)).status).toBe(401);
      const profile = await api.call('/api/v1/auth/profile', { token: accessToken });
      expect(profile.status).toBe(401);
    });

    it('a browser stays signed in', async () => {
      const page = await (await browser()).open('/account');
      expect([page.title, page.text]).toEqual([
        'Your account',
        expect.stringContaining(data.holdings.accounts.ada.email),
      ]);
    });
  });

  describe('clients', () => {
    const isActive = async (accessToken: string): Promise<unknown> => {
      const { shop } = data.holdings.grants;
      const form = { token: accessToken };
      const { body } = await postForm(`${data.url}/oauth2/introspect`, shop, form);
      return body['active'];
    };

    it('consent is stored, and the user is not asked again', async () => {
      const { shop, app } = data.holdings.grants;
      const agent = await browser();
      for (const client of [shop, app]) {
        expect((await requestCode(agent, client)).sawConsentPage).toBe(false);
      }
    });

    it('an earlier code is redeemed once', async () => {
      const { shop } = data.holdings.grants;
      expect(grantIn(await token(shop, redemption(shop.code))).accessToken).toMatch(/^eyJ/);
      expect((await token(shop, redemption(shop.code))).body['error']).toBe('invalid_grant');
    });

    it('a revoked access token stays revoked, and the others stay valid', async () => {
      const { shop } = data.holdings.grants;
      expect(await isActive(shop.grant.accessToken)).toBe(true);
      expect(await isActive(shop.revokedAccessToken)).toBe(false);
      expect((await api.validate(shop.revokedAccessToken)).status).toBe(401);
    });

    it('a client’s refresh token works, and an old one ends the grant', async () => {
      const { shop } = data.holdings.grants;
      const { refreshToken } = grantIn(await token(shop, renewal(shop.grant.refreshToken)));
      expect((await token(shop, renewal(shop.oldest))).body['error']).toBe('invalid_grant');
      expect((await token(shop, renewal(refreshToken))).body['error']).toBe('invalid_grant');
    });

    it('a wrong secret is refused', async () => {
      const { shop } = data.holdings.grants;
      const wrong = { ...shop, clientSecret: 'another secret' };
      expect((await token(wrong, renewal(shop.grant.refreshToken))).status).toBe(401);
    });

    it('a bound refresh token works only with its key, for the same pairwise subject', async () => {
      const { app } = data.holdings.grants;
      const renew = renewal(app.grant.refreshToken);
      expect((await token(app, renew)).status).toBe(400);
      const renewed = grantIn(await postWithProof(data.target, app, renew, app.dpopKey));
      const claims = decodeJwt(renewed.accessToken);
      expect(claims['cnf']).toEqual(decodeJwt(app.grant.accessToken)['cnf']);
      const code = redemption(await requestCode(await browser(), app));
      const { idToken } = grantIn(await postWithProof(data.target, app, code, app.dpopKey));
      expect(decodeJwt(idToken).sub).toBe(app.subject);
    });

    it('a client that registered itself reads its registration', async () => {
      const { clientId, registrationUri, registrationToken } = data.holdings.grants.app;
      const { pathname } = new URL(registrationUri);
      const { json } = await api.call(pathname, { token: registrationToken });
      expect(json).toMatchObject({ client_id: clientId, subject_type: 'pairwise' });
    });

    it('a client that signs assertions gets a token for the registered resource', async () => {
      const { service, resource } = data.holdings.grants;
      const form = { grant_type: 'client_credentials', resource: resource.resource };
      const { body } = await postWithAssertion(data.target, service, form, service.key);
      const { aud, exp = 0, iat = 0 } = decodeJwt(String(body['access_token']));
      expect([aud, exp - iat]).toEqual([resource.resource, resource.accessTokenSeconds]);
    });

    it('a device gets its tokens once its user has entered the code', async () => {
      const { device } = data.holdings.grants;
      const agent = await browser();
      const enter = await agent.open(`/device?user_code=${device.userCode}`);
      const confirm = await agent.press(enter, 'Continue');
      if (confirm instanceof ExternalRedirect) throw new Error(`Stopped at ${confirm.url}`);
      await agent.press(confirm, 'Allow');
      const answer = await token(device, {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: device.deviceCode,
      });
      expect(decodeJwt(grantIn(answer).idToken).sub).toBe(data.holdings.accounts.ada.accountId);
    });

    it('an administrator’s settings stay', async () => {
      const { resource, assertionIssuer, initialAccessToken } = data.holdings.grants;
      const admin = await data.admin();
      const read = async (path: string) =>
        (await api.call(`/api/v1/oauth/${path}`, { token: admin })).json;
      expect((await read('resources')).resources).toMatchObject([resource]);
      expect((await read('assertion-issuers')).assertionIssuers).toMatchObject([
        { issuer: assertionIssuer },
      ]);
      const body = { redirect_uris: ['https://late.example.test/callback'] };
      const registered = await api.call('/oauth2/register', { token: initialAccessToken, body });
      expect(registered.status).toBe(201);
      const { initialAccessTokens } = await read('initial-access-tokens');
      expect(initialAccessTokens).toMatchObject([{ label: 'build server', usesLeft: 1 }]);
    });
  });

  /** The folder has an object of each of these names. */
  const NAMED_OBJECTS: Readonly<Record<string, readonly string[]>> = {
    'sallyport-keys/sallyport-keys-KeyRingObject': [
      'ring:tokens',
      'ring:tokens:EdDSA',
      'ring:tokens:RS256',
      'ring:tokens:PS256',
    ],
    'sallyport-identity/sallyport-identity-RevocationLogObject': ['log'],
    'sallyport-connect/sallyport-connect-RegistryObject': ['registry'],
    'sallyport-connect/sallyport-connect-QueueObject': ['queue:connect'],
    'sallyport-connect/sallyport-connect-HubObject': ['hub:local:0'],
  };

  describe('objects', () => {
    const fileOf = (folder: string, name: string) =>
      `${folder}/${objectId(folder.split('/')[1] ?? '', name)}.sqlite`;

    it.each(Object.entries(NAMED_OBJECTS))('%s has the same names', (folder, names) => {
      const inFolder = (path: string) =>
        path.startsWith(`${folder}/`) && !path.endsWith('/metadata.sqlite');
      const expected = names.map((name) => fileOf(folder, name)).toSorted();
      expect(data.files.filter(inFolder).toSorted()).toEqual(expected);
      expect(data.filesNow().filter(inFolder).toSorted()).toEqual(expected);
    });

    it('users are found under the same names', () => {
      const { ada, bea, carl } = data.holdings.accounts;
      const users = [ada, bea, carl].map(({ accountId }) =>
        fileOf('sallyport-identity/sallyport-identity-UserObject', `user:${accountId}`),
      );
      expect(data.files).toEqual(expect.arrayContaining(users));
    });

    it('transient records are found under the same names', () => {
      const folder = 'sallyport-identity/sallyport-identity-TransientObject';
      const shards = Array.from({ length: 16 }, (_, n) => fileOf(folder, `ttl:${n}`));
      const now = data.filesNow().filter((path) => path.startsWith(`${folder}/`));
      const unknown = now.filter((path) => !shards.includes(path));
      expect(unknown).toEqual([`${folder}/metadata.sqlite`]);
    });
  });
});
