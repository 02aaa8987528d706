import { describe, it } from 'vitest';

import { EdgeFixture, outcome } from '../../support/edge-fixture.ts';

describe('rate limits', () => {
  const STRICT = { RATE_LIMIT_SCALE: '1' };

  async function statuses(fixture: EdgeFixture, times: number, path: string, headers = {}) {
    const counts: Record<number, number> = {};
    for (let n = 0; n < times; n += 1) {
      const { status } = await fixture.fetch(path, { headers });
      counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  }

  it('admit ten requests a minute to the sign-in paths, both spellings together', async ({
    expect,
  }) => {
    const fixture = await EdgeFixture.start(STRICT);
    expect(await statuses(fixture, 6, '/auth/login')).toEqual({ 200: 6 });
    expect(await statuses(fixture, 6, '/api/v1/auth/register')).toEqual({ 200: 4, 429: 2 });
    expect(await statuses(fixture, 6, '/api/v1/sessions')).toEqual({ 200: 6 });
  });

  it('admit sixty requests from an address, over all paths', async ({ expect }) => {
    const fixture = await EdgeFixture.start(STRICT);
    const from = { 'cf-connecting-ip': '2001:db8::1' };
    expect(await statuses(fixture, 30, '/health', from)).toEqual({ 200: 30 });
    expect(await statuses(fixture, 31, '/nowhere', from)).toEqual({ 404: 30, 429: 1 });
    const neighbour = { 'cf-connecting-ip': '2001:db8::ffff' };
    expect(await statuses(fixture, 1, '/health', neighbour)).toEqual({ 429: 1 });
    const stranger = { 'cf-connecting-ip': '2001:db8:0:1::1' };
    expect(await statuses(fixture, 1, '/health', stranger)).toEqual({ 200: 1 });
  });

  it('admit six hundred to OAuth endpoints and pages, apart from the sixty', async ({ expect }) => {
    const fixture = await EdgeFixture.start(STRICT);
    expect(await statuses(fixture, 300, '/oauth2/token')).toEqual({ 200: 300 });
    expect(await statuses(fixture, 301, '/account')).toEqual({ 200: 300, 429: 1 });
    expect(await statuses(fixture, 1, '/.well-known/jwks.json')).toEqual({ 429: 1 });
    expect(await statuses(fixture, 60, '/health')).toEqual({ 200: 60 });
  });

  it.for(['/sign-in', '/create-account', '/device'])(
    'admit ten forms a minute to %s, and the page itself as often as any',
    async (path, { expect }) => {
      const fixture = await EdgeFixture.start(STRICT);
      const post = () => fixture.fetch(path, { method: 'POST', body: 'a=b' });
      const answers = await Promise.all(Array.from({ length: 11 }, post));
      expect(answers.map(({ status }) => status).filter((status) => status === 429)).toEqual([429]);
      expect(await statuses(fixture, 20, path)).toEqual({ 200: 20 });
      expect(await statuses(fixture, 1, '/auth/login')).toEqual({ 429: 1 });
    },
  );

  it('admit a hundred requests of a user, over all addresses', async ({ expect }) => {
    const fixture = await EdgeFixture.start(STRICT);
    const authorization = `Bearer ${await fixture.token()}`;
    const counts: Record<number, number> = {};
    for (let n = 0; n < 110; n += 1) {
      const headers = { authorization, 'cf-connecting-ip': `192.0.2.${n}` };
      const { status } = await fixture.fetch('/api/v1/sessions', { headers });
      counts[status] = (counts[status] ?? 0) + 1;
    }
    expect(counts).toEqual({ 200: 100, 429: 10 });
  });

  it('count requests to the hub apart, and not in the total', async ({ expect }) => {
    const fixture = await EdgeFixture.start({ ...STRICT, RATE_LIMIT_CONNECT: '1100' });
    expect(await statuses(fixture, 1_000, '/api/v1/connect/events')).toEqual({ 200: 1_000 });
    expect(await statuses(fixture, 101, '/connect')).toEqual({ 426: 100, 429: 1 });
    expect(await statuses(fixture, 60, '/health')).toEqual({ 200: 60 });
  });

  it("count a client's own token for no user", async ({ expect }) => {
    const fixture = await EdgeFixture.start(STRICT);
    const authorization = `Bearer ${await fixture.token({ sid: undefined })}`;
    const headers = { authorization };
    expect(await statuses(fixture, 150, '/api/v1/connect/events', headers)).toEqual({ 200: 150 });
  });

  it('say after how long to try again', async ({ expect }) => {
    const fixture = await EdgeFixture.start(STRICT);
    await statuses(fixture, 10, '/auth/login');
    const response = await fixture.fetch('/auth/login');
    const { headers } = response;
    const wait = Number(headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(headers.get('ratelimit-limit')).toBe('10');
    expect(headers.get('ratelimit-remaining')).toBe('0');
    expect(headers.get('ratelimit-reset')).toBe(String(wait));
    expect(await outcome(response)).toEqual([429, 'RATE_LIMITED']);
    fixture.runtime.now += wait * 1_000;
    expect(await statuses(fixture, 1, '/auth/login')).toEqual({ 200: 1 });
  });
});
