import { describe, expect, it } from 'vitest';

import { findRoute, ROUTES } from '../../../workers/edge/gateway/routes.ts';

const CLASSES: ReadonlySet<unknown> = new Set(['any', 'configured', 'none']);

/** A path that a row of the table means: one below `/*`, else the path itself. */
const pathOf = (pattern: string): string => pattern.replace(/\/\*$/, '/below');

describe('the route table', () => {
  it('names a CORS class for every route', () => {
    expect(ROUTES.filter(({ cors }) => !CLASSES.has(cors))).toEqual([]);
  });

  it('names no route that an earlier one hides', () => {
    expect(ROUTES.filter((route) => findRoute(pathOf(route.path)) !== route)).toEqual([]);
  });

  it('lets no route with cookies be read by any origin', () => {
    const open = ROUTES.filter(({ cors }) => cors === 'any').map(({ path }) => path);
    expect(open).toEqual([
      '/.well-known/jwks.json',
      '/.well-known/openid-configuration/*',
      '/.well-known/oauth-authorization-server/*',
      '/.well-known/oauth-protected-resource/*',
      '/oauth2/userinfo',
      '/oauth2/token',
      '/oauth2/par',
      '/oauth2/revoke',
      '/oauth2/introspect',
      '/oauth2/device_authorization',
      '/oauth2/bc-authorize',
      '/oauth2/register/*',
      '/queue/request-access',
      '/queue/status',
    ]);
  });
});

describe('findRoute', () => {
  it.each([
    ['/oauth2/token', '/oauth2/token'],
    ['/oauth2/tok%65n', '/oauth2/token'],
    ['/oauth2/tokens', '/oauth2/*'],
    ['/oauth2', '/oauth2/*'],
    ['/oauth2/', '/oauth2/*'],
    ['/oauth2/%ff', '/oauth2/*'],
    ['/%61ccount', '/account/*'],
    ['/%61ccount/%ff', '/account/*'],
    ['/connect/inspector', '/connect/inspector/*'],
    ['/auth/token/validate', '/auth/token/validate'],
    ['/auth/token/validate/', '/auth/*'],
  ])('maps %s to %s', (path, route) => {
    expect(findRoute(path)?.path).toBe(route);
  });

  it.each(['', '/oauth2x', '/OAUTH2/token', '//oauth2/token', '/health/', '/docs%2Ferrors'])(
    'finds nothing at %j',
    (path) => {
      expect(findRoute(path)).toBeUndefined();
    },
  );
});
