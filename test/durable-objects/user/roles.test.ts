import { runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import { hours, seconds } from '../../../shared/clock.ts';
import { ConnectRecorder } from '../../support/objects-worker.ts';
import { anOpening, LIMITS, OTHER_CLIENT, theTerms } from '../../support/user-fixture.ts';
import { dieWhenTimerIsSet, passTime, UserFixture } from '../../support/user-object-fixture.ts';

// The deliveries that fail here are logged, as they should be.
beforeEach(() => void vi.spyOn(console, 'log').mockReturnValue());
afterEach(() => {
  vi.restoreAllMocks();
  ConnectRecorder.failing = false;
});

type RoleNotice = { subject: string; roles: string[]; changedAt: number; until: number };

/** What `connect` was told of a subject's roles. */
const roleNotices = (subject: string): RoleNotice[] =>
  (ConnectRecorder.roles as RoleNotice[]).filter((notice) => notice.subject === subject);

const rolesOf = async (
  user: UserFixture,
  { sessionId }: Awaited<ReturnType<UserFixture['open']>>,
) => (await user.sessions.readSession(sessionId))?.grant.roles;

describe('UserObject: a change of roles', () => {
  it('[U70] applies to every session, also in a rotation and after eviction', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const opened = [await user.open(), await user.open()];
    await user.changeRoles(['user', 'admin']);
    await user.evict();
    for (const session of opened) {
      expect(await rolesOf(user, session)).toEqual(['user', 'admin']);
      expect(await user.rotate(session.familyId, 0)).toMatchObject({
        value: { grant: { roles: ['user', 'admin'], sessionId: session.sessionId } },
      });
    }
  });

  it('[U70] does not apply to a session that was ended', async ({ expect }) => {
    const user = new UserFixture();
    const ended = await user.open();
    const before = await rolesOf(user, ended);
    await user.sessions.endSession(ended.sessionId, 'logout');
    await user.changeRoles(['admin']);
    expect(await rolesOf(user, ended)).toEqual(before);
  });

  it('[U70] applies to a code that was issued before', async ({ expect }) => {
    const user = new UserFixture();
    const browser = await user.open();
    await user.issue(browser.sessionId, { clientId: OTHER_CLIENT });
    await user.changeRoles(['editor']);
    expect(await user.redeem({ clientId: OTHER_CLIENT })).toMatchObject({
      value: { grant: { roles: ['editor'] } },
    });
  });

  it('[U70] allocates nothing for an unknown user', async ({ expect }) => {
    const user = new UserFixture();
    await user.changeRoles(['admin']);
    expect(await user.rows('role_changes')).toBeUndefined();
    expect(roleNotices(user.accountId)).toEqual([]);
  });

  it('[U71] applies to a session whose sign-in read the roles before', async ({ expect }) => {
    const user = new UserFixture();
    await user.open();
    const before = user.changed({ roles: ['user'] });
    await user.changeRoles(['editor']);
    expect(await rolesOf(user, await user.open(before))).toEqual(['editor']);
    passTime(hours(1));
    expect(await rolesOf(user, await user.open())).toEqual(['editor']);
    const now = user.changed({ roles: ['author'] });
    const { grant } = user.opening();
    const opened = await user.open({ ...now, grant: { ...grant, roles: ['author'] } });
    expect(await rolesOf(user, opened)).toEqual(['author']);
  });

  it('[U72] is reported to connect once for every sub that tokens carry', async ({ expect }) => {
    const user = new UserFixture();
    const subject = `pws_${user.accountId}`;
    const { grant } = anOpening({ accountId: user.accountId });
    await user.open();
    await user.open();
    await user.open({ grant: { ...grant, oauth: theTerms({ subject }) } });
    await user.changeRoles(['admin']);

    const [own, ...more] = roleNotices(user.accountId);
    expect(own).toMatchObject({ roles: ['admin'] });
    expect(more).toEqual([]);
    expect(roleNotices(subject)).toMatchObject([{ roles: ['admin'], changedAt: own?.changedAt }]);
    const until = Math.floor(Date.now() / 1_000) + LIMITS.accessSeconds + 61;
    expect(Math.abs((own?.until ?? 0) - until)).toBeLessThan(5);
    expect(await user.timers()).toEqual(['sweep']);
  });

  it('[U72] is reported again after a failure, with the current roles', async ({ expect }) => {
    const user = new UserFixture();
    await user.open();
    ConnectRecorder.failing = true;
    await user.changeRoles(['admin']);
    const first = (await user.timerAt('outbox')) - Date.now();
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(seconds(1));

    passTime(seconds(2));
    await user.ring();
    const second = (await user.timerAt('outbox')) - Date.now();
    expect(second).toBeGreaterThan(seconds(1));
    expect(second).toBeLessThanOrEqual(seconds(2));
    await user.changeRoles(['editor']);
    expect(roleNotices(user.accountId)).toEqual([]);

    ConnectRecorder.failing = false;
    await user.evict();
    passTime(seconds(3));
    await user.ring();
    expect(roleNotices(user.accountId)).toMatchObject([{ roles: ['editor'] }]);
    expect(await user.timers()).toEqual(['sweep']);
    expect(await user.outbox()).toEqual([]);
  });

  it('[U72] is still reported if the object dies before it could report it', async ({ expect }) => {
    const user = new UserFixture();
    await user.open();
    const dying = runInDurableObject(user.stub, async (object, state) => {
      dieWhenTimerIsSet(state);
      await object.accountChanged(user.changed({ roles: ['admin'] }));
    });
    await expect(dying).rejects.toThrow('killed by a test');

    vi.restoreAllMocks();
    passTime(seconds(3));
    expect(await user.ring()).toBe(true);
    expect(roleNotices(user.accountId)).toMatchObject([{ roles: ['admin'] }]);
  });

  it('[U72] is not undone by a slow report of the change before', async ({ expect }) => {
    const user = new UserFixture();
    await user.open();
    const answers = [() => scheduler.wait(200), () => scheduler.wait(1)];
    vi.spyOn(ConnectRecorder.prototype, 'rolesChanged').mockImplementation((async () => {
      await answers.shift()?.();
      return 0;
    }) as never);
    const slow = user.changeRoles(['admin']);
    await scheduler.wait(20);
    await user.changeRoles(['editor']);
    await slow;
    expect(await user.timers()).toEqual(['sweep']);
    expect(await rolesOf(user, await user.open())).toEqual(['editor']);
  });

  it('[U72] differs from another change at the same moment', async ({ expect }) => {
    vi.spyOn(Date, 'now').mockReturnValue(Date.now());
    const user = new UserFixture();
    await user.open();
    await user.changeRoles(['admin']);
    await user.changeRoles(['user']);
    const [first, second] = roleNotices(user.accountId);
    expect(second?.changedAt).toBeGreaterThan(first?.changedAt ?? Infinity);
  });
});
