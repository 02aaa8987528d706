import { describe, it } from 'vitest';

import { type ForwardRoute, ROUTES } from '../../../workers/edge/gateway/routes.ts';
import { EdgeFixture, outcome } from '../../support/edge-fixture.ts';

const STRICT = { RATE_LIMIT_SCALE: '1' };
/** What `identity` says of an answer to a client that authenticated. */
const COUNTED = { 'x-sallyport-counted-client': '1' };

async function statuses(fixture: EdgeFixture, times: number, path: string, init: RequestInit = {}) {
  const counts: Record<number, number> = {};
  for (let n = 0; n < times; n += 1) {
    const { status } = await fixture.fetch(path, init);
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

const POST = { method: 'POST', body: 'a=b' };

describe('the limit of an address', () => {
  it('admits an office that signs in: ten times a minute and more', async ({ expect }) => {
    const fixture = await EdgeFixture.start(STRICT);
    for (const path of ['/sign-in', '/create-account', '/device', '/auth/login']) {
      expect(await statuses(fixture, 100, path, POST)).toEqual({ 200: 100 });
    }
  });

  it('counts the whole /64 of an IPv6 address as one', async ({ expect }) => {
    const fixture = await EdgeFixture.start(STRICT);
    const from = (address: string) => ({ headers: { 'cf-connecting-ip': address } });
    expect(await statuses(fixture, 61, '/nowhere', from('2001:db8::1'))).toEqual({
      404: 60,
      429: 1,
    });
    expect(await statuses(fixture, 1, '/nowhere', from('2001:db8::ffff'))).toEqual({ 429: 1 });
    expect(await statuses(fixture, 1, '/nowhere', from('2001:db8:0:1::1'))).toEqual({ 404: 1 });
  });

  it.for([
    ['ip', 60, '/api/v1/sessions'],
    ['oauth', 600, '/oauth2/token'],
    ['oauth', 600, '/auth/login'],
    ['pages', 1_200, '/account'],
    ['documents', 6_000, '/.well-known/jwks.json'],
    ['documents', 6_000, '/pages/style.css'],
    ['connect', 6_000, '/api/v1/connect/events'],
  ] as const)(
    '%s: admits %i requests to %s, and leaves the other limits alone',
    async ([name, limit, path], { expect }) => {
      const fixture = await EdgeFixture.start(STRICT);
      expect(await statuses(fixture, limit + 1, path)).toEqual({ 200: limit, 429: 1 });
      const refused = await fixture.fetch(path);
      const wait = Number(refused.headers.get('retry-after'));
      expect(wait).toBeGreaterThan(0);
      expect(refused.headers.get('ratelimit-policy')).toBe(`"${name}";q=${limit};w=60`);
      expect(refused.headers.get('ratelimit')).toBe(`"${name}";r=0;t=${wait}`);
      const others = { ip: '/api/v1/sessions', oauth: '/oauth2/revoke', pages: '/consent' };
      for (const [other, address] of Object.entries(others)) {
        if (other !== name) expect((await fixture.fetch(address)).status).toBe(200);
      }
      fixture.runtime.now += wait * 1_000;
      expect((await fixture.fetch(path)).status).toBe(200);
    },
  );

  it('says in words what was too much', async ({ expect }) => {
    const fixture = await EdgeFixture.start({
      ...STRICT,
      RATE_LIMIT_IP: '1',
      RATE_LIMIT_PAGES: '1',
    });
    const details = new Set<unknown>();
    for (const path of ['/nowhere', '/account']) {
      await fixture.fetch(path);
      const { detail } = await (await fixture.fetch(path)).json<{ detail: string }>();
      details.add(detail);
    }
    expect(details.size).toBe(2);
    for (const detail of details) expect(detail).toMatch(/^Too many .+ from this address/);
  });
});

describe('the total', () => {
  it('is not limited unless that is set', async ({ expect }) => {
    const fixture = await EdgeFixture.start(STRICT);
    const counts: Record<number, number> = {};
    for (let n = 0; n < 5_000; n += 1) {
      const headers = { 'cf-connecting-ip': `192.0.${n >> 8}.${n % 256}` };
      const { status } = await fixture.fetch('/oauth2/token', { headers });
      counts[status] = (counts[status] ?? 0) + 1;
    }
    expect(counts).toEqual({ 200: 5_000 });
  });

  const isCounted = ({ limit }: { readonly limit: string }) =>
    limit !== 'documents' && limit !== 'connect';
  const pathOf = ({ path }: { readonly path: string }) => path.replace(/\*$/, 'below');
  const forwarded = ROUTES.filter((route): route is ForwardRoute => 'to' in route);

  it.for(forwarded.filter(isCounted))('counts $path, if it is set', async (route, { expect }) => {
    const fixture = await EdgeFixture.start({ ...STRICT, RATE_LIMIT_GLOBAL: '2' });
    expect(await statuses(fixture, 3, pathOf(route))).toEqual({ 200: 2, 429: 1 });
    const refused = await fixture.fetch(pathOf(route));
    expect(refused.headers.get('ratelimit-policy')).toBe('"global";q=2;w=60');
  });

  it.for(ROUTES.filter((route) => !isCounted(route) && route.path !== '/connect'))(
    'does not count $path, and does not refuse it',
    async (route, { expect }) => {
      const fixture = await EdgeFixture.start({ ...STRICT, RATE_LIMIT_GLOBAL: '1' });
      expect(await statuses(fixture, 3, '/account')).toEqual({ 200: 1, 429: 2 });
      expect(await statuses(fixture, 3, pathOf(route))).toEqual({ 200: 3 });
    },
  );
});

describe('who is known', () => {
  it('a user is counted over all addresses, and not for the address', async ({ expect }) => {
    const fixture = await EdgeFixture.start({ ...STRICT, RATE_LIMIT_IP: '2' });
    const authorization = `Bearer ${await fixture.token()}`;
    const counts: Record<number, number> = {};
    for (let n = 0; n < 110; n += 1) {
      const headers = { authorization, 'cf-connecting-ip': `192.0.2.${n % 2}` };
      const { status } = await fixture.fetch('/api/v1/sessions', { headers });
      counts[status] = (counts[status] ?? 0) + 1;
    }
    expect(counts).toEqual({ 200: 100, 429: 10 });
  });

  it('a client with a token of its own is counted as that client', async ({ expect }) => {
    const settings = { ...STRICT, RATE_LIMIT_IP: '2', RATE_LIMIT_CLIENT: '150' };
    const fixture = await EdgeFixture.start(settings);
    const token = await fixture.token({ sid: undefined, sub: 'client-1', client_id: 'client-1' });
    const headers = { authorization: `Bearer ${token}` };
    const all = await statuses(fixture, 160, '/api/v1/accounts', { headers });
    expect(all).toEqual({ 200: 150, 429: 10 });
    const another = await fixture.token({ sid: undefined, sub: 'client-2', client_id: 'client-2' });
    const more = { headers: { authorization: `Bearer ${another}` } };
    expect(await statuses(fixture, 1, '/api/v1/accounts', more)).toEqual({ 200: 1 });
  });

  it('a client that identity has authenticated is not counted for its address', async ({
    expect,
  }) => {
    const fixture = await EdgeFixture.start({ ...STRICT, RATE_LIMIT_OAUTH: '10' });
    fixture.answer = () => Response.json({ active: true }, { headers: COUNTED });
    expect(await statuses(fixture, 1_000, '/oauth2/introspect', POST)).toEqual({ 200: 1_000 });
    fixture.answer = () => Response.json({ error: 'invalid_client' }, { status: 401 });
    expect(await statuses(fixture, 11, '/oauth2/introspect', POST)).toEqual({ 401: 10, 429: 1 });
    fixture.answer = () => Response.json({ keys: [] });
    expect(await statuses(fixture, 10, '/.well-known/jwks.json')).toEqual({ 200: 10 });
    expect(await statuses(fixture, 10, '/account')).toEqual({ 200: 10 });
  });

  it('is told to nobody outside', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    fixture.answer = () => Response.json({}, { headers: COUNTED });
    for (const path of ['/oauth2/token', '/api/v1/connect/events', '/account']) {
      const { headers } = await fixture.fetch(path);
      expect([...headers.keys()].filter((name) => name.startsWith('x-sallyport'))).toEqual([]);
    }
  });

  it('is not said by a service behind the hub', async ({ expect }) => {
    const fixture = await EdgeFixture.start({ ...STRICT, RATE_LIMIT_CONNECT: '10' });
    fixture.answer = () => Response.json({}, { headers: COUNTED });
    expect(await statuses(fixture, 11, '/api/v1/connect/events')).toEqual({ 200: 10, 429: 1 });
  });
});

describe('a request that is refused', () => {
  it('reaches no Worker behind', async ({ expect }) => {
    const fixture = await EdgeFixture.start({ ...STRICT, RATE_LIMIT_OAUTH: '1' });
    await fixture.fetch('/oauth2/token');
    expect(await outcome(fixture.fetch('/auth/login'))).toEqual([429, 'RATE_LIMITED']);
    expect(fixture.forwarded).toHaveLength(1);
  });
});
