import { describe, it } from 'vitest';

import type { Settings } from '../../../workers/edge/config.ts';
import { ROUTES, type Route } from '../../../workers/edge/gateway/routes.ts';
import { EdgeFixture } from '../../support/edge-fixture.ts';

const ORIGIN = 'https://app.example.test';
const CORS = { CORS_ORIGINS: `${ORIGIN} http://localhost:3000` };
const OTHERS = [
  'null',
  'http://app.example.test',
  'https://app.example.test.evil.test',
  'https://evil.test',
  'https://APP.example.test',
  'https://app.example.test:8443',
];

const preflight = (fixture: EdgeFixture, origin: string, path = '/api/v1/auth/login') =>
  fixture.fetch(path, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' },
  });

const corsHeaders = ({ headers }: Response) =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-'));

describe('a preflight', () => {
  it('is answered for a configured origin, at any path, without asking anybody', async ({
    expect,
  }) => {
    const fixture = await EdgeFixture.start(CORS);
    for (const path of ['/api/v1/auth/login', '/auth/token/validate', '/health']) {
      const response = await preflight(fixture, ORIGIN, path);
      expect(response.status).toBe(204);
      expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(response.headers.get('access-control-allow-methods')).toContain('DELETE');
      expect(response.headers.get('access-control-allow-headers')).toContain('authorization');
      expect(response.headers.get('vary')).toBe('Origin');
    }
    expect(fixture.forwarded).toEqual([]);
  });

  /** @demands Fetch §3.3: An opaque origin belongs to nobody… */
  it.for(OTHERS)('a preflight from the origin %s is not admitted', async (origin, { expect }) => {
    const fixture = await EdgeFixture.start(CORS);
    const response = await preflight(fixture, origin);
    expect(corsHeaders(response)).toEqual([]);
    expect(response.headers.get('vary')).toBe('Origin');
  });

  it('admits nobody where no origin is configured', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    expect(corsHeaders(await preflight(fixture, ORIGIN))).toEqual([]);
  });
});

const CLIENTS_PATHS = [
  '/.well-known/jwks.json',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server/tenant',
  '/.well-known/oauth-protected-resource',
  '/oauth2/token',
  '/oauth2/par',
  '/oauth2/userinfo',
  '/oauth2/revoke',
  '/oauth2/introspect',
  '/oauth2/register',
  '/oauth2/register/client-1',
  '/oauth2/device_authorization',
  '/oauth2/bc-authorize',
  '/queue/request-access',
  '/queue/status',
];
const PAGES = [
  '/',
  '/oauth2/authorize',
  '/oauth2/authorize/resume',
  '/oauth2/logout',
  '/oauth2/tokens',
  '/sign-in',
  '/create-account',
  '/consent',
  '/device',
  '/account',
  '/account/sessions',
  '/signed-out',
  '/pages/style.css',
  '/queue',
  '/connect/inspector',
  '/connect/inspector/token',
];

/** The path with its first letter percent-encoded, in either case of the digits. */
const spellings = (path: string): readonly string[] => {
  const encoded = `%${path.charCodeAt(1).toString(16)}${path.slice(2)}`;
  return [`/${encoded}`, `/${encoded.toUpperCase().slice(0, 3)}${path.slice(2)}`];
};

describe('an endpoint that takes no cookies', () => {
  it.for(CLIENTS_PATHS)(
    'answers any origin at %s, without credentials',
    async (path, { expect }) => {
      for (const [settings, vary] of [[{}, null] as const, [CORS, 'Origin'] as const]) {
        const fixture = await EdgeFixture.start(settings);
        for (const origin of vary === null ? [ORIGIN, ...OTHERS] : OTHERS) {
          const answer = await preflight(fixture, origin, path);
          expect(answer.status).toBe(204);
          expect(answer.headers.get('access-control-allow-origin')).toBe('*');
          expect(answer.headers.get('access-control-allow-headers')).toMatch(
            /authorization, content-type, dpop/,
          );
          fixture.answer = () => Response.json({}, { headers: { 'dpop-nonce': 'n' } });
          const { headers } = await fixture.fetch(path, { headers: { origin } });
          expect(headers.get('access-control-allow-origin')).toBe('*');
          expect(headers.get('access-control-allow-credentials')).toBeNull();
          expect(headers.get('access-control-expose-headers')).toMatch(
            /dpop-nonce, www-authenticate/,
          );
          expect(headers.get('vary')).toBe(vary);
        }
      }
    },
  );

  it.for(CLIENTS_PATHS)(
    'names a configured origin at %s, whose pages may send credentials along',
    async (path, { expect }) => {
      const fixture = await EdgeFixture.start(CORS);
      const answers = [
        await preflight(fixture, ORIGIN, path),
        await fixture.fetch(path, { headers: { origin: ORIGIN } }),
      ];
      for (const { headers } of answers) {
        expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
        expect(headers.get('access-control-allow-credentials')).toBe('true');
        expect(headers.get('vary')).toBe('Origin');
      }
    },
  );

  it('takes the headers that tracing and HTTP libraries add, and any other', async ({ expect }) => {
    const fixture = await EdgeFixture.start(CORS);
    const named = async (origin: string) => {
      const { headers } = await preflight(fixture, origin, '/oauth2/token');
      return headers.get('access-control-allow-headers')?.split(', ');
    };
    const added = [
      'baggage',
      'sentry-trace',
      'traceparent',
      'x-requested-with',
      'cache-control',
      'pragma',
    ];
    const all = expect.arrayContaining(['authorization', 'dpop', ...added]);
    expect(await named(ORIGIN)).toEqual(all);
    expect(await named('https://evil.test')).toEqual(all);
    expect(await named('https://evil.test')).toContain('*');
    // With credentials `*` would be a header of that name.
    expect(await named(ORIGIN)).not.toContain('*');
  });
});

