import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, it, vi } from 'vitest';

import { days, minutes, seconds } from '../../../shared/clock.ts';
import { newAccountId, newFamilyId, newSessionId } from '../../../shared/ids.ts';
import { passTime, UserFixture } from '../../support/user-object-fixture.ts';

afterEach(() => void vi.restoreAllMocks());

describe('UserObject: opening', () => {
  it('[U1] [U5] stores a session, which is then listed and live', async ({ expect }) => {
    const user = new UserFixture();
    const opening = user.opening();
    const before = Date.now();
    const opened = await user.sessions.openSession(opening);
    if ('refused' in opened) throw new Error(`Refused: ${opened.refused}`);
    const { expiresAt, refreshExpiresAt } = opened;
    expect(expiresAt).toBeGreaterThanOrEqual(before + days(1));
    expect(refreshExpiresAt - expiresAt).toBe(days(6));

    const { sessionId, clientId } = opening.grant;
    expect(await user.sessions.checkSession(sessionId)).toBe('live');
    expect(await user.sessions.listSessions()).toEqual([
      {
        sessionId,
        clientId,
        origin: opening.origin,
        device: { name: 'Phone', installationId: 'phone' },
        createdAt: expiresAt - days(1),
        lastActivityAt: expiresAt - days(1),
        expiresAt,
      },
    ]);
  });

  it('[U2] refuses ids that were used before, and changes nothing', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId, familyId } = await user.open();
    await user.sessions.endSession(sessionId, 'logout');
    const again = user.opening();
    const grant = { ...again.grant, sessionId };
    const refused = 'its id was used before';
    for (const used of [
      { ...again, grant },
      { ...again, familyId },
    ]) {
      expect(await user.failure((object) => object.openSession(used))).toContain(refused);
    }
    expect(await user.sessions.checkSession(sessionId)).toBe('ended');
    expect(await user.sessions.checkSession(again.grant.sessionId)).toBe('unknown');
  });

  it("[U2] refuses another account's session, and allocates nothing", async ({ expect }) => {
    const user = new UserFixture();
    const { grant, ...rest } = user.opening();
    const foreign = { ...rest, grant: { ...grant, accountId: newAccountId() } };
    expect(await user.failure((object) => object.openSession(foreign))).toContain(
      'another account',
    );
    expect(await user.rows('sessions')).toBeUndefined();
  });

  it('[U4] writes a mark of activity at most once in five minutes', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    const [opened] = await user.sessions.listSessions();
    await user.sessions.touchSession(sessionId);
    expect(await user.sessions.listSessions()).toEqual([opened]);

    passTime(minutes(6));
    await user.sessions.touchSession(sessionId);
    const [touched] = await user.sessions.listSessions();
    expect((touched?.lastActivityAt ?? 0) - (opened?.lastActivityAt ?? 0)).toBeGreaterThanOrEqual(
      minutes(6),
    );
    passTime(minutes(4));
    await user.sessions.touchSession(sessionId);
    expect(await user.sessions.listSessions()).toEqual([touched]);
  });

  it('[U25] keeps a revocation for as long as the recorded token lives, and writes a row a minute', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    const expiresAt = 60 * Math.ceil(Date.now() / 60_000) + 3_600;
    const families = () =>
      runInDurableObject(user.stub, (_, { storage }) =>
        storage.sql.exec('SELECT access_until FROM families').toArray(),
      );
    expect(await user.sessions.recordAccessToken({ sessionId, expiresAt })).toBe(true);
    expect(await families()).toEqual([{ access_until: seconds(expiresAt) }]);
    const sooner = { sessionId, expiresAt: expiresAt - 30 };
    expect(await user.sessions.recordAccessToken(sooner)).toBe(true);
    expect(await families()).toEqual([{ access_until: seconds(expiresAt) }]);

    await user.sessions.endSession(sessionId, 'logout');
    expect(await user.sessions.recordAccessToken({ sessionId, expiresAt })).toBe(false);
    const unknown = { sessionId: newSessionId(), expiresAt };
    expect(await user.sessions.recordAccessToken(unknown)).toBe(false);
  });

  it('[U6] ends the least recently active session when there are 100', async ({ expect }) => {
    const user = new UserFixture();
    const first = await user.open();
    passTime(seconds(1));
    const second = await user.open();
    passTime(seconds(1));
    for (let n = 2; n < 100; n += 1) await user.open();
    // The first is the oldest, but not the one that was idle the longest.
    passTime(seconds(1));
    await user.rotate(first.familyId, 0);
    expect(await user.sessions.listSessions()).toHaveLength(100);
    expect(user.notifications()).toEqual([]);

    const last = await user.open();
    expect(await user.sessions.listSessions()).toHaveLength(100);
    expect(await user.sessions.checkSession(first.sessionId)).toBe('live');
    expect(await user.sessions.checkSession(second.sessionId)).toBe('ended');
    expect(await user.sessions.checkSession(last.sessionId)).toBe('live');
    expect(user.notifications()).toMatchObject([{ sessionIds: [second.sessionId] }]);
  });

  it('[U7] answers made-up ids without allocating anything', async ({ expect }) => {
    const user = new UserFixture();
    const sessionId = newSessionId();
    expect(await user.rotate(newFamilyId(), 0)).toEqual({
      ok: false,
      error: { reason: 'family_unknown' },
    });
    expect(await user.sessions.checkSession(sessionId)).toBe('unknown');
    expect(await user.sessions.listSessions()).toEqual([]);
    await user.sessions.touchSession(sessionId);
    expect(await user.sessions.endSession(sessionId, 'logout')).toBe(false);
    expect(await user.sessions.endAllSessions({ reason: 'admin' })).toBe(0);
    const tables = await runInDurableObject(user.stub, (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_schema WHERE name NOT GLOB '_cf*'").toArray(),
    );
    expect(tables).toEqual([]);
    expect(await user.alarmAt()).toBeNull();
  });
});

describe('UserObject without a name', () => {
  it('[U2] opens no session', async ({ expect }) => {
    const stub = env.USERS.get(env.USERS.newUniqueId());
    const opening = new UserFixture().opening();
    await runInDurableObject(stub, (object) =>
      expect(object.openSession(opening)).rejects.toThrow(TypeError),
    );
  });
});
