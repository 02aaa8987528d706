import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it, vi } from 'vitest';
import { toBase64Url } from '../../../shared/bytes.ts';
import { encodePrincipal, PRINCIPAL_HEADER } from '../../../shared/contracts/edge/principal.ts';
import { importConnectSalts } from '../../../shared/tokens/connect-salts.ts';
import { newTicket } from '../../../shared/tokens/connection-ticket.ts';
import { newReconnectionToken } from '../../../shared/tokens/reconnection-token.ts';
import { serve } from '../../../workers/connect/worker.ts';
import { altered } from '../../support/altered.ts';
import {
  ask,
  type ConnectRequest,
  connectClient,
  refusalOf,
  requestConnect,
  tokenOf,
  watchedHubs,
} from '../../support/connect-fixture.ts';
import { FakeIdentity } from '../../support/fake-identity.ts';
import { aPrincipal, HUB } from '../../support/hub-fixture.ts';

const OURS = Uint8Array.from({ length: 32 }, (_, index) => index);
const OTHER = new Uint8Array(32).fill(7);

async function aTicket(principal = aPrincipal()): Promise<string> {
  const headers = { [PRINCIPAL_HEADER]: encodePrincipal(principal) };
  const url = 'https://id.example.test/api/v1/connect/tickets';
  const response = await ask(new Request(url, { method: 'POST', headers }));
  return (await response.json<{ ticket: string }>()).ticket;
}

/** Asks one isolate, which keeps its counts from one request to the next. */
function anIsolate(settings: Partial<ConnectEnv>) {
  const bindings = { ...env, ...settings };
  return (path: string, init: RequestInit) => {
    const context = { ...createExecutionContext(), props: { caller: 'edge' } };
    return serve(new Request(`https://id.example.test${path}`, init), bindings, context);
  };
}

