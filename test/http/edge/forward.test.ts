import { describe, it } from 'vitest';

import { EdgeFixture, outcome } from '../../support/edge-fixture.ts';
import { goodClaims, ISSUER } from '../../support/jws-forge.ts';

/** RFC 9728 §5.1. */
const METADATA = `resource_metadata="${ISSUER}/.well-known/oauth-protected-resource"`;

/** A proxy may ask by the method of the request that it asks about. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];

describe('/auth/forward', () => {
  it.for(METHODS)(
    'judges the token of %s, whatever its length says',
    async (method, { expect }) => {
      const fixture = await EdgeFixture.start({ CORS_ORIGINS: 'https://app.example.test' });
      const ask = (headers: Record<string, string>, query = '') =>
        fixture.fetch(`/auth/forward${query}`, {
          method,
          headers: {
            'content-type': 'application/json',
            'content-length': '1000000',
            origin: 'https://app.example.test',
            'access-control-request-method': 'GET',
            accept: 'text/html',
            ...headers,
          },
        });
      const authorization = `Bearer ${await fixture.token()}`;
      const passed = await ask({ authorization });
      expect([passed.status, passed.headers.get('x-auth-subject')]).toEqual([200, goodClaims.sub]);
      const refused = await ask({});
      expect([refused.status, refused.headers.get('content-type')]).toEqual([
        401,
        'application/problem+json',
      ]);
      expect(refused.headers.get('www-authenticate')).toBe(`Bearer ${METADATA}`);
      expect((await ask({ authorization }, '?scope=admin:all')).status).toBe(403);
      expect((await ask({ authorization }, '?required_scope=x')).status).toBe(400);
    },
  );

  it('takes no query that is also the visitor’s own, who would choose the audience', async ({
    expect,
  }) => {
    const fixture = await EdgeFixture.start();
    const authorization = `Bearer ${await fixture.token({ aud: 'game' })}`;
    const ask = (query: string, headers: Record<string, string>) =>
      outcome(fixture.fetch(`/auth/forward${query}`, { headers: { authorization, ...headers } }));
    const ours = '?audience=game';
    for (const name of ['x-forwarded-uri', 'x-original-url']) {
      expect(await ask(ours, { [name]: `/orders${ours}` })).toEqual([400, 'VALIDATION_ERROR']);
      expect(await ask(ours, { [name]: '/orders?page=2' })).toEqual([200]);
      expect(await ask(ours, { [name]: '/orders' })).toEqual([200]);
      expect(await ask('?', { [name]: `/orders${ours}` })).toEqual([401, 'AUTH_CLAIMS_INVALID']);
    }
    expect(await ask(ours, {})).toEqual([200]);
  });

  it('is one path, without others below it', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const headers = { authorization: `Bearer ${await fixture.token()}` };
    for (const path of ['/auth/forward/', '/auth/forward/orders', '/auth/forwarded']) {
      const response = await fixture.fetch(path, { headers });
      expect(response.headers.get('x-auth-subject')).toBeNull();
    }
  });

  it('describes every request by the same headers, so that copying them replaces a client’s', async ({
    expect,
  }) => {
    const fixture = await EdgeFixture.start();
    const namesOf = async (token: string) =>
      [...(await fixture.forwardAuth(token)).headers.keys()].filter((name) =>
        name.startsWith('x-auth-'),
      );
    const ofUser = await namesOf(await fixture.token());
    const ofClient = await namesOf(await fixture.token({ sid: undefined, roles: undefined }));
    expect(ofClient).toEqual(ofUser);
  });
});
