import { afterEach, describe, it, vi } from 'vitest';

import { hours, seconds } from '../../../shared/clock.ts';
import { aRotation, hashOf, LAPTOP, LIMITS, OTHER_CLIENT } from '../../support/user-fixture.ts';
import {
  passTime,
  revocationsOf,
  rowsTouched,
  UserFixture,
} from '../../support/user-object-fixture.ts';

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

  it('[U11] repeats a lost reply, also after eviction, and writes nothing', async ({ expect }) => {
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

  it('[U12] ends the session when a stolen token is used, on either side', async ({ expect }) => {
    const thefts = [
      { name: 'too late', lateBy: seconds(11), generation: 0 },
      { name: 'from elsewhere', installation: LAPTOP, generation: 0 },
      { name: 'older', rotations: 2, generation: 0 },
      { name: 'with a wrong secret', generation: 1, presentedHash: hashOf(7) },
      { name: 'from the future', generation: 2 },
    ];
    for (const theft of thefts) {
      const { name, lateBy = 0, generation, rotations = 1, installation, ...rest } = theft;
      const user = new UserFixture();
      const { sessionId, familyId } = await user.open();
      for (let n = 0; n < rotations; n += 1) await user.rotate(familyId, n);
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
      expect(user.told(), name).toHaveLength(1);
    }
  });

  it('[U14] lets another client neither rotate nor revoke', async ({ expect }) => {
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

  it('[U3] [U15] answers with the reason why a token is invalid', async ({ expect }) => {
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

  it('[U19] keeps a token that is not to be exchanged, and renews its life', async ({ expect }) => {
    const user = new UserFixture();
    const { familyId } = await user.open();
    const kept = { keeps: true };
    for (let n = 0; n < 2; n += 1) {
      await user.evict();
      expect(await user.rotate(familyId, 0, undefined, kept)).toMatchObject({
        ok: true,
        value: { outcome: 'kept', generation: 0 },
      });
    }
    expect(await user.rotate(familyId, 0)).toMatchObject({ value: { outcome: 'rotated' } });
    expect(await user.rotate(familyId, 1, undefined, kept)).toMatchObject({
      value: { outcome: 'kept', generation: 1 },
    });
    expect(await user.rotate(familyId, 0)).toMatchObject({ error: { reason: 'refresh_reused' } });
  });

  it('[U1] [U10-U12] [U20] works through a session’s life with an eviction before each step', async ({
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
