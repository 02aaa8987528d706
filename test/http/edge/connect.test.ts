import { describe, it } from 'vitest';

import { readAuthFailure, readPrincipal } from '../../../shared/contracts/edge/principal.ts';
import { EdgeFixture, outcome } from '../../support/edge-fixture.ts';
import { goodClaims, NOW_SECONDS } from '../../support/jws-forge.ts';

function anUpgradedAnswer(): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  return new Response(null, { status: 101, webSocket: client });
}

async function aWorld(): Promise<EdgeFixture> {
  const fixture = await EdgeFixture.start();
  fixture.answer = anUpgradedAnswer;
  return fixture;
}

const open = (fixture: EdgeFixture, headers: Record<string, string>, query = '') =>
  fixture.fetch(`/connect${query}`, { headers: { upgrade: 'websocket', ...headers } });

describe('GET /connect', () => {
  it.for(['websocket', 'WebSocket', 'WEBSOCKET'])(
    'upgrades with a bearer token (Upgrade: %s), and hands the socket over untouched',
    async (upgrade, { expect }) => {
      const fixture = await aWorld();
      const answered = anUpgradedAnswer();
      fixture.answer = () => answered;
      const authorization = `Bearer ${await fixture.token()}`;
      const response = await open(fixture, { authorization, upgrade });
      expect(response === answered).toBe(true);
      expect(response.status).toBe(101);
      const [{ to, request }] = fixture.forwarded as [(typeof fixture.forwarded)[0]];
      expect(to).toBe('connect');
      expect(request.headers.get('upgrade')?.toLowerCase()).toBe('websocket');
      expect(request.headers.get('authorization')).toBeNull();
      expect(readPrincipal(request.headers)?.sessionId).toBe(goodClaims.sid);
    },
  );

  it('takes the token from the subprotocols, and passes them on as they are', async ({
    expect,
  }) => {
    const fixture = await aWorld();
    const protocols = `sallyport.v1 , bearer.${await fixture.token()}`;
    const response = await open(fixture, { 'sec-websocket-protocol': protocols });
    expect(response.status).toBe(101);
    const [{ request }] = fixture.forwarded as [(typeof fixture.forwarded)[0]];
    expect(request.headers.get('sec-websocket-protocol')).toBe(protocols);
    expect(readPrincipal(request.headers)?.subject).toBe(goodClaims.sub);
  });

  it('refuses bad credentials without waking an object', async ({ expect }) => {
    const fixture = await aWorld();
    const expired = await fixture.token({ exp: NOW_SECONDS });
    for (const [headers, code] of [
      [{}, 'AUTH_TOKEN_MISSING'],
      [{ authorization: 'Bearer a.b.c' }, 'AUTH_TOKEN_MALFORMED'],
      [{ authorization: 'Basic YTpi' }, 'AUTH_TOKEN_MISSING'],
      [{ authorization: 'Reconnect ' }, 'AUTH_TOKEN_MISSING'],
      [{ authorization: `Bearer ${expired}` }, 'AUTH_TOKEN_EXPIRED'],
      [{ 'sec-websocket-protocol': 'sallyport.v1' }, 'AUTH_TOKEN_MISSING'],
      [{ 'sec-websocket-protocol': 'sallyport.v1, bearer.' }, 'AUTH_TOKEN_MALFORMED'],
      [{ 'sec-websocket-protocol': `bearer.${expired}` }, 'AUTH_TOKEN_EXPIRED'],
      [{ 'sec-websocket-protocol': 'reconnect.' }, 'AUTH_TOKEN_MISSING'],
      [{ 'sec-websocket-protocol': `reconnect.abc, bearer.${expired}` }, 'AUTH_TOKEN_EXPIRED'],
      [{ 'x-sallyport-principal': 'e30' }, 'AUTH_TOKEN_MISSING'],
    ] as const) {
      expect(await outcome(open(fixture, headers))).toEqual([401, code]);
    }
    expect(fixture.forwarded).toEqual([]);
  });

  it('refuses a token in the URL, even together with a valid one in a header', async ({
    expect,
  }) => {
    const fixture = await aWorld();
    const token = await fixture.token();
    for (const headers of [{}, { authorization: `Bearer ${token}` }]) {
      const refused = open(fixture, headers, `?token=${token}`);
      expect(await outcome(refused)).toEqual([401, 'AUTH_TOKEN_MISSING']);
    }
    expect(fixture.forwarded).toEqual([]);
  });

  it('accepts a token from the URL where that is allowed, and does not pass it on', async ({
    expect,
  }) => {
    const fixture = await EdgeFixture.start({ QUERY_TOKEN: 'allow' });
    fixture.answer = anUpgradedAnswer;
    const token = await fixture.token();
    expect((await open(fixture, {}, `?lastSequence=7&token=${token}`)).status).toBe(101);
    const [{ request }] = fixture.forwarded as [(typeof fixture.forwarded)[0]];
    expect(new URL(request.url).search).toBe('?lastSequence=7');
    expect(request.headers.get('upgrade')?.toLowerCase()).toBe('websocket');
    expect(readPrincipal(request.headers)?.sessionId).toBe(goodClaims.sid);

    expect(await outcome(open(fixture, {}, '?token=a.b.c'))).toEqual([401, 'AUTH_TOKEN_MALFORMED']);
    const bad = { authorization: 'Bearer a.b.c' };
    expect(await outcome(open(fixture, bad, `?token=${token}`))).toEqual([
      401,
      'AUTH_TOKEN_MALFORMED',
    ]);
  });

  it('leaves reconnection tokens and tickets to the hub', async ({ expect }) => {
    const fixture = await aWorld();
    expect((await open(fixture, { authorization: 'Reconnect abc' })).status).toBe(101);
    expect((await open(fixture, {}, '?ticket=abc')).status).toBe(101);
    const entry = { 'sec-websocket-protocol': 'sallyport.v1, reconnect.abc' };
    expect((await open(fixture, entry)).status).toBe(101);
    const [reconnect, ticket, offered] = fixture.forwarded.map(
      ({ request }) => request.headers,
    ) as [Headers, Headers, Headers];
    expect(offered.get('sec-websocket-protocol')).toBe('sallyport.v1, reconnect.abc');
    expect(reconnect.get('authorization')).toBe('Reconnect abc');
    expect([readAuthFailure(reconnect), readAuthFailure(ticket)]).toEqual([
      'AUTH_TOKEN_MISSING',
      'AUTH_TOKEN_MISSING',
    ]);
    expect(readPrincipal(ticket)).toBeUndefined();
  });

  it('refuses a bad token even beside a ticket', async ({ expect }) => {
    const fixture = await aWorld();
    const refused = open(fixture, { authorization: 'Bearer a.b.c' }, '?ticket=abc');
    expect(await outcome(refused)).toEqual([401, 'AUTH_TOKEN_MALFORMED']);
  });

  it('refuses anything but an upgrade, without a status that needs a header it cannot send', async ({
    expect,
  }) => {
    const fixture = await aWorld();
    const response = await fixture.fetch('/connect', { headers: { upgrade: 'h2c' } });
    expect(await outcome(response)).toEqual([400, 'UPGRADE_REQUIRED']);
    expect(fixture.forwarded).toEqual([]);
  });

  it('refuses a revoked session', async ({ expect }) => {
    const fixture = await aWorld();
    fixture.revocationLog.revoke({ id: goodClaims.sid });
    const refused = open(fixture, { authorization: `Bearer ${await fixture.token()}` });
    expect(await outcome(refused)).toEqual([401, 'AUTH_TOKEN_REVOKED']);
  });
});
