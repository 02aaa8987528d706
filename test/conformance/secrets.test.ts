/**
 * What a running deployment stores, logs and answers, searched for every secret and token that was given
 * out or sent to it: S6 and S9 of SECURITY.md.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { beforeAll, describe, expect, inject, it } from 'vitest';

import {
  type Administered,
  CONFIDENTIAL,
  changeClient,
  createClient,
} from '../support/node/administered.ts';
import { eventually } from '../support/node/eventually.ts';
import { type Answer, post, postPar, send } from '../support/node/oauth-requests.ts';
import { issuer, registerClient } from '../support/node/provider.ts';
import { authorizationRequest, redeem, SignedIn, tokensOf } from '../support/node/signed-in.ts';
import { connectOverWs } from '../support/node/ws-hub.ts';

const DATA = dirname(dirname(inject('logFile')));

/** The paths of all files below a folder of the running deployment. */
const filesOf = (folder: string): readonly string[] =>
  globSync(`${folder}/**/*`, { cwd: DATA, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** The content of a file; nothing of one that was removed meanwhile, as journals of SQLite are. */
function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.of();
    throw error;
  }
}

/** The names of those secrets that stand in one of the files, each with its file. */
function found(secrets: ReadonlyMap<string, string>, files: readonly string[]): readonly string[] {
  return files.flatMap((path) => {
    const bytes = contentOf(path);
    return [...secrets].flatMap(([name, secret]) => {
      const spellings = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
      return spellings.some((one) => bytes.includes(one)) ? [`${name} in ${path}`] : [];
    });
  });
}

const given = new Map<string, string>();
/** What is no secret and is stored: it shows that the search finds what there is. */
const stored = new Map<string, string>();

/** Notes a secret, which must be one, and returns it. */
function give(name: string, value: unknown): string {
  const text = String(value);
  if (text.length < 8 || text === 'undefined') throw new Error(`There is no ${name}: ${text}`);
  given.set(name, text);
  return text;
}

const inBody = (answer: Answer, name: string): string => give(name, answer.body[name]);

beforeAll(async () => {
  const user = await SignedIn.create();
  give('password', user.person.password);
  stored.set('e-mail', user.person.email);
  const bearer = await firstPartyTokens(user);
  const web = await createClient(CONFIDENTIAL);
  give('client_secret', web.clientSecret);
  await codeFlow(user, web);
  await otherGrants(user);
  await hub(bearer);
  const registered = await registerClient({ redirect_uris: ['https://client.example.test/cb'] });
  give('registration_access_token', registered.registration_access_token);
  for (const { key, value } of await user.agent.jar.getCookies(issuer())) {
    give(`cookie ${key}`, value);
  }
});

async function firstPartyTokens({ person: { email, password } }: SignedIn): Promise<string> {
  const json = { 'content-type': 'application/json' };
  const login = await send('/api/v1/auth/login', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ email, password }),
  });
  stored.set('session', String(login.body['sessionId']));
  const first = inBody(login, 'refreshToken');
  const refreshed = await send('/api/v1/auth/token/refresh', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ refreshToken: first }),
  });
  give('refresh token after a rotation', refreshed.body['refreshToken']);
  return inBody(login, 'accessToken');
}

async function codeFlow(user: SignedIn, web: Administered): Promise<void> {
  const { client_id, ...request } = authorizationRequest(web.clientId);
  const pushed = await postPar({ ...request, client_id, client_secret: web.clientSecret });
  inBody(pushed, 'request_uri');
  give('an unused code', (await user.code(web.clientId)).code);
  const attempt = await user.code(web.clientId, { scope: 'openid offline_access' });
  give('code', attempt.code);
  give('code_verifier', attempt.verifier);
  for (const [name, token] of Object.entries(tokensOf(await redeem(web, attempt)))) {
    give(name, token);
  }
}

async function otherGrants({ person }: SignedIn): Promise<void> {
  const grants = ['device_code', 'ciba'].map((name) =>
    name === 'ciba'
      ? 'urn:openid:params:grant-type:ciba'
      : `urn:ietf:params:oauth:grant-type:${name}`,
  );
  const client = await createClient({
    ...CONFIDENTIAL,
    redirect_uris: [],
    response_types: [],
    grant_types: [...grants, 'client_credentials'],
    scope: 'openid game:play',
    backchannel_token_delivery_mode: 'ping',
    backchannel_client_notification_endpoint: 'http://127.0.0.1:9/ping',
  });
  await changeClient(client, { cibaAllowed: true });
  const as = { client_id: client.clientId, client_secret: client.clientSecret };
  const device = await post('/oauth2/device_authorization', { ...as, scope: 'openid' });
  inBody(device, 'device_code');
  inBody(device, 'user_code');
  const token = give('client_notification_token', crypto.randomUUID());
  const request = { ...as, scope: 'openid', login_hint: person.email };
  const ciba = await post('/oauth2/bc-authorize', { ...request, client_notification_token: token });
  inBody(ciba, 'auth_req_id');
  const own = await post('/oauth2/token', { ...as, grant_type: 'client_credentials' });
  give('a client’s token', own.body['access_token']);
}