describe('an upgrade request', () => {
  it('[CN55] with a wrong ticket is counted by its address, and no right one is refused', async ({
    expect,
  }) => {
    const fetch = anIsolate({ RATE_LIMIT_SCALE: '1', RATE_LIMIT_TICKET_FAILURES: '4' });
    const ask = async (ticket: string, address = '192.0.2.1') => {
      const headers = { upgrade: 'websocket', 'x-sallyport-client-ip': address };
      const response = await fetch(`/connect?ticket=${ticket}`, { headers });
      response.webSocket?.accept();
      response.webSocket?.close();
      return response.webSocket === null ? (await refusalOf(response))[1] : response.status;
    };
    const apply = async () => {
      const headers = { 'content-type': 'application/json', 'x-sallyport-client-ip': '192.0.2.1' };
      const body = JSON.stringify({ ticket: 'x' });
      const init = { method: 'POST', headers, body };
      return (await refusalOf(await fetch('/queue/request-access', init)))[1];
    };
    const wrong = ['CONNECT_TICKET_INVALID', 'CONNECT_TICKET_INVALID'];
    expect([await ask('x'), await ask('y')]).toEqual(wrong);
    const applied = ['CONNECT_QUEUE_TICKET_INVALID', 'CONNECT_QUEUE_TICKET_INVALID'];
    expect([await apply(), await apply()]).toEqual(applied);
    expect([await ask('z'), await apply()]).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    expect(await ask('z', '192.0.2.2')).toBe('CONNECT_TICKET_INVALID');
    expect(await ask(await aTicket())).toBe(101);
  });

  it('[CN11] with a token or ticket of another deployment wakes no hub', async ({ expect }) => {
    const [ours, theirs] = await Promise.all([[OURS], [OTHER]].map(importConnectSalts));
    if (ours === undefined || theirs === undefined) throw new Error('Cannot be');
    const principal = aPrincipal();
    const named = { hub: HUB, sessionId: principal.sessionId };
    const { token } = await newReconnectionToken(theirs, named);
    const good = await newReconnectionToken(ours, named);
    const ticket = { hub: HUB, principal };
    const now = Date.now();
    const refused: readonly (readonly [ConnectRequest, string])[] = [
      [{ token }, 'CONNECT_RECONNECTION_INVALID'],
      [{ token: 'x' }, 'CONNECT_RECONNECTION_INVALID'],
      [{ token: altered(good.token) }, 'CONNECT_RECONNECTION_INVALID'],
      [
        { headers: { 'sec-websocket-protocol': `sallyport.v1, reconnect.${token}` } },
        'CONNECT_RECONNECTION_INVALID',
      ],
      [{ ticket: 'x' }, 'CONNECT_TICKET_INVALID'],
      [{ ticket: good.token }, 'CONNECT_TICKET_INVALID'],
      [{ ticket: await newTicket(theirs, ticket, now) }, 'CONNECT_TICKET_INVALID'],
      [{ ticket: await newTicket(ours, ticket, now - 30_000) }, 'CONNECT_TICKET_INVALID'],
      [{ token: await newTicket(ours, ticket, now) }, 'CONNECT_RECONNECTION_INVALID'],
      [{}, 'AUTH_TOKEN_MISSING'],
    ];
    for (const [how, code] of refused) {
      const { reached, env } = watchedHubs();
      const response = await requestConnect({ ...how, env });
      expect(await refusalOf(response)).toEqual([401, code]);
      expect(reached).toEqual([]);
    }
  });

  it('[CN11] is accepted with a token that was made under an older salt', async ({ expect }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const rotated = `${toBase64Url(OTHER)} ${toBase64Url(OURS)}`;
    const { reached, env } = watchedHubs();
    const changed = { ...env, SERVICE_GUID_SALT: rotated };
    expect((await requestConnect({ token: tokenOf(ann), env: changed })).status).toBe(101);
    const replaced = { ...env, SERVICE_GUID_SALT: toBase64Url(OTHER) };
    expect((await requestConnect({ token: tokenOf(ann), env: replaced })).status).toBe(401);
    expect(reached).toHaveLength(1);
  });

  it('[CN12] reaches the hub that made the token, with the sequence and without the token', async ({
    expect,
  }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const token = tokenOf(ann);
    for (const how of [
      { token },
      { headers: { 'sec-websocket-protocol': `sallyport.v1, reconnect.${token}` } },
      {
        principal: ann.principal,
        headers: { 'sec-websocket-protocol': `reconnect.${token}, sallyport.v1+problem` },
      },
    ]) {
      const { reached, env } = watchedHubs();
      const response = await requestConnect({
        ...how,
        lastSequence: 1,
        env: { ...env, HUB_SHARDS: '977' },
      });
      expect(response.status).toBe(101);
      expect(reached.map(({ name }) => name)).toEqual([HUB]);
      expect(response.headers.get('sec-websocket-protocol') ?? '').not.toContain('reconnect');
      const headers = [...(reached[0]?.request.headers ?? [])].flat().join(' ');
      expect(`${headers} ${reached[0]?.request.url ?? ''}`).not.toContain(token);
    }
  });

  it('[CN10] uses its access token, not a reconnection token of another session', async ({
    expect,
  }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const { reached, env } = watchedHubs();
    const principal = aPrincipal();
    for (const token of [tokenOf(ann), 'x']) {
      const response = await requestConnect({
        principal,
        token,
        env: { ...env, HUB_SHARDS: '977' },
      });
      expect(response.status).toBe(101);
    }
    expect(new Set(reached.map(({ name }) => name)).size).toBe(1);
    expect(reached[0]?.name).not.toBe(HUB);
  });

  it('[CN10] uses a reconnection token before a ticket', async ({ expect }) => {
    const response = await requestConnect({ token: 'x', ticket: await aTicket() });
    expect(await refusalOf(response)).toEqual([401, 'CONNECT_RECONNECTION_INVALID']);
  });

  it.for(['', '-1', '1.5', 'x', '0x1', '4294967296', '99999999999'])(
    '[CN13] is refused with the sequence %j',
    async (lastSequence, { expect }) => {
      const { reached, env } = watchedHubs();
      const response = await requestConnect({ principal: aPrincipal(), lastSequence, env });
      expect(await refusalOf(response)).toEqual([400, 'VALIDATION_ERROR']);
      expect(reached).toEqual([]);
    },
  );
});

describe('a client that shows the hash of its manifest', () => {
  it('[CN44] is not sent the lists, whatever credential it has', async ({ expect }) => {
    const principal = aPrincipal();
    using ann = await connectClient({ principal });
    const manifest = String(ann.manifest['manifestHash']);
    using again = await connectClient({ principal, manifest });
    using resumed = await connectClient(
      { token: tokenOf(again), lastSequence: 1, manifest },
      principal,
    );
    using ticketed = await connectClient({ ticket: await aTicket(principal), manifest }, principal);
    for (const client of [again, resumed, ticketed]) {
      expect(client.manifest).toMatchObject({ unchanged: true, manifestHash: manifest });
    }
  });

  it.for(['', 'x', 'a'.repeat(43), 'a'.repeat(5_000), '%00'])(
    '[CN44] has none that is named %j',
    async (manifest, { expect }) => {
      using ann = await connectClient({ principal: aPrincipal(), manifest });
      expect(ann.manifest.availableApis.length).toBeGreaterThan(0);
    },
  );
});

