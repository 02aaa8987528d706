import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TokenSource } from '../../../../client/src/auth/session.ts';
import { SallyportError } from '../../../../client/src/common/errors.ts';
import type { HubEvent } from '../../../../client/src/hub/handlers.ts';
import type { Hub } from '../../../../client/src/hub/hub.ts';
import { HubError } from '../../../../client/src/hub/hub-error.ts';
import { eventually } from '../../../support/node/eventually.ts';
import { failureOf } from '../../../support/node/failure-of.ts';
import { ScriptedHubFixture } from '../../../support/node/scripted-hub-fixture.ts';

let fixture: ScriptedHubFixture;

beforeEach(async () => {
  fixture = await ScriptedHubFixture.start();
});
afterEach(() => fixture[Symbol.asyncDispose]());

const statesOf = (hub: Hub): string[] => {
  const names: string[] = [];
  hub.onState(({ name }) => names.push(name));
  return names;
};

describe('a hub that connects', () => {
  it('offers the subprotocols and the token, and is open after the first frame', async () => {
    const hub = fixture.hub();
    const states = statesOf(hub);
    expect(hub.state).toEqual({ name: 'connecting' });
    const end = await fixture.server.connection();
    expect(end.subprotocols).toEqual(['sallyport.v1+problem', 'sallyport.v1', 'bearer.token']);
    expect(end.query).toEqual({});
    end.open();
    await hub.opened();
    expect(hub.state).toEqual({ name: 'open', resumed: false });
    expect(hub.manifest).toMatchObject({ sessionId: 'ses_1', version: 1 });
    expect(states).toEqual(['open']);
  });

  it('closes where nobody is signed in', async () => {
    const hub = fixture.hub({ tokens: () => Promise.reject(new SallyportError('signed_out')) });
    await expect(hub.opened()).rejects.toMatchObject({ name: 'closed', cause: 'signed_out' });
    expect(hub.state).toEqual({ name: 'closed', reason: 'signed_out' });
    expect(() => hub.reconnect()).toThrow(HubError);
  });

  it('tries again while the network is unreachable and there is no token', async () => {
    let attempts = 0;
    const tokens: TokenSource = async () => {
      attempts += 1;
      if (attempts < 3) throw new SallyportError('unreachable');
      return { value: 'token', expiresAt: undefined };
    };
    const hub = fixture.hub({ tokens });
    (await fixture.server.connection()).open();
    await hub.opened();
    expect(attempts).toBe(3);
  });

  it.each([
    ['RATE_LIMITED', 429],
    ['INTERNAL_ERROR', 500],
    ['SERVICE_UNAVAILABLE', 503],
    ['TOKEN_KMS_ERROR', 503],
    ['VALIDATION_ERROR', 400],
  ])('tries again after the issuer answered a refresh with %s (%i)', async (code, status) => {
    let attempts = 0;
    const tokens: TokenSource = async () => {
      attempts += 1;
      if (attempts < 3) throw new SallyportError(code, { status, retryAfterMs: 20 });
      return { value: 'token', expiresAt: undefined };
    };
    const hub = fixture.hub({ tokens });
    const waits: number[] = [];
    hub.onState((state) => state.name === 'reconnecting' && waits.push(state.retryInMs));
    (await fixture.server.connection()).open();
    await hub.opened();
    expect(attempts).toBe(3);
    expect(waits).toEqual([expect.any(Number), expect.any(Number)]);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(20);
  });

  it.each([
    'TOKEN_REFRESH_INVALID',
    'TOKEN_REFRESH_EXPIRED',
    'TOKEN_REFRESH_REUSED',
    'TOKEN_FAMILY_REVOKED',
    'SESSION_EXPIRED',
    'SESSION_TERMINATED',
  ])('closes after the issuer answered a refresh with %s', async (code) => {
    const tokens: TokenSource = async () => {
      throw new SallyportError(code, { status: 401 });
    };
    const hub = fixture.hub({ tokens });
    await expect(hub.opened()).rejects.toMatchObject({ name: 'closed', cause: 'signed_out' });
  });

  it('asks why its upgrade failed, and waits in the queue for a grant', async () => {
    fixture.server.refusals = [429];
    const answers = [
      { granted: false, position: 2, etaSeconds: 30, ticket: 't', retryAfterSeconds: 0.03 },
      { granted: false, position: 1, etaSeconds: null, ticket: 't', retryAfterSeconds: 0.02 },
      { granted: true, grant: 'g', expiresIn: 60 },
    ];
    const post = vi.fn<(path: string, token: string) => Promise<unknown>>(async () =>
      answers.shift(),
    );
    const hub = fixture.hub({ post });
    const places: unknown[] = [];
    hub.onState((state) => {
      if (state.name === 'reconnecting' && state.queue) places.push(state.queue);
    });
    const end = await fixture.server.connection();
    expect(end.subprotocols.slice(2)).toEqual(['bearer.token', 'grant.g']);
    expect(places).toEqual([
      { position: 2, etaSeconds: 30 },
      { position: 1, etaSeconds: undefined },
    ]);
    expect(post).toHaveBeenCalledWith('/queue/request-access', 'token');
    end.open();
    await hub.opened();
  });

  it('gets a new token after 401, and closes after 403', async () => {
    fixture.server.refusals = [403];
    const stale: unknown[] = [];
    const tokens: TokenSource = async (old) => {
      stale.push(old);
      return { value: `token-${stale.length}`, expiresAt: undefined };
    };
    const refusals = ['AUTH_TOKEN_REVOKED', 'AUTHZ_DENIED'];
    const post = async (): Promise<unknown> => {
      const code = refusals.shift() ?? '';
      throw new SallyportError(code, { status: code === 'AUTHZ_DENIED' ? 403 : 401 });
    };
    const hub = fixture.hub({ tokens, post });
    await expect(hub.opened()).rejects.toMatchObject({ cause: 'refused' });
    expect(stale).toEqual([undefined, undefined, 'token-2']);
  });

  it('does not open if it is closed first', async () => {
    const hub = fixture.hub();
    const end = await fixture.server.connection();
    hub.close();
    expect(hub.state).toEqual({ name: 'closed', reason: 'requested' });
    await end.closed;
    await expect(hub.opened()).rejects.toMatchObject({ name: 'closed' });
  });
});

