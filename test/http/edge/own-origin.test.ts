import { describe, it } from 'vitest';

import { EdgeFixture } from '../../support/edge-fixture.ts';

const LOCAL = { ISSUER: 'http://127.0.0.1:8787' };
const locationOf = async (fixture: EdgeFixture, url: string, init: RequestInit = {}) => {
  const response = await fixture.fetch(url, { redirect: 'manual', ...init });
  return [response.status, response.headers.get('location')];
};

describe('a page that is asked for by another name of this machine', () => {
  it.for([
    '/',
    '/sign-in',
    '/account?a=b',
    '/device?user_code=ABCD-EFGH',
    '/oauth2/authorize?client_id=a&redirect_uri=http%3A%2F%2Flocalhost%3A1',
    '/connect/inspector',
    '/queue',
  ])('leads to the issuer: %s', async (path, { expect }) => {
    const fixture = await EdgeFixture.start(LOCAL);
    for (const host of ['localhost:8787', '[::1]:8787']) {
      const led = await locationOf(fixture, `http://${host}${path}`);
      expect(led).toEqual([307, `http://127.0.0.1:8787${path}`]);
    }
    expect(fixture.forwarded).toEqual([]);
    expect(await locationOf(fixture, `http://127.0.0.1:8787${path}`)).toEqual([200, null]);
  });

  it('leads to whichever name the issuer has', async ({ expect }) => {
    const fixture = await EdgeFixture.start({ ISSUER: 'http://localhost:8787' });
    const led = await locationOf(fixture, 'http://127.0.0.1:8787/sign-in');
    expect(led).toEqual([307, 'http://localhost:8787/sign-in']);
  });

  it.for([
    ['a program’s request', '/oauth2/token', {}],
    ['the API', '/api/v1/sessions', {}],
    ['what pages load', '/pages/style.css', {}],
    ['documents', '/docs/errors', {}],
    ['a form', '/sign-in', { method: 'POST', body: 'a=b' }],
  ] as const)('does not concern %s', async ([, path, init], { expect }) => {
    const fixture = await EdgeFixture.start(LOCAL);
    expect((await locationOf(fixture, `http://localhost:8787${path}`, init))[0]).toBe(200);
  });
});

describe('a request that is sent nowhere', () => {
  it.for([
    ['https://id.example.test', 'http://localhost:8787/sign-in'],
    ['https://id.example.test', 'https://evil.test/sign-in'],
    ['https://localhost:8787', 'https://127.0.0.1:8787/sign-in'],
    ['http://127.0.0.1:8787', 'http://evil.test:8787/sign-in'],
    ['http://127.0.0.1:8787', 'http://localhost:9999/sign-in'],
  ] as const)('an issuer %s, asked as %s', async ([ISSUER, url], { expect }) => {
    const fixture = await EdgeFixture.start({ ISSUER });
    expect(await locationOf(fixture, url)).toEqual([200, null]);
  });
});
