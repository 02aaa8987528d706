import { runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import { minutes, seconds } from '../../../shared/clock.ts';
import { ConnectRecorder } from '../../support/objects-worker.ts';
import { anOpening, LIMITS, OTHER_CLIENT, theTerms } from '../../support/user-fixture.ts';
import { dieWhenTimerIsSet, passTime, UserFixture } from '../../support/user-object-fixture.ts';

// The deliveries that fail here are logged, as they should be.
beforeEach(() => void vi.spyOn(console, 'log').mockReturnValue());
afterEach(() => {
  vi.restoreAllMocks();
  ConnectRecorder.failing = false;
});

type Told = { subject: string; roles: string[]; changedAt: number; until: number };

/** What `connect` was told of a subject's roles. */
const rolesTold = (subject: string): Told[] =>
  (ConnectRecorder.roles as Told[]).filter((told) => told.subject === subject);

const rolesOf = async (
  user: UserFixture,
  { sessionId }: Awaited<ReturnType<UserFixture['open']>>,
) => (await user.sessions.readSession(sessionId))?.grant.roles;

describe('UserObject: roles', () => {
  it('[U70] change in every session, also in a rotation and after eviction', async ({ expect }) => {
    const user = new UserFixture();
    const opened = [await user.open(), await user.open()];
    await user.sessions.changeRoles(['user', 'admin']);
    await user.evict();
    for (const session of opened) {
      expect(await rolesOf(user, session)).toEqual(['user', 'admin']);
      expect(await user.rotate(session.familyId, 0)).toMatchObject({
        value: { grant: { roles: ['user', 'admin'], sessionId: session.sessionId } },
      });
    }
  });

  it('[U70] do not change in a session that was ended', async ({ expect }) => {
    const user = new UserFixture();
    const ended = await user.open();
    const before = await rolesOf(user, ended);
    await user.sessions.endSession(ended.sessionId, 'logout');
    await user.sessions.changeRoles(['admin']);
    expect(await rolesOf(user, ended)).toEqual(before);
  });

  it('[U70] change in a session that is opened by an earlier code', async ({ expect }) => {
    const user = new UserFixture();
    const browser = await user.open();
    await user.issue(browser.sessionId, { clientId: OTHER_CLIENT });
    await user.sessions.changeRoles(['editor']);
    expect(await user.redeem({ clientId: OTHER_CLIENT })).toMatchObject({
      value: { grant: { roles: ['editor'] } },
    });
  });

  it('[U70] allocate nothing for an unknown user', async ({ expect }) => {
    const user = new UserFixture();
    await user.sessions.changeRoles(['admin']);
    expect(await user.rows('role_changes')).toBeUndefined();
    expect(rolesTold(user.accountId)).toEqual([]);
  });

  it('[U71] replace those that a sign-in read before the change', async ({ expect }) => {
    const user = new UserFixture();
    await user.open();
    await user.sessions.changeRoles(['editor']);
    expect(await rolesOf(user, await user.open())).toEqual(['editor']);
    passTime(minutes(1) + 1);
    expect(await rolesOf(user, await user.open())).toEqual(anOpening().grant.roles);
  });

  it('[U72] are told to connect, under every sub that tokens carry', async ({ expect }) => {
    const user = new UserFixture();
    const subject = `pws_${user.accountId}`;
    const { grant } = anOpening({ accountId: user.accountId });
    await user.open();
    await user.open();
    await user.open({ grant: { ...grant, oauth: theTerms({ subject }) } });
    await user.sessions.changeRoles(['admin']);

    const [own, ...more] = rolesTold(user.accountId);
    expect(own).toMatchObject({ roles: ['admin'] });
    expect(more).toEqual([]);
    expect(rolesTold(subject)).toMatchObject([{ roles: ['admin'], changedAt: own?.changedAt }]);
    const until = Math.floor(Date.now() / 1_000) + LIMITS.accessSeconds + 61;
    expect(Math.abs((own?.until ?? 0) - until)).toBeLessThan(5);
    expect(await user.timers()).toEqual(['sweep']);
  });

  it('[U72] are told again after a failure, with the roles of that moment', async ({ expect }) => {
    const user = new UserFixture();
    await user.open();
    ConnectRecorder.failing = true;
    await user.sessions.changeRoles(['admin']);
    const first = (await user.timerAt('outbox')) - Date.now();
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(seconds(1));

    passTime(seconds(2));
    await user.ring();
    const second = (await user.timerAt('outbox')) - Date.now();
    expect(second).toBeGreaterThan(seconds(1));
    expect(second).toBeLessThanOrEqual(seconds(2));
    await user.sessions.changeRoles(['editor']);
    expect(rolesTold(user.accountId)).toEqual([]);

    ConnectRecorder.failing = false;
    await user.evict();
    passTime(seconds(3));
    await user.ring();
    expect(rolesTold(user.accountId)).toMatchObject([{ roles: ['editor'] }]);
    expect(await user.timers()).toEqual(['sweep']);
    expect(await user.outbox()).toEqual([]);
  });

  it('[U72] are told to connect although the object died before it could tell', async ({
    expect,
  }) => {
    const user = new UserFixture();
    await user.open();
    const dying = runInDurableObject(user.stub, async (object, state) => {
      dieWhenTimerIsSet(state);
      await object.changeRoles(['admin']);
    });
    await expect(dying).rejects.toThrow('killed by a test');

    vi.restoreAllMocks();
    passTime(seconds(3));
    expect(await user.ring()).toBe(true);
    expect(rolesTold(user.accountId)).toMatchObject([{ roles: ['admin'] }]);
  });

  it('[U72] are not overwritten by a late delivery of the change before', async ({ expect }) => {
    const user = new UserFixture();
    await user.open();
    const answers = [() => scheduler.wait(200), () => scheduler.wait(1)];
    vi.spyOn(ConnectRecorder.prototype, 'rolesChanged').mockImplementation((async () => {
      await answers.shift()?.();
      return 0;
    }) as never);
    const slow = user.sessions.changeRoles(['admin']);
    await scheduler.wait(20);
    await user.sessions.changeRoles(['editor']);
    await slow;
    expect(await user.timers()).toEqual(['sweep']);
    expect(await rolesOf(user, await user.open())).toEqual(['editor']);
  });

  it('[U72] are told with different times for two changes in one millisecond', async ({
    expect,
  }) => {
    vi.spyOn(Date, 'now').mockReturnValue(Date.now());
    const user = new UserFixture();
    await user.open();
    await user.sessions.changeRoles(['admin']);
    await user.sessions.changeRoles(['user']);
    const [first, second] = rolesTold(user.accountId);
    expect(second?.changedAt).toBeGreaterThan(first?.changedAt ?? Infinity);
  });
});