describe('a page', () => {
  it.for([
    ...PAGES,
    ...PAGES.filter((path) => path !== '/').flatMap(spellings),
    '/%61ccount/%ff',
    '/%2561ccount',
    '/account%00',
  ])('answers no origin at %s, not even a configured one', async (path, { expect }) => {
    const fixture = await EdgeFixture.start(CORS);
    for (const origin of [ORIGIN, ...OTHERS]) {
      expect(corsHeaders(await preflight(fixture, origin, path))).toEqual([]);
      expect(corsHeaders(await fixture.fetch(path, { headers: { origin } }))).toEqual([]);
    }
  });
});

describe('an answer', () => {
  it.for(['/auth/login', '/auth/token/validate', '/auth/nowhere', '/health'])(
    'from %s may be read by a configured origin, errors included',
    async (path, { expect }) => {
      const fixture = await EdgeFixture.start(CORS);
      const { headers } = await fixture.fetch(path, { headers: { origin: ORIGIN } });
      expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(headers.get('access-control-expose-headers')).toContain('x-correlation-id');
      expect(headers.get('access-control-expose-headers')).toContain('retry-after');
      expect(headers.get('vary')).toBe('Origin');
    },
  );

  it.for(OTHERS)('may not be read by %s', async (origin, { expect }) => {
    const fixture = await EdgeFixture.start(CORS);
    for (const path of ['/auth/login', '/auth/token/validate']) {
      const response = await fixture.fetch(path, { headers: { origin } });
      expect(corsHeaders(response)).toEqual([]);
    }
  });

  it('is the same for a token’s validation, with an origin or without', async ({ expect }) => {
    const fixture = await EdgeFixture.start(CORS);
    const token = await fixture.token();
    const body = JSON.stringify({ token });
    const ask = (headers: Record<string, string>) =>
      fixture.fetch('/auth/token/validate', { method: 'POST', body, headers });
    const [within, across] = [await ask({}), await ask({ origin: ORIGIN })];
    expect(await within.json()).toEqual(await across.json());
    expect(corsHeaders(within)).toEqual([]);
    expect(across.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  });
});

describe('a path that nobody answers', () => {
  it.for(['/nowhere', '//account', '/account;a=b', '/docs%2Ferrors'])(
    'is read by no origin: %s',
    async (path, { expect }) => {
      const fixture = await EdgeFixture.start(CORS);
      expect(corsHeaders(await preflight(fixture, ORIGIN, path))).toEqual([]);
      const response = await fixture.fetch(path, { headers: { origin: ORIGIN } });
      expect([response.status, corsHeaders(response)]).toEqual([404, []]);
      expect(fixture.forwarded).toEqual([]);
    },
  );
});

describe('the CORS class of a route', () => {
  const ask = async (route: Route, settings: Partial<Settings>) => {
    const fixture = await EdgeFixture.start(settings);
    const path = route.path.replace(/\*$/, 'below');
    const { headers } = await fixture.fetch(path, { headers: { origin: ORIGIN } });
    const allowed = await preflight(fixture, ORIGIN, path);
    return {
      origin: headers.get('access-control-allow-origin'),
      credentials: headers.get('access-control-allow-credentials'),
      methods: allowed.headers.has('access-control-allow-methods'),
    };
  };
  const ofClass = (cors: Route['cors']) => ROUTES.filter((route) => route.cors === cors);
  const NOTHING = { origin: null, credentials: null, methods: false };

  it.for(ofClass('any'))(
    '$path: any origin may read it, and a configured one with credentials',
    async (route, { expect }) => {
      const anybody = { origin: '*', credentials: null, methods: true };
      expect(await ask(route, {})).toEqual(anybody);
      expect(await ask(route, { CORS_ORIGINS: 'https://other.example.test' })).toEqual(anybody);
      const own = { origin: ORIGIN, credentials: 'true', methods: true };
      expect(await ask(route, CORS)).toEqual(own);
    },
  );

  it.for(ofClass('configured'))(
    '$path: configured origins may read it',
    async (route, { expect }) => {
      const own = { origin: ORIGIN, credentials: 'true', methods: true };
      expect(await ask(route, CORS)).toEqual(own);
      expect(await ask(route, { CORS_ORIGINS: 'https://other.example.test' })).toEqual(NOTHING);
    },
  );

  it.for(ofClass('none'))('$path: no origin may read it', async (route, { expect }) => {
    for (const settings of [{}, CORS]) expect(await ask(route, settings)).toEqual(NOTHING);
  });
});
