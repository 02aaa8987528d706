import { beforeEach, describe, expect, it } from 'vitest';

import { encodePrincipal, PRINCIPAL_HEADER } from '../../../../shared/contracts/edge/principal.ts';
import { AdministratorFixture } from '../../../support/administrator-fixture.ts';
import { IdentityFixture, SESSION } from '../../../support/identity-fixture.ts';

const CLIENTS = '/api/v1/oauth/clients';
const RESOURCES = '/api/v1/oauth/resources';
const ISSUERS = '/api/v1/oauth/assertion-issuers';
const TOKENS = '/api/v1/oauth/initial-access-tokens';

let identity: IdentityFixture;
beforeEach(() => {
  identity = new IdentityFixture();
});

const tokenOf = (clientId: string, scopes: readonly string[]) => ({
  [PRINCIPAL_HEADER]: encodePrincipal({
    subject: crypto.randomUUID(),
    sessionId: SESSION,
    clientId,
    scopes,
    roles: [],
    tokenId: 'a-token-id',
    expiresAt: identity.backend.now / 1_000 + 100,
  }),
});

describe('a route for users', () => {
  it('refuses the token of another client without the scope account', async () => {
    const headers = tokenOf('somebody-else', ['openid', 'profile', 'email']);
    for (const path of ['/api/v1/sessions', '/auth/profile']) {
      const answer = await identity.call(path, { headers });
      expect(answer.json.code).toBe('AUTH_SCOPE_INSUFFICIENT');
      expect(answer.headers.get('www-authenticate')).toContain('scope="account"');
    }
    expect(identity.backend.user.ended).toEqual([]);
  });

  it('takes the token of another client with the scope account', async () => {
    const headers = tokenOf('somebody-else', ['account']);
    expect((await identity.call('/api/v1/sessions', { headers })).status).toBe(200);
  });
});

describe('a route for administrators', () => {
  let fixture: AdministratorFixture;
  beforeEach(async () => {
    fixture = await AdministratorFixture.create();
  });

  it.each([
    ['GET', CLIENTS],
    ['POST', CLIENTS],
    ['GET', `${CLIENTS}/x`],
    ['PATCH', `${CLIENTS}/x`],
    ['DELETE', `${CLIENTS}/x`],
    ['POST', `${CLIENTS}/x/secret`],
    ['GET', RESOURCES],
    ['POST', RESOURCES],
    ['PUT', RESOURCES],
    ['DELETE', `${RESOURCES}?resource=x`],
    ['GET', ISSUERS],
    ['POST', ISSUERS],
    ['PUT', ISSUERS],
    ['DELETE', `${ISSUERS}?issuer=x`],
    ['GET', TOKENS],
    ['POST', TOKENS],
    ['DELETE', `${TOKENS}/${crypto.randomUUID()}`],
  ])('%s %s takes only an administrator’s own session', async (method, path) => {
    const answer = async (headers: Record<string, string>) => {
      const body = ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined;
      const { status, json } = await fixture.identity.call(path, { method, body, headers });
      return [status, json?.code];
    };
    expect(await answer({})).toEqual([401, 'AUTH_TOKEN_MISSING']);
    expect(await answer(fixture.as({ roles: ['user'] }))).toEqual([403, 'AUTHZ_DENIED']);
    const agreed = fixture.as({ clientId: 'an-app', scopes: ['account', 'roles'] });
    expect(await answer(agreed)).toEqual([403, 'AUTHZ_DENIED']);
    fixture.identity.backend.user.status = 'ended';
    expect(await answer(fixture.as())).toEqual([401, 'SESSION_TERMINATED']);
    fixture.identity.backend.user.status = 'live';
    fixture.give(['user']);
    expect(await answer(fixture.as())).toEqual([403, 'AUTHZ_DENIED']);
    fixture.give(['admin'], 'disabled');
    expect(await answer(fixture.as())).toEqual([403, 'AUTHZ_DENIED']);
  });
});
