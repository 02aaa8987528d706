import { runInDurableObject } from 'cloudflare:test';
import { describe, it } from 'vitest';

import {
  connectClient,
  hub,
  loseConnection,
  publishTo,
  refusalOf,
  requestConnect,
  runHubAlarm,
  tokenOf,
} from '../../../support/connect-fixture.ts';
import { FakeIdentity } from '../../../support/fake-identity.ts';
import { aPrincipal } from '../../../support/hub-fixture.ts';

describe('a client that comes back', () => {
  it('[H51] [H54] is sent what it missed, once and in order, and then new events', async ({
    expect,
  }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const { sessionId } = ann.principal;
    await publishTo(sessionId, 'a', 'b');
    expect(await ann.events(2)).toEqual([
      [2, 'a'],
      [3, 'b'],
    ]);
    await loseConnection(ann);
    expect(await publishTo(sessionId, 'c', 'd')).toEqual({ delivered: 0, kept: 2 });

    using back = await connectClient({ token: tokenOf(ann), lastSequence: 2 }, ann.principal);
    expect(back.first).toMatchObject({ sequence: 2 });
    expect(back.manifest).toMatchObject({
      sessionId,
      resumed: true,
      reconnectionWindowSeconds: 300,
    });
    await publishTo(sessionId, 'e');
    expect(await back.events(4)).toEqual([
      [3, 'b'],
      [4, 'c'],
      [5, 'd'],
      [6, 'e'],
    ]);
    expect((await back.call('GET:/api/v1/auth/profile')).code).toBe(0);
    expect(back.manifest['peerGuid']).toBe(ann.manifest['peerGuid']);
    expect(back.manifest.availableApis).toEqual(ann.manifest.availableApis);
  });

  it('[H51] [H55] with an access token resumes, or begins a stream where it cannot', async ({
    expect,
  }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const { principal } = ann;
    await publishTo(principal.sessionId, 'a', 'b');
    await loseConnection(ann);
    using back = await connectClient({ principal, lastSequence: 1 });
    expect(back.manifest['resumed']).toBe(true);
    expect(await back.events(2)).toEqual([
      [2, 'a'],
      [3, 'b'],
    ]);

    await loseConnection(back);
    using ahead = await connectClient({ principal, lastSequence: 4 });
    expect(ahead.manifest['resumed']).toBe(false);
    expect(ahead.first).toMatchObject({ sequence: 1 });
    using stranger = await connectClient({ principal: aPrincipal(), lastSequence: 9 });
    expect(stranger.manifest['resumed']).toBe(false);
  });

  it('[H51] does not miss an event by a manifest that never arrived', async ({ expect }) => {
    const principal = aPrincipal();
    await loseConnection(await connectClient({ principal }));
    await publishTo(principal.sessionId, 'a');
    using back = await connectClient({ principal, lastSequence: 0 });
    expect(back.first).toMatchObject({ sequence: 1 });
    expect(await back.events(1)).toEqual([[2, 'a']]);
  });

  it('[H53] without a sequence is sent the events after the loss was noticed', async ({
    expect,
  }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const { sessionId } = ann.principal;
    await publishTo(sessionId, 'a');
    await loseConnection(ann);
    await publishTo(sessionId, 'b', 'c');
    using back = await connectClient({ token: tokenOf(ann) }, ann.principal);
    expect(back.first).toMatchObject({ sequence: 2 });
    expect(await back.events(2)).toEqual([
      [3, 'b'],
      [4, 'c'],
    ]);
  });

  it('[H52] is told by a gap which events are gone', async ({ expect }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const { sessionId } = ann.principal;
    await publishTo(sessionId, 'a', 'b', 'c', 'd');
    await ann.events(1);
    await loseConnection(ann);
    await runInDurableObject(hub(), (_, { storage }) => {
      storage.sql.exec("UPDATE log SET created_at = 0 WHERE event_id GLOB '*/[abc]'");
    });
    await runHubAlarm();
    using back = await connectClient({ token: tokenOf(ann), lastSequence: 2 }, ann.principal);
    const gap = await back.eventFrame();
    expect(gap.sequence).toBe(2);
    expect(JSON.parse(new TextDecoder().decode(gap.payload))).toMatchObject({
      eventName: 'connect.gap',
      fromSequence: 3,
      toSequence: 4,
    });
    expect(await back.events(1)).toEqual([[5, 'd']]);
  });

  it('[H52] is sent the newest thousand events', async ({ expect }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const { sessionId } = ann.principal;
    await loseConnection(ann);
    const ids = Array.from({ length: 1_003 }, (_, n) => String(n));
    await publishTo(sessionId, ...ids);
    using back = await connectClient({ token: tokenOf(ann), lastSequence: 1 }, ann.principal);
    expect(await back.event()).toMatchObject({ fromSequence: 2, toSequence: 4 });
    const events = await back.events(1_000);
    expect([events[0], events.at(-1)]).toEqual([
      [5, ids[3]],
      [1_004, ids[1_002]],
    ]);
  });

  it('[H54] can use the newest token and the one before it, and no other', async ({ expect }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const { principal } = ann;
    const tokens = [tokenOf(ann)];
    for (let n = 0; n < 2; n += 1) {
      using back = await connectClient({ token: tokens.at(-1) ?? '', lastSequence: 1 }, principal);
      tokens.push(tokenOf(back));
      await loseConnection(back);
    }
    expect(new Set(tokens).size).toBe(3);
    const [first = '', second = '', third = ''] = tokens;
    expect(await refusalOf(await requestConnect({ token: first, lastSequence: 1 }))).toEqual([
      401,
      'CONNECT_RECONNECTION_INVALID',
    ]);
    // The client never received the third token. The second is the one before the newest again.
    using again = await connectClient({ token: second, lastSequence: 1 }, principal);
    expect(again.manifest['resumed']).toBe(true);
    // The second is the one before the newest again, and the third is not valid any more.
    expect((await requestConnect({ token: third, lastSequence: 1 })).status).toBe(401);
  });

  it('[H54] without a sequence or a token begins a stream and ends the former one', async ({
    expect,
  }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const { principal } = ann;
    await publishTo(principal.sessionId, 'a');
    using anew = await connectClient({ principal });
    expect(await ann.closed).toMatchObject({ code: 4409 });
    expect(anew.first).toMatchObject({ sequence: 1 });
    expect(anew.manifest['resumed']).toBe(false);
    expect(await refusalOf(await requestConnect({ token: tokenOf(ann), lastSequence: 1 }))).toEqual(
      [401, 'CONNECT_RECONNECTION_INVALID'],
    );
    await publishTo(principal.sessionId, 'b');
    expect(await anew.events(1)).toEqual([[2, 'b']]);
  });

  it.for(['ended', 'expired', 'revoked'] as const)(
    '[H55] is refused when the session is %s',
    async (status, { expect }) => {
      using ann = await connectClient({ principal: aPrincipal() });
      await loseConnection(ann);
      FakeIdentity.statuses.set(ann.principal.sessionId, status);
      expect((await requestConnect({ token: tokenOf(ann), lastSequence: 1 })).status).toBe(401);
    },
  );

  it('[H55] needs an access token if the former one is bound to a key or has expired', async ({
    expect,
  }) => {
    using bound = await connectClient({ principal: aPrincipal({ confirmation: { jkt: 'key' } }) });
    await loseConnection(bound);
    expect(
      await refusalOf(await requestConnect({ token: tokenOf(bound), lastSequence: 1 })),
    ).toEqual([401, 'CONNECT_RECONNECTION_INVALID']);
    using proven = await connectClient({ principal: bound.principal, lastSequence: 1 });
    expect(proven.manifest['resumed']).toBe(true);

    const expiresAt = Math.floor(Date.now() / 1_000) - 10;
    using late = await connectClient({ principal: aPrincipal({ expiresAt }) });
    await loseConnection(late);
    using inGrace = await connectClient({ token: tokenOf(late), lastSequence: 1 }, late.principal);
    await loseConnection(inGrace);
    const over = aPrincipal({ expiresAt: expiresAt - 21 });
    using gone = await connectClient({ principal: over });
    await loseConnection(gone);
    expect(
      await refusalOf(await requestConnect({ token: tokenOf(gone), lastSequence: 1 })),
    ).toEqual([401, 'AUTH_TOKEN_EXPIRED']);
    const renewed = { ...over, expiresAt: expiresAt + 900 };
    using back = await connectClient({ principal: renewed, lastSequence: 1 });
    expect(back.manifest['resumed']).toBe(true);
  });

  it('[H55] is refused with a sequence that the stream has not reached', async ({ expect }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    await loseConnection(ann);
    expect((await requestConnect({ token: tokenOf(ann), lastSequence: 2 })).status).toBe(401);
    expect(
      (await connectClient({ token: tokenOf(ann), lastSequence: 1 }, ann.principal)).first,
    ).toBeDefined();
  });
});