describe('a hub that reconnects', () => {
  it('sends its last sequence, its reconnection token and the hash of its manifest', async () => {
    const { hub, end } = await fixture.open({}, { reconnectionToken: 'r1', manifestHash: 'h1' });
    const states = statesOf(hub);
    const events: string[] = [];
    hub.on('game.moved', ({ eventId }) => events.push(eventId));
    end.event('game.moved', 2, { eventId: 'a' });
    end.event('game.moved', 3, { eventId: 'b' });
    end.event('connect.rate-limited', 3);
    await eventually(() => expect(events).toEqual(['a', 'b']));
    end.cut();

    const back = await fixture.server.connection(1);
    expect(back.query).toEqual({ lastSequence: '3', manifest: 'h1' });
    expect(back.subprotocols.slice(2)).toEqual(['bearer.token', 'reconnect.r1']);
    back.open(
      { resumed: true, unchanged: true, availableApis: undefined, reconnectionToken: 'r2' },
      3,
    );
    back.event('game.moved', 4, { eventId: 'c' });
    await eventually(() => expect(events).toEqual(['a', 'b', 'c']));
    expect(hub.state).toEqual({ name: 'open', resumed: true });
    expect(hub.manifest?.availableApis.length).toBeGreaterThan(3);
    expect(states).toEqual(['reconnecting', 'open']);

    back.cut();
    const again = await fixture.server.connection(2);
    expect(again.query).toMatchObject({ lastSequence: '4' });
    expect(again.subprotocols).toContain('reconnect.r2');
  });

  it('begins a new stream where the old one is gone, with resumed: false', async () => {
    const { hub, end } = await fixture.open();
    end.event('x', 9);
    end.cut();
    const back = await fixture.server.connection(1);
    back.open({ resumed: false }, 1);
    await hub.opened();
    expect(hub.state).toEqual({ name: 'open', resumed: false });
    const events: HubEvent[] = [];
    hub.on('x', (event) => events.push(event));
    back.event('x', 2);
    await eventually(() => expect(events).toHaveLength(1));
  });

  it('reports a gap, and takes the events after it', async () => {
    const { hub, end } = await fixture.open();
    const events: HubEvent[] = [];
    hub.onAny((event) => events.push(event));
    end.cut();
    const back = await fixture.server.connection(1);
    back.open({ resumed: true }, 1);
    back.event('connect.gap', 11, { fromSequence: 2, toSequence: 11 });
    back.event('x', 12);
    await eventually(() => expect(events.at(-1)).toMatchObject({ eventName: 'x' }));
    expect(events.map(({ eventName }) => eventName)).toContain('connect.gap');
  });

  it('sends the reconnection token alone while the network is unreachable and there is no token', async () => {
    let isReachable = true;
    const tokens: TokenSource = async () => {
      if (!isReachable) throw new SallyportError('unreachable');
      return { value: 'token', expiresAt: undefined };
    };
    const { end } = await fixture.open({ tokens }, { reconnectionToken: 'r1' });
    isReachable = false;
    end.cut();
    const back = await fixture.server.connection(1);
    expect(back.subprotocols).toEqual(['sallyport.v1+problem', 'sallyport.v1', 'reconnect.r1']);
  });

  it('waits as long as the hub asked', async () => {
    const { hub, end } = await fixture.open();
    const waits: number[] = [];
    hub.onState((state) => {
      if (state.name === 'reconnecting') waits.push(state.retryInMs);
    });
    end.event('connect.disconnect-notification', 1, {
      reason: 'server_shutdown',
      retryAfterMs: 120,
      reconnectionToken: 'r9',
    });
    end.close(1012);
    const back = await fixture.server.connection(1);
    expect(back.subprotocols).toContain('reconnect.r9');
    expect(waits).toEqual([145]);
  });

  it('closes after a disconnect notification even if no close frame comes', async () => {
    const { hub, end } = await fixture.open();
    end.event('connect.disconnect-notification', 1, { reason: 'superseded' });
    await eventually(() => expect(hub.state).toEqual({ name: 'closed', reason: 'superseded' }));
  });

  it.each([
    [4409, 'superseded'],
    [4403, 'kicked'],
    [4413, 'slow'],
    [4429, 'rate_limited'],
    [4400, 'protocol_error'],
    [4444, 'refused'],
  ] as const)('does not reconnect after %i until reconnect is called', async (code, reason) => {
    const { hub, end } = await fixture.open();
    const waiting = failureOf(hub.call('game', 'GET:/score'));
    await end.frame();
    end.close(code);
    await eventually(() => expect(hub.state).toEqual({ name: 'closed', reason }));
    expect(await waiting).toMatchObject({ name: 'closed', cause: reason });
    await expect(hub.call('game', 'GET:/score')).rejects.toMatchObject({ name: 'closed' });
    expect(fixture.server.connections).toHaveLength(1);

    hub.reconnect();
    (await fixture.server.connection(1)).open();
    await hub.opened();
  });

  it('gets a new token after 4401', async () => {
    const stales: unknown[] = [];
    const tokens: TokenSource = async (stale) => {
      stales.push(stale);
      return { value: stale === undefined ? 'old' : 'new', expiresAt: undefined };
    };
    const { end } = await fixture.open({ tokens });
    end.close(4401);
    expect((await fixture.server.connection(1)).subprotocols).toContain('bearer.new');
    expect(stales).toEqual([undefined, 'old']);
  });

  it('begins a new stream after it was closed on purpose', async () => {
    const { hub, end } = await fixture.open({}, { reconnectionToken: 'r1' });
    hub.close();
    expect(await end.closed).toBe(1000);
    hub.reconnect();
    const next = await fixture.server.connection(1);
    expect(next.query).not.toHaveProperty('lastSequence');
    expect(next.subprotocols).toHaveLength(3);
  });
});
