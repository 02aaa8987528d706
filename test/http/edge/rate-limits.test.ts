import { describe, it } from 'vitest';

import { EdgeFixture, outcome } from '../../support/edge-fixture.ts';

describe('rate limits', () => {
  const STRICT = { RATE_LIMIT_SCALE: '1' };

  async function statuses(world: EdgeFixture, times: number, path: string, headers = {}) {
    const counts: Record<number, number> = {};
    for (let n = 0; n < times; n += 1) {
      const { status } = await world.fetch(path, { headers });
      counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  }

  it('admit ten requests a minute to the sign-in paths, both spellings together', async ({
    expect,
  }) => {
    const world = await EdgeFixture.start(STRICT);
    expect(await statuses(world, 6, '/auth/login')).toEqual({ 200: 6 });
    expect(await statuses(world, 6, '/api/v1/auth/register')).toEqual({ 200: 4, 429: 2 });
    expect(await statuses(world, 6, '/api/v1/sessions')).toEqual({ 200: 6 });
  });

  it('admit sixty from an address, wherever they go', async ({ expect }) => {
    const world = await EdgeFixture.start(STRICT);
    const from = { 'cf-connecting-ip': '2001:db8::1' };
    expect(await statuses(world, 30, '/health', from)).toEqual({ 200: 30 });
    expect(await statuses(world, 31, '/nowhere', from)).toEqual({ 404: 30, 429: 1 });
    const neighbour = { 'cf-connecting-ip': '2001:db8::ffff' };
    expect(await statuses(world, 1, '/health', neighbour)).toEqual({ 429: 1 });
    const stranger = { 'cf-connecting-ip': '2001:db8:0:1::1' };
    expect(await statuses(world, 1, '/health', stranger)).toEqual({ 200: 1 });
  });

  it('admit six hundred to OAuth endpoints and pages, apart from the sixty', async ({ expect }) => {
    const world = await EdgeFixture.start(STRICT);
    expect(await statuses(world, 300, '/oauth2/token')).toEqual({ 200: 300 });
    expect(await statuses(world, 301, '/account')).toEqual({ 200: 300, 429: 1 });
    expect(await statuses(world, 1, '/.well-known/jwks.json')).toEqual({ 429: 1 });
    expect(await statuses(world, 60, '/health')).toEqual({ 200: 60 });
  });

  it.for(['/sign-in', '/create-account', '/device'])(
    'admit ten forms a minute to %s, and the page itself as often as any',
    async (path, { expect }) => {
      const world = await EdgeFixture.start(STRICT);
      const post = () => world.fetch(path, { method: 'POST', body: 'a=b' });
      const answers = await Promise.all(Array.from({ length: 11 }, post));
      expect(answers.map(({ status }) => status).filter((status) => status === 429)).toEqual([429]);
      expect(await statuses(world, 20, path)).toEqual({ 200: 20 });
      expect(await statuses(world, 1, '/auth/login')).toEqual({ 429: 1 });
    },
  );

  it('admit a hundred of a user, from however many addresses', async ({ expect }) => {
    const world = await EdgeFixture.start(STRICT);
    const authorization = `Bearer ${await world.token()}`;
    const counts: Record<number, number> = {};
    for (let n = 0; n < 110; n += 1) {
      const headers = { authorization, 'cf-connecting-ip': `192.0.2.${n}` };
      const { status } = await world.fetch('/api/v1/sessions', { headers });
      counts[status] = (counts[status] ?? 0) + 1;
    }
    expect(counts).toEqual({ 200: 100, 429: 10 });
  });

  it('count what goes to the hub by itself, and not in the total', async ({ expect }) => {
    const world = await EdgeFixture.start({ ...STRICT, RATE_LIMIT_CONNECT: '1100' });
    expect(await statuses(world, 1_000, '/api/v1/connect/events')).toEqual({ 200: 1_000 });
    expect(await statuses(world, 101, '/connect')).toEqual({ 426: 100, 429: 1 });
    expect(await statuses(world, 60, '/health')).toEqual({ 200: 60 });
  });

  it("count a client's own token as no user's", async ({ expect }) => {
    const world = await EdgeFixture.start(STRICT);
    const authorization = `Bearer ${await world.token({ sid: undefined })}`;
    const headers = { authorization };
    expect(await statuses(world, 150, '/api/v1/connect/events', headers)).toEqual({ 200: 150 });
  });

  it('tell when to come back', async ({ expect }) => {
    const world = await EdgeFixture.start(STRICT);
    await statuses(world, 10, '/auth/login');
    const response = await world.fetch('/auth/login');
    const { headers } = response;
    const wait = Number(headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(headers.get('ratelimit-limit')).toBe('10');
    expect(headers.get('ratelimit-remaining')).toBe('0');
    expect(headers.get('ratelimit-reset')).toBe(String(wait));
    expect(await outcome(response)).toEqual([429, 'RATE_LIMITED']);
    world.runtime.now += wait * 1_000;
    expect(await statuses(world, 1, '/auth/login')).toEqual({ 200: 1 });
  });
});
