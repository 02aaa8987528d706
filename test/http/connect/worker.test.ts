import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';

import {
  encodePrincipal,
  PRINCIPAL_HEADER,
  type Principal,
} from '../../../shared/contracts/edge/principal.ts';
import { hubName } from '../../../workers/connect/hubs/hub-network.ts';
import { closeSessions } from '../../../workers/connect/hubs/user-changes.ts';
import { serve } from '../../../workers/connect/worker.ts';
import { aPrincipal, connectToHub } from '../../support/hub-fixture.ts';

const EDGE = { caller: 'edge' };

type UpgradeCall = {
  readonly principal?: Principal;
  readonly headers?: Record<string, string>;
  readonly path?: string;
  readonly method?: string;
  readonly props?: unknown;
};

/** What `edge` sends on, and whether it reached a hub. */
async function requestUpgrade({
  principal,
  headers = {},
  path = '/connect',
  method,
  props = EDGE,
}: UpgradeCall) {
  const reached: { name: string; request: Request }[] = [];
  const spied = {
    ...env,
    HUB_SHARDS: '4',
    HUBS: {
      getByName: (name: string) => {
        const stub = env.HUBS.getByName(name);
        const fetch = (request: Request) => {
          reached.push({ name, request });
          return stub.fetch(request);
        };
        return { ...stub, fetch };
      },
    } as unknown as ConnectEnv['HUBS'],
  };
  const request = new Request(`https://id.example.test${path}`, {
    method: method ?? 'GET',
    headers: {
      ...(principal === undefined ? {} : { [PRINCIPAL_HEADER]: encodePrincipal(principal) }),
      ...headers,
    },
  });
  const context = { ...createExecutionContext(), props };
  const response = await serve(request, spied, context);
  return { response, reached };
}

/** A client that came with a token of its own: it has no session. */
const CLIENT: Principal = { ...aPrincipal(), sessionId: null };

const UPGRADE = { upgrade: 'websocket' };

