import type { MiddlewareHandler } from 'hono';
import { beforeEach, describe, expect, it } from 'vitest';

import {
  encodePrincipal,
  PRINCIPAL_HEADER,
  type Principal,
} from '../../../shared/contracts/edge/principal.ts';
import { newAccountId, newSessionId, newTokenId } from '../../../shared/ids.ts';
import type { RequestEnv } from '../../../workers/kit/request.ts';
import {
  type AdministratorNeeds,
  requireAdministrator,
  requireScope,
  requireSession,
  requireSessionOrScope,
  requireUser,
} from '../../../workers/kit/require.ts';
import { createWorkerApp } from '../../../workers/kit/worker-app.ts';

const ANN: Principal = {
  subject: newAccountId(),
  sessionId: newSessionId(),
  clientId: 'sallyport',
  scopes: ['openid'],
  roles: ['user'],
  tokenId: newTokenId(),
  expiresAt: 1_900_000_000,
};
const ADMINISTRATOR = { ...ANN, roles: ['user', 'admin'] };
/** A service with a token of its own. */
const SERVICE: Principal = {
  ...ANN,
  subject: 'chess',
  sessionId: null,
  clientId: 'chess',
  scopes: ['notes:write'],
  roles: [],
};

const EXPIRED = { 'x-sallyport-auth-failure': 'AUTH_TOKEN_EXPIRED' };

/** What the accounts say. */
let answer: () => Promise<boolean>;
let asked: string[];
beforeEach(() => {
  answer = () => Promise.resolve(true);
  asked = [];
});

const needs: AdministratorNeeds = {
  config: { clientId: 'sallyport' },
  administrators: {
    isAdministrator: (accountId) => {
      asked.push(accountId);
      return answer();
    },
  },
};

async function ask<Needs>(
  requirement: MiddlewareHandler<RequestEnv<Needs>>,
  principal: Principal | undefined,
  headers: Readonly<Record<string, string>> = {},
) {
  const app = createWorkerApp({ services: () => needs, log: () => {}, largestBody: 100 });
  app.use(requirement);
  app.get('/', (c) => c.json({ isAdministrator: c.var.isAdministrator, user: c.var.user }));
  const token = principal && { [PRINCIPAL_HEADER]: encodePrincipal(principal) };
  const response = await app.request('/', { headers: { ...headers, ...token } }, {});
  const json = await response.json<{
    readonly code?: string;
    readonly isAdministrator?: boolean;
  }>();
  return { status: response.status, headers: response.headers, ...json };
}

describe('every requirement', () => {
  it.each([
    ['requireUser', () => ask(requireUser('notes'), undefined, EXPIRED)],
    ['requireSession', () => ask(requireSession, undefined, EXPIRED)],
    ['requireAdministrator', () => ask(requireAdministrator, undefined, EXPIRED)],
    ['requireScope', () => ask(requireScope('notes:write'), undefined, EXPIRED)],
    ['requireSessionOrScope', () => ask(requireSessionOrScope('n:w'), undefined, EXPIRED)],
  ])('says why the edge found no access token: %s', async (_, asking) => {
    expect(await asking()).toMatchObject({ status: 401, code: 'AUTH_TOKEN_EXPIRED' });
  });

  it('answers that the token is missing where the edge names no reason', async () => {
    expect((await ask(requireSession, undefined)).code).toBe('AUTH_TOKEN_MISSING');
  });
});

describe('requireUser', () => {
  const requirement = requireUser('notes');

  it('lets in a user with a token of our own client, and names them', async () => {
    expect(await ask(requirement, ANN)).toMatchObject({
      status: 200,
      user: {
        accountId: ANN.subject,
        sessionId: ANN.sessionId,
        tokenId: ANN.tokenId,
        tokenExpiresAt: ANN.expiresAt,
      },
    });
  });

  it('lets in another client with the scope, and no other', async () => {
    const refused = await ask(requirement, { ...ANN, clientId: 'a-game' });
    expect(refused).toMatchObject({ status: 403, code: 'AUTH_SCOPE_INSUFFICIENT' });
    expect(refused.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_scope", scope="notes"',
    );
    const allowed = { ...ANN, clientId: 'a-game', scopes: ['notes'] };
    expect((await ask(requirement, allowed)).status).toBe(200);
  });

  it('lets in no token that names no user', async () => {
    for (const change of [{ sessionId: null }, { subject: 'chess' }]) {
      const code = 'AUTH_TOKEN_INVALID';
      expect(await ask(requirement, { ...ANN, ...change })).toMatchObject({ status: 401, code });
    }
  });
});

