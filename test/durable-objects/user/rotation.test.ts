import { afterEach, describe, it, vi } from 'vitest';

import { hours, seconds } from '../../../shared/clock.ts';
import {
  aRotation,
  hashOf,
  LAPTOP,
  LIMITS,
  OTHER_CLIENT,
  PHONE,
} from '../../support/user-fixture.ts';
import {
  passTime,
  revocationsOf,
  rowsTouched,
  UserFixture,
} from '../../support/user-object-fixture.ts';

/** The phone, as it is told apart without an id. */
const UNNAMED = { ...PHONE, installationId: null };

afterEach(() => void vi.restoreAllMocks());

describe('UserObject: rotating', () => {
  it('[U10] [U11] rotates for one of two concurrent uses, and repeats the answer for the other', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { familyId } = await user.open();
    const both = await Promise.all([user.rotate(familyId, 0), user.rotate(familyId, 0)]);
    const [first, second] = both.map((result) => (result.ok ? result.value : undefined));
    expect(new Set([first?.outcome, second?.outcome])).toEqual(new Set(['duplicate', 'rotated']));
    expect({ ...first, outcome: '' }).toEqual({ ...second, outcome: '' });
    expect(first?.generation).toBe(1);
    expect(await user.rotate(familyId, 1)).toMatchObject({ ok: true, value: { generation: 2 } });
  });

  it('[U11] repeats a lost answer, also after eviction, and writes nothing', async ({ expect }) => {
    const user = new UserFixture();
    const { familyId } = await user.open();
    const lost = await user.rotate(familyId, 0);
    await user.evict();
    passTime(seconds(5));
    const again = await user.rotate(familyId, 0);
    expect(again).toEqual({
      ok: true,
      value: { ...(lost.ok && lost.value), outcome: 'duplicate' },
    });
    const touched = await rowsTouched(user, () => user.rotate(familyId, 0));
    expect(touched).toEqual({ read: 2, written: 0 });
  });

  it('[U11] answers with the unused successor again after hours, and issues the tokens anew', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { familyId } = await user.open();
    const lost = await user.rotate(familyId, 0);
    passTime(hours(3));
    await user.evict();
    const again = await user.rotate(familyId, 0);
    expect(again).toMatchObject({ value: { outcome: 'duplicate', generation: 1 } });
    const moments = [lost, again].map((each) => (each.ok ? each.value.rotatedAt : 0));
    expect((moments[1] ?? 0) - (moments[0] ?? 0)).toBeGreaterThanOrEqual(hours(3));
    passTime(seconds(11));
    const touched = await rowsTouched(user, () => user.rotate(familyId, 0));
    expect(touched).toEqual({ read: 2, written: 1 });
    expect(await user.rotate(familyId, 1)).toMatchObject({ value: { outcome: 'rotated' } });
    expect(await user.rotate(familyId, 0)).toMatchObject({ error: { reason: 'refresh_reused' } });
  });

  it('[U11] [U13] repeats the answer to an installation without an id for 2 minutes', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { familyId } = await user.open({ installation: UNNAMED });
    await user.rotate(familyId, 0, UNNAMED);
    passTime(seconds(20));
    const touched = await rowsTouched(user, () => user.rotate(familyId, 0, UNNAMED));
    expect(touched).toEqual({ read: 2, written: 1 });
    passTime(seconds(119));
    expect(await user.rotate(familyId, 0, UNNAMED)).toMatchObject({
      value: { outcome: 'duplicate', generation: 1 },
    });
  });

  it('[U12] ends the session when a stolen token is used, by the thief or by the owner', async ({
    expect,
  }) => {
    const thefts = [
      {
        name: 'too late without an id',
        lateBy: seconds(121),
        generation: 0,
        installation: UNNAMED,
        by: UNNAMED,
      },
      { name: 'without the id that it was rotated with', generation: 0, installation: UNNAMED },
      { name: 'with an id that it was not rotated with', generation: 0, by: UNNAMED },
      { name: 'from elsewhere', installation: LAPTOP, generation: 0 },
      { name: 'older', rotations: 2, generation: 0 },
      { name: 'with a wrong secret', generation: 1, presentedHash: hashOf(7) },
      { name: 'from the future', generation: 2 },
    ];
    for (const theft of thefts) {
      const { name, lateBy = 0, generation, rotations = 1, by, installation, ...rest } = theft;
      const user = new UserFixture();
      const { sessionId, familyId } = await user.open();
      for (let n = 0; n < rotations; n += 1) await user.rotate(familyId, n, by);
      passTime(lateBy);
      expect(await user.rotate(familyId, generation, installation, rest), name).toEqual({
        ok: false,
        error: { reason: 'refresh_reused', generation },
      });
      await user.evict();
      expect(await user.sessions.checkSession(sessionId), name).toBe('ended');
      // The winner's token is dead as well: nobody can tell who the thief was.
      expect(await user.rotate(familyId, rotations), name).toMatchObject({
        error: { reason: 'family_revoked' },
      });
      expect(await revocationsOf(sessionId), name).toHaveLength(1);
      expect(user.notifications(), name).toHaveLength(1);
    }
  });

  it('[U14] neither rotates nor revokes anything for another client', async ({ expect }) => {
    const user = new UserFixture();
    const { familyId } = await user.open();
    await user.rotate(familyId, 0);
    const asOther = { clientId: OTHER_CLIENT };
    for (const generation of [0, 1, 2]) {
      expect(await user.rotate(familyId, generation, LAPTOP, asOther)).toEqual({
        ok: false,
        error: { reason: 'client_mismatch' },
      });
    }
    expect(await user.rotate(familyId, 1)).toMatchObject({ ok: true });
  });

  it('[U3] [U15] answers why a token is not valid any more', async ({ expect }) => {
    const user = new UserFixture();
    const idle = await user.open();
    const shortLived = await user.open({ limits: { ...LIMITS, refreshSeconds: 3_600 } });
    const ended = await user.open();
    await user.sessions.endSession(ended.sessionId, 'logout');
    passTime(hours(2));
    const reasonOf = async ({ familyId }: typeof idle) => {
      const result = await user.rotate(familyId, 0);
      return result.ok ? 'ok' : result.error.reason;
    };
    expect(await reasonOf(shortLived)).toBe('refresh_expired');
    expect(await user.sessions.checkSession(shortLived.sessionId)).toBe('live');
    passTime(hours(22));
    expect(await reasonOf(idle)).toBe('session_expired');
    expect(await user.sessions.checkSession(idle.sessionId)).toBe('expired');
    expect(await user.sessions.endSession(idle.sessionId, 'logout')).toBe(false);
    expect(await reasonOf(ended)).toBe('family_revoked');
  });

  it('[U16] reads two rows and writes one for a rotation, and sets no alarm', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { familyId } = await user.open();
    const alarm = await user.alarmAt();
    for (let generation = 0; generation < 5; generation += 1) {
      const touched = await rowsTouched(user, () => user.rotate(familyId, generation));
      expect(touched).toEqual({ read: 2, written: 1 });
    }
    expect(await user.alarmAt()).toBe(alarm);
    expect(await user.rows('families')).toBe(1);
  });

  it('[U17] refuses to repeat a rotation with another successor', async ({ expect }) => {
    const user = new UserFixture();
    const { familyId } = await user.open();
    await user.rotate(familyId, 0);
    const other = aRotation(familyId, 0, { successorHash: hashOf(9) });
    expect(await user.failure((object) => object.rotate(other))).toContain('Cannot repeat');
    expect(await user.rotate(familyId, 0)).toMatchObject({ value: { outcome: 'duplicate' } });
    expect(await user.rotate(familyId, 1)).toMatchObject({ value: { outcome: 'rotated' } });
  });

  it('[U19] keeps the token if the request asks for that, and extends its life', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { familyId } = await user.open();
    const keeping = { keeps: true };
    for (let n = 0; n < 2; n += 1) {
      await user.evict();
      expect(await user.rotate(familyId, 0, undefined, keeping)).toMatchObject({
        ok: true,
        value: { outcome: 'kept', generation: 0 },
      });
    }
    expect(await user.rotate(familyId, 0)).toMatchObject({ value: { outcome: 'rotated' } });
    expect(await user.rotate(familyId, 1, undefined, keeping)).toMatchObject({
      value: { outcome: 'kept', generation: 1 },
    });
    expect(await user.rotate(familyId, 0)).toMatchObject({ error: { reason: 'refresh_reused' } });
  });

  it('[U1] [U10-U12] [U20] opens, rotates and ends a session with an eviction before each step', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { sessionId, familyId } = await user.open();
    const stolen = await user.open();
    const steps: [() => Promise<unknown>, unknown][] = [
      [() => user.rotate(familyId, 0), { value: { outcome: 'rotated', generation: 1 } }],
      [() => user.rotate(familyId, 0), { value: { outcome: 'duplicate', generation: 1 } }],
      [() => user.rotate(familyId, 1), { value: { outcome: 'rotated', generation: 2 } }],
      [() => user.rotate(stolen.familyId, 1), { error: { reason: 'refresh_reused' } }],
      [() => user.sessions.listSessions(), [{ sessionId }]],
      [() => user.sessions.endSession(sessionId, 'logout'), true],
      [() => user.sessions.endSession(sessionId, 'logout'), false],
      [() => user.rotate(familyId, 2), { error: { reason: 'family_revoked' } }],
      [() => user.sessions.listSessions(), []],
    ];
    for (const [take, answer] of steps) {
      await user.evict();
      const taken = await take();
      if (typeof answer === 'object') expect(taken).toMatchObject(answer as object);
      else expect(taken).toBe(answer);
    }
  });
});
