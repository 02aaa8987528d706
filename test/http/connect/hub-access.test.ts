import { env } from 'cloudflare:workers';
import { afterEach, describe, it, vi } from 'vitest';

import { rpc } from '../../../shared/contracts/bindings.ts';
import {
  REGISTRY_NAME,
  type RegistryRpc,
  type ServiceRegistration,
} from '../../../shared/contracts/connect/registry-rpc.ts';
import { importConnectSalts } from '../../../shared/tokens/connect-salts.ts';
import { newTicket } from '../../../shared/tokens/connection-ticket.ts';
import {
  callConnect,
  connectClient,
  loseConnection,
  refusalOf,
  requestConnect,
  tokenOf,
  watchedHubs,
} from '../../support/connect-fixture.ts';
import { aPrincipal, changeStoredPrincipal, clientOf, HUB } from '../../support/hub-fixture.ts';
import { aRegisteredEndpoint, aRegistration } from '../../support/registrations.ts';

const SALT = Uint8Array.from({ length: 32 }, (_, index) => index);
const thirdParty = (change: Parameters<typeof aPrincipal>[0] = {}) =>
  aPrincipal({ clientId: 'https://game.example/client.json', ...change });
const REFUSED = [403, 'AUTH_SCOPE_INSUFFICIENT'];
const CHALLENGE = 'Bearer error="insufficient_scope", scope="connect"';

describe('a third party without the scope connect', () => {
  it('[CN51] opens no socket and wakes no hub', async ({ expect }) => {
    const { reached, env: watched } = watchedHubs();
    const refused = await requestConnect({ principal: thirdParty(), env: watched });
    expect(refused.headers.get('www-authenticate')).toBe(CHALLENGE);
    expect(await refusalOf(refused)).toEqual(REFUSED);
    const salts = await importConnectSalts([SALT]);
    const ticket = await newTicket(salts, { hub: HUB, principal: thirdParty() }, Date.now());
    expect(await refusalOf(await requestConnect({ ticket, env: watched }))).toEqual(REFUSED);
    expect(reached).toEqual([]);
  });

  it.for([
    ['POST', '/tickets'],
    ['POST', '/api-discovery'],
    ['GET', '/service-mappings'],
    ['POST', '/internal/proxy'],
  ] as const)('[CN51] is refused %s %s', async ([method, path], { expect }) => {
    const call = { service: 'identity', method: 'GET', path: '/api/v1/auth/profile' };
    const body = path === '/internal/proxy' ? call : undefined;
    const refused = await callConnect(path, thirdParty(), body, {}, method);
    expect([refused.status, refused.json.code]).toEqual(REFUSED);
    expect(refused.headers.get('www-authenticate')).toBe(CHALLENGE);
  });

  it('[H93] does not come back to a stream that an earlier version opened', async ({ expect }) => {
    const ann = await connectClient({ principal: thirdParty({ scopes: ['openid', 'connect'] }) });
    await loseConnection(ann);
    await changeStoredPrincipal(ann.principal.sessionId, (principal) => ({
      ...principal,
      scopes: ['openid'],
    }));
    const refused = await requestConnect({ token: tokenOf(ann) });
    expect(refused.headers.get('www-authenticate')).toBe(CHALLENGE);
    expect(await refusalOf(refused)).toEqual(REFUSED);
  });
});

describe('a client that may use the hub', () => {
  it.for([
    ['a third party with the scope', thirdParty({ scopes: ['openid', 'connect'] })],
    ['a registered first-party client', thirdParty({ firstParty: true })],
    ['the deployment’s own client', aPrincipal()],
  ] as const)('[CN51] connects: %s', async ([, principal], { expect }) => {
    using client = await clientOf(await requestConnect({ principal }), principal);
    expect(client.manifest.sessionId).toBe(principal.sessionId);
    const ticket = await callConnect('/tickets', principal, undefined, {}, 'POST');
    expect(ticket.status).toBe(201);
  });
});

describe('an endpoint without a permission', () => {
  const registry = rpc<RegistryRpc>(env.REGISTRIES.getByName(REGISTRY_NAME));
  afterEach(async () => {
    vi.restoreAllMocks();
    await registry.removeService('chess', null);
  });
  const endpoints = [
    aRegisteredEndpoint(),
    aRegisteredEndpoint({ path: '/scoped', permission: { roles: [], scopes: ['chess'] } }),
  ];
  const register = (change: Partial<ServiceRegistration> = {}) =>
    registry.addService(aRegistration({ endpoints, ...change }));
  const statusOf = async (path: string, principal: ReturnType<typeof aPrincipal>) => {
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json({}));
    const call = { service: 'chess', method: 'POST', path, body: {} };
    return (await callConnect('/internal/proxy', principal, call)).status;
  };
  const GUEST = thirdParty({ scopes: ['openid', 'connect'] });

  it('[H7] is for first-party clients where its service says nothing', async ({ expect }) => {
    await register();
    expect(await statusOf('/moves', GUEST)).toBe(404);
    expect(await statusOf('/moves', thirdParty({ firstParty: true }))).toBe(200);
    expect(await statusOf('/moves', aPrincipal())).toBe(200);
    const scoped = { ...GUEST, scopes: [...GUEST.scopes, 'chess'] };
    expect(await statusOf('/scoped', scoped)).toBe(200);
  });

  it('[H7] is for any client where its service says so', async ({ expect }) => {
    await register({ clients: 'any' });
    expect(await statusOf('/moves', GUEST)).toBe(200);
    expect(await statusOf('/scoped', GUEST)).toBe(404);
  });
});