describe('requireSession', () => {
  it('lets in every client with a session, and none with a token in its own name', async () => {
    expect((await ask(requireSession, { ...ANN, clientId: 'a-game' })).status).toBe(200);
    expect(await ask(requireSession, SERVICE)).toMatchObject({ status: 403, code: 'AUTHZ_DENIED' });
  });
});

describe('requireAdministrator', () => {
  it('lets in somebody who is an administrator in the accounts', async () => {
    const admitted = await ask(requireAdministrator, ADMINISTRATOR);
    expect(admitted).toMatchObject({ status: 200, isAdministrator: true });
    expect(asked).toEqual([ANN.subject]);
  });

  it.each([
    ['without the role', ANN],
    ['of another client that carries the role', { ...ADMINISTRATOR, clientId: 'a-game' }],
    ['without a session', { ...ADMINISTRATOR, sessionId: null }],
    ['with a subject that is no account', { ...ADMINISTRATOR, subject: 'pairwise' }],
  ])('refuses a token %s, without asking the accounts', async (_, principal) => {
    const refused = await ask(requireAdministrator, principal);
    expect(refused).toMatchObject({ status: 403, code: 'AUTHZ_DENIED' });
    expect(asked).toEqual([]);
  });

  it('refuses somebody who was demoted after the token was issued', async () => {
    answer = () => Promise.resolve(false);
    const refused = await ask(requireAdministrator, ADMINISTRATOR);
    expect(refused).toMatchObject({ status: 403, code: 'AUTHZ_DENIED' });
  });

  it('is 503 where the accounts cannot be asked', async () => {
    answer = () => Promise.reject(new Error('Cannot reach the database'));
    const untold = await ask(requireAdministrator, ADMINISTRATOR);
    expect(untold).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    expect(untold.headers.get('retry-after')).toBe('5');
  });
});

describe('requireScope', () => {
  const requirement = requireScope('notes:write');

  it('lets in a service with the scope, and an administrator, and distinguishes them', async () => {
    expect(await ask(requirement, SERVICE)).toMatchObject({ status: 200, isAdministrator: false });
    expect(asked).toEqual([]);
    expect(await ask(requirement, ADMINISTRATOR)).toMatchObject({ isAdministrator: true });
  });

  it.each([
    ['a service without it', { ...SERVICE, scopes: ['openid'] }],
    ['a user’s token that has it', { ...ANN, scopes: ['notes:write'] }],
    ['a service’s token with the role', { ...SERVICE, scopes: [], roles: ['admin'] }],
  ])('refuses %s', async (_, principal) => {
    const refused = await ask(requirement, principal);
    expect(refused).toMatchObject({ status: 403, code: 'AUTH_SCOPE_INSUFFICIENT' });
  });

  it('refuses somebody who was demoted, and answers 503 where the accounts cannot be asked', async () => {
    answer = () => Promise.resolve(false);
    expect((await ask(requirement, ADMINISTRATOR)).status).toBe(403);
    answer = () => Promise.reject(new Error('Cannot reach the database'));
    expect((await ask(requirement, ADMINISTRATOR)).status).toBe(503);
    expect((await ask(requirement, SERVICE)).status).toBe(200);
  });
});

describe('requireSessionOrScope', () => {
  const requirement = requireSessionOrScope('notes:write');

  it('lets in sessions and services with the scope, and recognizes administrators', async () => {
    expect(await ask(requirement, ANN)).toMatchObject({ status: 200, isAdministrator: false });
    expect(await ask(requirement, SERVICE)).toMatchObject({ status: 200, isAdministrator: false });
    expect(await ask(requirement, ADMINISTRATOR)).toMatchObject({ isAdministrator: true });
    answer = () => Promise.resolve(false);
    expect(await ask(requirement, ADMINISTRATOR)).toMatchObject({ isAdministrator: false });
    expect((await ask(requirement, { ...SERVICE, scopes: [] })).status).toBe(403);
  });
});
