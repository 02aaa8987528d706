import { runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import { days, hours, minutes, seconds } from '../../../shared/clock.ts';
import type { UserSessions } from '../../../shared/contracts/identity/user-sessions.ts';
import { SqliteOutboxStore } from '../../../shared/sql/outbox-store.ts';
import { ConnectRecorder } from '../../support/objects-worker.ts';
import { anOpening, aRotation, LAPTOP, LIMITS, theTerms } from '../../support/user-fixture.ts';
import {
  dieWhenTimerIsSet,
  onConnect,
  onLog,
  passTime,
  revocationsOf,
  UserFixture,
} from '../../support/user-object-fixture.ts';

// The deliveries that fail here are logged, as they should be.
beforeEach(() => void vi.spyOn(console, 'log').mockReturnValue());
afterEach(() => {
  vi.restoreAllMocks();
  ConnectRecorder.failing = false;
});

const unreachable = async (): Promise<never> => {
  throw new Error('Cannot be reached: switched off by a test');
};

describe('UserObject: ending', () => {
  it('[U20] [U22] ends a session, and has told every destination when it returns', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const other = await user.open();
    const { sessionId, familyId } = await user.open();
    const latestAccess = Math.floor(Date.now() / 1_000) + LIMITS.accessSeconds;
    expect(await user.sessions.endSession(sessionId, 'logout')).toBe(true);

    expect(user.notifications()).toEqual([
      { subject: user.accountId, sessionIds: [sessionId], reason: 'session_revoked' },
    ]);
    const [entry, ...more] = await revocationsOf(sessionId);
    expect(entry).toMatchObject({ kind: 'session', id: sessionId });
    expect(Math.abs((entry?.expiresAt ?? 0) - latestAccess - 60)).toBeLessThan(5);
    expect(more).toEqual([]);

    expect(await user.outbox()).toEqual([]);
    expect(await user.timers()).toEqual(['sweep']);
    expect(await user.sessions.checkSession(sessionId)).toBe('ended');
    expect(await user.sessions.checkSession(other.sessionId)).toBe('live');
    expect(await user.rotate(familyId, 0)).toMatchObject({ error: { reason: 'family_revoked' } });
    expect(await user.rotate(other.familyId, 0)).toMatchObject({ ok: true });
    expect(await user.sessions.endSession(sessionId, 'logout')).toBe(false);
    expect(user.notifications()).toHaveLength(1);
  });

  it('[U21] tells connect the sub that the session’s tokens carry', async ({ expect }) => {
    const user = new UserFixture();
    const subject = `pws_${user.accountId}`;
    const { grant } = anOpening({ accountId: user.accountId });
    const oauth = theTerms({ subject });
    const { sessionId } = await user.open({ grant: { ...grant, oauth } });
    const own = await user.open();
    expect(await user.sessions.endAllSessions({ reason: 'remote' })).toBe(2);
    const reason = 'session_revoked';
    expect(ConnectRecorder.calls).toContainEqual({ subject, sessionIds: [sessionId], reason });
    expect(user.notifications()).toEqual([
      { subject: user.accountId, sessionIds: [own.sessionId], reason },
    ]);
  });

  it('[U20] ends all sessions except one, and delivers all notices at once', async ({ expect }) => {
    const user = new UserFixture();
    const opened = [await user.open(), await user.open(), await user.open()];
    const ids = opened.map(({ sessionId }) => sessionId);
    expect(await user.sessions.endAllSessions({ keep: ids[1], reason: 'admin' })).toBe(2);
    expect(await user.sessions.listSessions()).toMatchObject([{ sessionId: ids[1] }]);
    const [notification, ...more] = user.notifications() as {
      sessionIds: string[];
      reason: string;
    }[];
    expect(notification?.reason).toBe('kicked');
    expect(new Set(notification?.sessionIds)).toEqual(new Set([ids[0], ids[2]]));
    expect(notification?.sessionIds).toHaveLength(2);
    expect(more).toEqual([]);
    expect(await user.sessions.endAllSessions({ reason: 'account_deleted' })).toBe(1);
    expect(await user.sessions.endAllSessions({ reason: 'account_deleted' })).toBe(0);
  });

  it('[U12] [U20] [U21] ends a session with its families and notices, or not at all', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { sessionId, familyId } = await user.open();
    await user.rotate(familyId, 0);
    const stolen = aRotation(familyId, 0, { installation: LAPTOP });
    const endings = [
      (object: UserSessions) => object.endSession(sessionId, 'logout'),
      (object: UserSessions) => object.endAllSessions({ reason: 'admin' }),
      (object: UserSessions) => object.rotate(stolen),
    ];
    for (const end of endings) {
      vi.spyOn(SqliteOutboxStore.prototype, 'add').mockImplementation(() => {
        throw new Error('Cannot write: the disk is full');
      });
      expect(await user.failure(end)).toContain('the disk is full');
      vi.restoreAllMocks();
    }
    expect(await user.sessions.checkSession(sessionId)).toBe('live');
    expect(await user.rotate(familyId, 1)).toMatchObject({ ok: true });
    expect(await user.outbox()).toEqual([]);
  });

  it('[U22] [U23] ends a session while connect fails, and tells it later, after eviction', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    ConnectRecorder.failing = true;
    expect(await user.sessions.endSession(sessionId, 'logout')).toBe(true);
    expect(await revocationsOf(sessionId)).toHaveLength(1);
    expect(await user.outbox()).toEqual([{ destination: 'connect', attempts: 1 }]);

    await user.evict();
    ConnectRecorder.failing = false;
    passTime(seconds(1));
    await user.ring();
    expect(user.notifications()).toMatchObject([{ sessionIds: [sessionId] }]);
    expect(await user.outbox()).toEqual([]);
  });

  it('[U22] [U23] ends a session while the log fails, and tells it later, after eviction', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { sessionId, familyId } = await user.open();
    await user.rotate(familyId, 0);
    onLog(unreachable);
    expect(await user.rotate(familyId, 0, LAPTOP)).toMatchObject({
      error: { reason: 'refresh_reused' },
    });
    expect(user.notifications()).toMatchObject([{ sessionIds: [sessionId] }]);
    expect(await user.outbox()).toEqual([{ destination: 'revocation-log', attempts: 1 }]);
    expect(await revocationsOf(sessionId)).toEqual([]);

    vi.restoreAllMocks();
    await user.evict();
    passTime(seconds(1));
    await user.ring();
    expect(await revocationsOf(sessionId)).toHaveLength(1);
    expect(await user.outbox()).toEqual([]);
    expect(user.notifications()).toHaveLength(1);
  });

  it('[U22] waits at most about a second if connect does not answer', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    const hanging = Promise.withResolvers<number>();
    onConnect(() => hanging.promise);
    const before = performance.now();
    expect(await user.sessions.endSession(sessionId, 'logout')).toBe(true);
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(await revocationsOf(sessionId)).toHaveLength(1);
    expect(await user.outbox()).toEqual([{ destination: 'connect', attempts: 1 }]);
    hanging.resolve(0);
  });

  it('[U23] repeats a failed delivery after 1 s, doubling to 60 s', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    ConnectRecorder.failing = true;
    await user.sessions.endSession(sessionId, 'logout');
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      await user.evict();
      const pause = (await user.timerAt('outbox')) - Date.now();
      pauses.push(Math.round(pause / 1_000));
      passTime(pause);
      await user.ring();
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(user.notifications()).toEqual([]);

    ConnectRecorder.failing = false;
    passTime(seconds(60));
    await user.ring();
    expect(user.notifications()).toMatchObject([{ sessionIds: [sessionId] }]);
    expect(await user.timers()).toEqual(['sweep']);
  });

  it('[U21] delivers the notices even if the object dies before it could', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    const dying = runInDurableObject(user.stub, async (object, state) => {
      dieWhenTimerIsSet(state);
      await object.endSession(sessionId, 'logout');
    });
    await expect(dying).rejects.toThrow('killed by a test');

    vi.restoreAllMocks();
    expect(await user.sessions.checkSession(sessionId)).toBe('ended');
    expect(await user.outbox()).toHaveLength(2);
    passTime(seconds(3));
    expect(await user.ring()).toBe(true);
    expect(user.notifications()).toMatchObject([{ sessionIds: [sessionId] }]);
    expect(await revocationsOf(sessionId)).toHaveLength(1);
    expect(await user.outbox()).toEqual([]);
  });

  it('[U24] drops a notice once every token of the session has expired', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    ConnectRecorder.failing = true;
    await user.sessions.endSession(sessionId, 'logout');
    passTime(seconds(LIMITS.accessSeconds) + seconds(50));
    await user.ring();
    expect(await user.outbox()).toHaveLength(1);
    passTime(seconds(60));
    await user.ring();
    expect(await user.outbox()).toEqual([]);
    expect(await user.timers()).toEqual(['sweep']);
  });
});