describe('GET /connect', () => {
  it.for([
    ['CN1', 403, 'CALLER_FORBIDDEN', { props: { caller: 'identity' }, headers: UPGRADE }],
    ['CN1', 403, 'CALLER_FORBIDDEN', { props: {}, headers: UPGRADE }],
    ['CN2', 400, 'UPGRADE_REQUIRED', {}],
    ['CN2', 401, 'AUTH_TOKEN_MISSING', { headers: UPGRADE }],
    [
      'CN2',
      401,
      'AUTH_TOKEN_EXPIRED',
      { headers: { ...UPGRADE, 'x-sallyport-auth-failure': 'AUTH_TOKEN_EXPIRED' } },
    ],
    [
      'CN2',
      403,
      'AUTHZ_DENIED',
      { headers: { ...UPGRADE, [PRINCIPAL_HEADER]: encodePrincipal(CLIENT) } },
    ],
    ['CN2', 404, 'NOT_FOUND', { path: '/connect/', headers: UPGRADE }],
    ['CN2', 405, 'METHOD_NOT_ALLOWED', { method: 'POST', headers: UPGRADE }],
  ] as const)('[CN1-CN2] refuses with %i %i %s', async ([, status, code, call], { expect }) => {
    const principal = code === 'CALLER_FORBIDDEN' ? aPrincipal() : undefined;
    const { response, reached } = await requestUpgrade(
      principal === undefined ? call : { ...call, principal },
    );
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code });
    expect(reached).toEqual([]);
  });

  it.for([
    [undefined, null],
    ['sallyport.v1, bearer.secret', 'sallyport.v1'],
    ['bearer.secret, sallyport.v1+problem', 'sallyport.v1+problem'],
  ] as const)(
    '[CN3] answers the subprotocols %j with %j',
    async ([offered, echoed], { expect }) => {
      const headers = {
        ...UPGRADE,
        authorization: 'Bearer secret',
        ...(offered === undefined ? {} : { 'sec-websocket-protocol': offered }),
      };
      const { response, reached } = await requestUpgrade({ principal: aPrincipal(), headers });
      expect(response.status).toBe(101);
      expect(response.headers.get('sec-websocket-protocol')).toBe(echoed);
      expect(JSON.stringify([...(reached[0]?.request.headers ?? [])])).not.toContain('secret');
      response.webSocket?.accept();
      response.webSocket?.close();
    },
  );

  it.for([
    'bearer.secret',
    'reconnect.secret',
    'grant.x, mqtt',
    'sallyport.v2',
    'SALLYPORT.V1',
    '',
  ])(
    '[CN56] refuses the subprotocols %j, with which a browser would drop the connection',
    async (offered, { expect }) => {
      const headers = { ...UPGRADE, 'sec-websocket-protocol': offered };
      const { response, reached } = await requestUpgrade({ principal: aPrincipal(), headers });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        code: 'VALIDATION_ERROR',
        errors: [{ path: 'sec-websocket-protocol' }],
      });
      expect(reached).toEqual([]);
    },
  );

  it('[CN4] sends a session to the same hub every time', async ({ expect }) => {
    const principal = aPrincipal();
    const [first, second] = [
      await requestUpgrade({ principal, headers: UPGRADE }),
      await requestUpgrade({ principal: { ...principal, roles: [] }, headers: UPGRADE }),
    ];
    const expected = hubName('local', principal.sessionId, 4);
    expect([first, second].map(({ reached }) => reached[0]?.name)).toEqual([expected, expected]);
    for (const { response } of [first, second]) response.webSocket?.accept();
  });

  it('[CN5] forwards only the headers that a hub reads', async ({ expect }) => {
    const headers = {
      ...UPGRADE,
      'x-sallyport-else': 'x',
      cookie: 'x',
      'x-sallyport-client-ip': '192.0.2.1',
      'x-sallyport-country': 'NZ',
      'x-correlation-id': 'c-1',
    };
    const { response, reached } = await requestUpgrade({ principal: aPrincipal(), headers });
    expect([...(reached[0]?.request.headers.keys() ?? [])].toSorted()).toEqual([
      'upgrade',
      'x-correlation-id',
      'x-sallyport-arrival',
      'x-sallyport-client-ip',
      'x-sallyport-country',
      'x-sallyport-principal',
    ]);
    response.webSocket?.accept();
  });
});

describe('ended sessions', () => {
  it('[CN6] are closed at every hub, once', async ({ expect }) => {
    const subject = crypto.randomUUID();
    const [one, two, other] = ['hub:eu:0', 'hub:na:1', 'hub:eu:0'].map((hub) => ({
      hub,
      principal: aPrincipal({ subject }),
    }));
    if (one === undefined || two === undefined || other === undefined) throw new Error('Cannot be');
    using first = await connectToHub(one.principal, { hub: one.hub });
    using second = await connectToHub(two.principal, { hub: two.hub });
    using third = await connectToHub(other.principal, { hub: other.hub });

    const sessionIds = [one.principal.sessionId, two.principal.sessionId, 'ses_nobody'];
    const ended = { subject, sessionIds, reason: 'session_revoked' } as const;
    expect(await closeSessions(env, ended)).toBe(2);
    expect(await first.closed).toMatchObject({ code: 4401 });
    expect(await second.closed).toMatchObject({ code: 4401 });
    expect((await third.call('POST:/echo')).code).toBe(0);
    expect(await closeSessions(env, ended)).toBe(0);
  });

  it('[CN6] of a user without connections wake no hub', async ({ expect }) => {
    const woken: string[] = [];
    const HUBS = new Proxy(env.HUBS, {
      get: (_, member) => {
        woken.push(String(member));
        return undefined;
      },
    });
    const ended = { subject: 'nobody', sessionIds: ['ses_x'], reason: 'kicked' } as const;
    expect(await closeSessions({ HUBS, DIRECTORIES: env.DIRECTORIES }, ended)).toBe(0);
    expect(woken).toEqual([]);
  });
});