describe('a ticket', () => {
  it('[CN14] [H3] opens one connection, like the access token’s', async ({ expect }) => {
    const principal = aPrincipal();
    const ticket = await aTicket(principal);
    using ann = await connectClient({ ticket }, principal);
    expect(ann.manifest.sessionId).toBe(principal.sessionId);
    const profile = await ann.call('GET:/api/v1/auth/profile');
    expect(profile.code).toBe(0);
    const again = await requestConnect({ ticket });
    expect(await refusalOf(again)).toEqual([401, 'CONNECT_TICKET_INVALID']);
    expect((await ann.call('POST:/echo')).code).toBe(0);
  });

  it('[H3] opens one connection if many use it at once', async ({ expect }) => {
    const ticket = await aTicket();
    const answers = await Promise.all(Array.from({ length: 5 }, () => requestConnect({ ticket })));
    expect(answers.filter(({ status }) => status === 101)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(4);
  });

  it('[H3] is not used up by an opening that fails or is refused', async ({ expect }) => {
    const principal = aPrincipal();
    const ticket = await aTicket(principal);
    const { statuses, whileChecking } = FakeIdentity;
    statuses.set(principal.sessionId, 'ended');
    expect(await refusalOf(await requestConnect({ ticket }))).toEqual([401, 'SESSION_TERMINATED']);
    whileChecking.set(principal.sessionId, () => Promise.reject(new Error('down')));
    expect((await requestConnect({ ticket })).status).toBe(503);
    whileChecking.delete(principal.sessionId);
    statuses.delete(principal.sessionId);
    using ann = await connectClient({ ticket }, principal);
    expect(ann.manifest.sessionId).toBe(principal.sessionId);
  });

  it('[CN14] resumes the session’s stream', async ({ expect }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    ann.close(4999);
    await ann.closed;
    const ticket = await aTicket(ann.principal);
    using back = await connectClient({ ticket, lastSequence: 1 }, ann.principal);
    expect(back.manifest['resumed']).toBe(true);
  });

  it('[CN14] is issued only for a session', async ({ expect }) => {
    const url = 'https://id.example.test/api/v1/connect/tickets';
    const nobody = await ask(new Request(url, { method: 'POST' }));
    const headers = { [PRINCIPAL_HEADER]: encodePrincipal({ ...aPrincipal(), sessionId: null }) };
    const service = await ask(new Request(url, { method: 'POST', headers }));
    expect([nobody.status, service.status]).toEqual([401, 403]);
    const own = { [PRINCIPAL_HEADER]: encodePrincipal(aPrincipal()) };
    const given = await ask(new Request(url, { method: 'POST', headers: own }));
    expect(given.status).toBe(201);
    expect(given.headers.get('cache-control')).toBe('no-store');
    expect(await given.json()).toEqual({
      ticket: expect.stringMatching(/^[\w-]+$/),
      expiresIn: 30,
    });
  });

  it('[CN15] is not logged, and neither is a token', async ({ expect }) => {
    const log = vi.spyOn(console, 'log');
    const ticket = await aTicket();
    using ann = await connectClient({ ticket });
    const token = tokenOf(ann);
    FakeIdentity.describing = false;
    for (const how of [{ ticket }, { token }, { token: `${token}x` }, { ticket: `${ticket}x` }]) {
      await requestConnect(how);
    }
    FakeIdentity.describing = true;
    const logged = JSON.stringify(log.mock.calls);
    log.mockRestore();
    for (const secret of [ticket, token]) expect(logged).not.toContain(secret);
  });

  it('[CN15] is not passed on to the hub', async ({ expect }) => {
    const { reached, env } = watchedHubs();
    const ticket = await aTicket();
    await requestConnect({ ticket, env });
    const [{ request }] = reached as [(typeof reached)[0]];
    expect([...request.headers].flat().join(' ') + request.url).not.toContain(ticket);
  });
});
