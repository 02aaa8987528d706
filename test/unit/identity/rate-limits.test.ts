import { describe, expect, it } from 'vitest';

import { isCountedForClient } from '../../../shared/contracts/edge/counted-client.ts';
import { CLIENT_IP_HEADER } from '../../../shared/contracts/edge/principal.ts';
import type { RateLimitSettings } from '../../../workers/identity/platform/rate-limits.ts';
import { rateLimits } from '../../../workers/identity/platform/rate-limits.ts';
import { AuthorizationServerFixture } from '../../support/authorization-server-fixture.ts';
import { ADA, IdentityFixture } from '../../support/identity-fixture.ts';
import { BOB, PageFixture } from '../../support/page-fixture.ts';

const MANY: RateLimitSettings = {
  client: 1e6,
  signUp: 1e6,
  signInFailures: 1e6,
  clientFailures: 1e6,
  codeFailures: 1e6,
};
const limitsOf = (few: Partial<RateLimitSettings>) => ({
  rateLimits: rateLimits({ ...MANY, ...few }),
});

const WRONG = { password: 'not it' };
const from = (address: string) => ({ [CLIENT_IP_HEADER]: address });

const times = async <T>(count: number, act: () => Promise<T>): Promise<readonly T[]> => {
  const all: T[] = [];
  for (let n = 0; n < count; n += 1) all.push(await act());
  return all;
};