describe('UserObject: forgetting', () => {
  it('[U30] [U31] removes sessions a day after their end, and keeps the others', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const dead = await user.open();
    const live = await user.open({ limits: { ...LIMITS, idleSeconds: 30 * 86_400 } });
    passTime(hours(1));
    await user.sessions.endSession(dead.sessionId, 'logout');
    passTime(hours(23) + minutes(1));
    await user.ring();
    expect(await user.rotate(dead.familyId, 0)).toMatchObject({
      error: { reason: 'family_revoked' },
    });

    passTime((await user.timerAt('sweep')) - Date.now());
    await user.evict();
    await user.ring();
    expect(await user.rotate(dead.familyId, 0)).toMatchObject({
      error: { reason: 'family_unknown' },
    });
    expect(await user.rows('families')).toBe(1);
    expect(await user.sessions.checkSession(live.sessionId)).toBe('live');
    expect(await user.timers()).toEqual(['sweep']);
  });

  it('[U32] deletes itself when nothing is left, and works again', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId, familyId } = await user.open();
    await user.sessions.endSession(sessionId, 'logout');
    passTime(days(1) + seconds(1));
    expect(await user.ring()).toBe(true);
    expect(await user.rows('sessions')).toBeUndefined();
    expect(await user.alarmAt()).toBeNull();
    expect(await user.rotate(familyId, 0)).toMatchObject({ error: { reason: 'family_unknown' } });

    const next = await user.open();
    expect(await user.rotate(next.familyId, 0)).toMatchObject({ ok: true });
    await user.evict();
    expect(await user.sessions.listSessions()).toMatchObject([{ sessionId: next.sessionId }]);
    expect(await user.timers()).toEqual(['sweep']);
  });

  it('[U30] [U32] removes an expired session that nobody ended', async ({ expect }) => {
    const user = new UserFixture();
    await user.open();
    for (let rings = 0; rings < 4 && (await user.rows('sessions')) !== undefined; rings += 1) {
      passTime((await user.timerAt('sweep')) - Date.now());
      await user.ring();
    }
    expect(await user.rows('sessions')).toBeUndefined();
  });

  it('[U32] does nothing when an alarm comes twice', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    await user.sessions.endSession(sessionId, 'logout');
    passTime(days(2));
    await runInDurableObject(user.stub, async (object) => {
      await object.alarm();
      await object.alarm();
    });
    expect(await user.rows('sessions')).toBeUndefined();
  });
});