async function hub(bearer: string): Promise<void> {
  const headers = { authorization: `Bearer ${bearer}` };
  const issued = await send('/api/v1/connect/tickets', { method: 'POST', headers });
  const ticket = inBody(issued, 'ticket');
  const client = await connectOverWs(`${issuer()}/connect?ticket=${ticket}`, undefined);
  client.close();
}

describe('the databases and the log of a deployment', () => {
  it('hold no secret and no token that was given out', async () => {
    await eventually(() => {
      expect(found(stored, filesOf('postgres')).join()).toContain('e-mail in');
      expect(found(stored, filesOf('objects')).join()).toContain('session in');
    });
    expect(given.size).toBeGreaterThan(18);
    const files = ['postgres', 'objects', 'logs'].flatMap(filesOf);
    expect(found(given, files)).toEqual([]);
  });
});

/** The members and parameters in which secrets and tokens come to us. */
const SECRET_NAMES = [
  'password',
  'currentPassword',
  'newPassword',
  'token',
  'accessToken',
  'refreshToken',
  'refresh_token',
  'access_token',
  'code',
  'code_verifier',
  'client_secret',
  'client_assertion',
  'assertion',
  'subject_token',
  'actor_token',
  'id_token_hint',
  'login_hint_token',
  'request',
  'request_uri',
  'device_code',
  'user_code',
  'auth_req_id',
  'client_notification_token',
  'ticket',
  'csrf_token',
  'continuation',
] as const;

type Sending = (secret: string) => RequestInit;

const fields = (secret: string) => Object.fromEntries(SECRET_NAMES.map((name) => [name, secret]));

const withType = (type: string, body: BodyInit): RequestInit => ({
  headers: { 'content-type': type },
  body,
});

const SENDINGS: readonly (readonly [how: string, sending: Sending])[] = [
  ['a form', (secret) => ({ body: new URLSearchParams(fields(secret)) })],
  [
    'the form of a grant',
    (secret) => ({
      body: new URLSearchParams({
        ...fields(secret),
        grant_type: 'authorization_code',
        client_id: secret,
        client_assertion: '',
      }),
    }),
  ],
  ['JSON', (secret) => withType('application/json', JSON.stringify(fields(secret)))],
  ['broken JSON', (secret) => withType('application/json', `{"password":"${secret}`)],
  ['a bearer token', (secret) => ({ headers: { authorization: `Bearer ${secret}` } })],
  [
    'a DPoP token',
    (secret) => ({ headers: { authorization: `DPoP ${secret}`, dpop: `${secret}.${secret}.x` } }),
  ],
  [
    'Basic credentials',
    (secret) => ({ headers: { authorization: `Basic ${btoa(`a:${secret}`)}` } }),
  ],
  ['cookies', (secret) => ({ headers: { cookie: `sallyport_session=${secret}` } })],
];

const METHODS = ['post', 'put', 'patch', 'delete'];

/** Every operation of the API with a body, and every form. */
async function operations(): Promise<readonly (readonly [method: string, path: string])[]> {
  const { body } = await send('/openapi.json');
  const documented = Object.entries(body['paths'] as Record<string, object>).flatMap(
    ([path, item]) =>
      Object.keys(item)
        .filter((method) => METHODS.includes(method))
        .map((method) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x')] as const),
  );
  const pages = [
    '/oauth2/authorize',
    '/oauth2/logout',
    '/oauth2/logout/confirm',
    '/sign-in',
    '/create-account',
    '/consent',
    '/device',
    '/account/password',
    '/api/v1/auth/oauth/x/callback',
  ];
  return [...documented, ...pages.map((path) => ['POST', path] as const)];
}

describe('what is sent to us as a secret', () => {
  it.each(SENDINGS)(
    'comes back in no answer, and stands in no log line: %s',
    async (_, sending) => {
      const all = await operations();
      expect(all.length).toBeGreaterThan(60);
      const secrets = new Map<string, string>();
      const answered: string[] = [];
      for (const [method, path] of all) {
        const name = `${method} ${path}`;
        const secret = `s3cr3t.${crypto.randomUUID()}`;
        secrets.set(name, secret);
        const { status, headers, text } = await send(path, {
          method,
          signal: AbortSignal.timeout(20_000),
          ...sending(secret),
        });
        if (`${JSON.stringify([...headers])} ${text}`.includes(secret))
          answered.push(`${name}: ${status}`);
      }
      expect(answered).toEqual([]);
      expect(found(secrets, filesOf('logs'))).toEqual([]);
    },
  );
});