describe('sign-ins', () => {
  const start = async (few: Partial<RateLimitSettings>) => {
    const identity = new IdentityFixture();
    await identity.register();
    await identity.register(BOB);
    Object.assign(identity.services, limitsOf(few));
    return identity;
  };
  const login = async (identity: IdentityFixture, more: object, headers = {}) => {
    const body = { ...ADA, ...more };
    const { status, json } = await identity.call('/auth/login', { body, headers });
    return [status, json.code];
  };

  it('are not limited where the password is right', async () => {
    const identity = await start({ signInFailures: 2 });
    const statuses = await times(50, async () => (await identity.login()).status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('are refused from an address that guessed too often, whichever account it was', async () => {
    const identity = await start({ signInFailures: 2 });
    expect(await login(identity, WRONG)).toEqual([401, 'AUTH_CREDENTIALS_INVALID']);
    const nobody = { ...WRONG, email: 'nobody@example.test' };
    expect(await login(identity, nobody)).toEqual([401, 'AUTH_CREDENTIALS_INVALID']);
    identity.backend.verified.length = 0;
    expect(await login(identity, {})).toEqual([429, 'RATE_LIMITED']);
    expect(await login(identity, BOB)).toEqual([429, 'RATE_LIMITED']);
    expect(identity.backend.verified).toEqual([]);
    expect(await login(identity, {}, from('198.51.100.1'))).toEqual([200, undefined]);
    identity.backend.now += 120_000;
    expect(await login(identity, {})).toEqual([200, undefined]);
  });

  it('are not counted where the password could not be checked', async () => {
    const identity = await start({ signInFailures: 1 });
    identity.backend.down.add('database');
    const statuses = await times(3, async () => (await login(identity, {}))[0]);
    expect(statuses).toEqual([503, 503, 503]);
    identity.backend.down.clear();
    expect(await login(identity, {})).toEqual([200, undefined]);
  });

  it('are counted while they are judged, so that many at once are no way around', async () => {
    const identity = await start({ signInFailures: 3 });
    const nobodies = Array.from({ length: 10 }, (_, n) => `nobody${n}@example.test`);
    const answers = await Promise.all(
      nobodies.map((email) => login(identity, { ...WRONG, email })),
    );
    expect(answers.filter(([status]) => status === 401)).toHaveLength(3);
    expect(answers.filter(([status]) => status === 429)).toHaveLength(7);
  });

  it('of a page are refused with a page that says when to come back', async () => {
    const test = await PageFixture.start();
    Object.assign(test.identity.services, limitsOf({ signInFailures: 1 }));
    const fields = await test.signInFields();
    expect((await test.postPage('/sign-in', { ...fields, ...WRONG })).status).toBe(401);
    const page = await test.postPage('/sign-in', fields);
    expect([page.status, page.title]).toEqual([429, 'Too many attempts']);
    const wait = page.headers.get('retry-after');
    expect(page.headers.get('ratelimit-policy')).toBe('"sign-in-failures";q=1;w=60');
    expect(page.headers.get('ratelimit')).toBe(`"sign-in-failures";r=0;t=${wait}`);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});

describe('new accounts', () => {
  it('are limited by address, whatever comes of them', async () => {
    const identity = new IdentityFixture();
    Object.assign(identity.services, limitsOf({ signUp: 2 }));
    expect((await identity.register()).status).toBe(201);
    expect((await identity.register()).status).toBe(409);
    const refused = await identity.register(BOB);
    expect([refused.status, refused.json.code]).toEqual([429, 'RATE_LIMITED']);
    const elsewhere = { body: { ...ADA, ...BOB }, headers: from('198.51.100.1') };
    expect((await identity.call('/auth/register', elsewhere)).status).toBe(201);
  });
});

describe('clients', () => {
  const start = async (few: Partial<RateLimitSettings>) => {
    const server = new AuthorizationServerFixture(limitsOf(few));
    for (const id of ['one', 'two']) await server.client(id);
    await server.client('app', { tokenEndpointAuthMethod: 'none', secrets: [] });
    return server;
  };
  const introspect = (server: AuthorizationServerFixture, as: string, headers = {}) =>
    server.post('/oauth2/introspect', { token: 'x' }, { as, ...headers });
  /** Names a client with a secret that is not its own. */
  const guess = (server: AuthorizationServerFixture, id: string) =>
    server.post('/oauth2/introspect', { token: 'x', client_id: id, client_secret: 'no' });

  it('are counted once they have authenticated, and edge learns of it', async () => {
    const server = await start({ client: 3 });
    const answers = await times(4, () => introspect(server, 'one'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    // A refused one is not counted for its address, either.
    expect(answers.map(isCountedForClient)).toEqual([true, true, true, true]);
    const [refused] = answers.slice(-1);
    expect(await refused?.json()).toEqual({
      error: 'temporarily_unavailable',
      error_description: 'This client sent too many requests in a minute',
    });
    expect(refused?.headers.get('ratelimit-policy')).toBe('"client";q=3;w=60');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await introspect(server, 'two')).status).toBe(200);
  });

  it('are told apart from whoever only names them', async () => {
    const server = await start({ client: 3 });
    const guesses = await times(10, () => guess(server, 'one'));
    expect(guesses.map(({ status }) => status)).toEqual(Array(10).fill(401));
    expect(guesses.some(isCountedForClient)).toBe(false);
    expect((await times(3, () => introspect(server, 'one'))).map(({ status }) => status)).toEqual([
      200, 200, 200,
    ]);
  });

  it('are counted whatever the answer to them is', async () => {
    const server = await start({ client: 1 });
    const form = { grant_type: 'refresh_token', refresh_token: 'none of ours' };
    const answers = await times(2, () => server.post('/oauth2/token', form, { as: 'one' }));
    expect(answers.map(({ status }) => status)).toEqual([400, 429]);
    expect(answers.every(isCountedForClient)).toBe(true);
  });

  it('that are public are counted for their address alone: anybody can name them', async () => {
    const server = await start({ client: 1 });
    const form = { grant_type: 'refresh_token', refresh_token: 'x', client_id: 'app' };
    const answers = await times(5, () => server.post('/oauth2/token', form));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(400));
    expect(answers.some(isCountedForClient)).toBe(false);
  });

  it('that fail to authenticate are told to wait, and whoever has the secret is served', async () => {
    const server = await start({ clientFailures: 2 });
    const guesses = await times(3, () => guess(server, 'one'));
    expect(guesses.map(({ status }) => status)).toEqual([401, 401, 429]);
    expect(await guesses[2]?.json()).toMatchObject({ error: 'temporarily_unavailable' });
    expect((await introspect(server, 'one')).status).toBe(200);
    expect((await guess(server, 'two')).status).toBe(401);
    const elsewhere = new Request('http://identity/oauth2/introspect', {
      method: 'POST',
      headers: { ...from('198.51.100.1'), authorization: `Basic ${btoa('one:no')}` },
      body: new URLSearchParams({ token: 'x' }),
    });
    expect((await server.fetch(elsewhere)).status).toBe(401);
  });

  it('that nobody knows are counted together, so that inventing them fills no memory', async () => {
    const server = await start({ clientFailures: 2 });
    let n = 0;
    const invented = await times(3, () => guess(server, `invented-${(n += 1)}`));
    expect(invented.map(({ status }) => status)).toEqual([401, 401, 429]);
    expect((await introspect(server, 'one')).status).toBe(200);
  });

  it('that send wrong codes are refused further ones, and no other grant', async () => {
    const server = await start({ codeFailures: 2 });
    const redeem = (code: string, client: string) =>
      server.post('/oauth2/token', {
        grant_type: 'authorization_code',
        code,
        code_verifier: 'v'.repeat(43),
        redirect_uri: 'https://app.example.test/cb',
        client_id: client,
      });
    const answers = await times(3, () => redeem('none of ours', 'app'));
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 429]);
    expect((await answers[2]?.json())?.error_description).toBe(
      'Too many wrong codes came from this address in a minute',
    );
    const refresh = { grant_type: 'refresh_token', refresh_token: 'x', client_id: 'app' };
    expect((await server.post('/oauth2/token', refresh)).status).toBe(400);
  });
});
