import { afterEach, beforeEach, describe, it, vi } from 'vitest';

import { hours, seconds } from '../../../shared/clock.ts';
import { newSessionId } from '../../../shared/ids.ts';
import { IdentityEntrypoint } from '../../support/objects-worker.ts';
import { LIMITS, OTHER_CLIENT } from '../../support/user-fixture.ts';
import { passTime, revocationsOf, UserFixture } from '../../support/user-object-fixture.ts';

// The deliveries that fail here are logged, as they should be.
beforeEach(() => void vi.spyOn(console, 'log').mockReturnValue());
afterEach(() => {
  vi.restoreAllMocks();
  IdentityEntrypoint.databaseIsDown = false;
});

const DISABLED = {
  status: 'disabled',
  roles: ['user'],
  version: 1,
  credentialsVersion: 0,
} as const;

/** Lets the outbox read the account, which it does behind the alarm. */
async function readings(user: UserFixture, after: number): Promise<void> {
  passTime(after);
  await user.ring();
  await vi.waitFor(async () => {
    if ((await user.alarmAt()) === null) throw new Error('No timer is set');
  });
}

describe('UserObject: the account', () => {
  it('[U80] ends every session and forgets codes when the account is disabled', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const browser = await user.open();
    const grant = await user.grant(browser.sessionId);
    await user.issue(browser.sessionId, { clientId: OTHER_CLIENT });
    await user.sessions.accountChanged({ account: DISABLED });
    await user.evict();
    expect(await user.sessions.listSessions()).toEqual([]);
    expect(
      await user.rotate(grant.familyId, 0, undefined, { clientId: OTHER_CLIENT }),
    ).toMatchObject({ error: { reason: 'family_revoked' } });
    expect(await user.redeem({ clientId: OTHER_CLIENT })).toMatchObject({
      error: { reason: 'code_unknown' },
    });
    for (const { sessionId } of [browser, grant]) {
      expect(await revocationsOf(sessionId)).toHaveLength(1);
    }
    expect(user.notifications()).toMatchObject([
      { reason: 'kicked', sessionIds: [browser.sessionId] },
    ]);
  });

  it('[U80] opens no session while the account is disabled, however long that is', async ({
    expect,
  }) => {
    const user = new UserFixture();
    await user.open({ limits: { ...LIMITS, idleSeconds: 3_600, absoluteSeconds: 3_600 } });
    await user.sessions.accountChanged({ account: DISABLED });
    for (let day = 0; day < 4; day += 1) {
      passTime(hours(25));
      await user.ring();
    }
    await user.evict();
    const opening = user.opening({ grant: { ...user.opening().grant, sessionId: newSessionId() } });
    expect(await user.sessions.openSession(opening)).toEqual({ refused: 'account_disabled' });
    await user.sessions.accountChanged({ account: { ...DISABLED, status: 'active', version: 2 } });
    expect(await user.sessions.openSession(opening)).toHaveProperty('expiresAt');
  });

  it('[U81] reads the account 2 s after an announced change, even if nobody reports the result', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    await user.sessions.expectAccountChange();
    IdentityEntrypoint.accounts.set(user.accountId, DISABLED);
    await user.evict();
    await readings(user, seconds(2));
    await vi.waitFor(async () => expect(await user.sessions.checkSession(sessionId)).toBe('ended'));
  });

  it('[U81] reads the account again after 15 s, in case the database was slow', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    await user.sessions.expectAccountChange();
    await readings(user, seconds(2));
    expect(await user.sessions.checkSession(sessionId)).toBe('live');
    IdentityEntrypoint.accounts.set(user.accountId, DISABLED);
    await readings(user, seconds(13));
    await vi.waitFor(async () => expect(await user.sessions.checkSession(sessionId)).toBe('ended'));
  });

  it('[U81] repeats the reading until the database answers', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    await user.sessions.expectAccountChange();
    IdentityEntrypoint.accounts.set(user.accountId, DISABLED);
    IdentityEntrypoint.databaseIsDown = true;
    for (let n = 0; n < 12; n += 1) await readings(user, seconds(60));
    expect(await user.sessions.checkSession(sessionId)).toBe('live');
    IdentityEntrypoint.databaseIsDown = false;
    await readings(user, seconds(60));
    await vi.waitFor(async () => expect(await user.sessions.checkSession(sessionId)).toBe('ended'));
  });

  it('[U82] gives the sessions the roles that it reads', async ({ expect }) => {
    const user = new UserFixture();
    const { familyId } = await user.open();
    await user.sessions.expectAccountChange();
    IdentityEntrypoint.accounts.set(user.accountId, {
      ...DISABLED,
      status: 'active',
      roles: ['editor'],
    });
    await readings(user, seconds(2));
    await vi.waitFor(async () =>
      expect(await user.rotate(familyId, 0)).toMatchObject({
        value: { grant: { roles: ['editor'] } },
      }),
    );
  });

  it('[U32] [U81] deletes itself after the readings for a user without sessions', async ({
    expect,
  }) => {
    const user = new UserFixture();
    await user.sessions.expectAccountChange();
    for (const pause of [seconds(2), seconds(13)]) await readings(user, pause);
    passTime(hours(25));
    await user.ring();
    expect(await user.rows('sessions')).toBeUndefined();
  });
});

describe('UserObject: a password that is replaced', () => {
  it('[U83] ends every session but the one in which it was replaced, and its parent', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const [here, elsewhere] = [await user.open(), await user.open()];
    const grant = await user.grant(here.sessionId);
    const change = user.changed({ credentialsVersion: 1 });
    await user.sessions.accountChanged({ ...change, keep: here.sessionId });
    await user.evict();
    expect(await user.sessions.checkSession(here.sessionId)).toBe('live');
    for (const { sessionId } of [elsewhere, grant]) {
      expect(await user.sessions.checkSession(sessionId)).toBe('ended');
      expect(await revocationsOf(sessionId)).toHaveLength(1);
    }
    expect(await user.rotate(elsewhere.familyId, 0)).toMatchObject({
      error: { reason: 'family_revoked' },
    });
  });

  it('[U83] ends each session once: a repeated notification ends none that opened since', async ({
    expect,
  }) => {
    const user = new UserFixture();
    await user.open();
    const change = user.changed({ credentialsVersion: 1 });
    await user.sessions.accountChanged(change);
    const { sessionId } = await user.open(change);
    await user.sessions.accountChanged(change);
    expect(await user.sessions.checkSession(sessionId)).toBe('live');
  });

  it('[U83] makes codes useless whose browser it signed out', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    await user.issue(sessionId, { clientId: OTHER_CLIENT });
    await user.sessions.accountChanged(user.changed({ credentialsVersion: 1 }));
    expect(await user.redeem({ clientId: OTHER_CLIENT })).toMatchObject({
      error: { reason: 'session_ended' },
    });
  });

  it('[U84] opens no session for a sign-in that checked the password before, also after eviction', async ({
    expect,
  }) => {
    const user = new UserFixture();
    await user.open();
    const before = user.changed();
    await user.sessions.accountChanged(user.changed({ credentialsVersion: 2 }));
    await user.evict();
    const opening = user.opening(before);
    expect(await user.sessions.openSession(opening)).toEqual({ refused: 'credentials_replaced' });
    expect(await user.sessions.checkSession(opening.grant.sessionId)).toBe('unknown');
  });

  it('[U84] renews no authentication by a password that was replaced since', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    const { account } = user.changed();
    const replaced = user.changed({ credentialsVersion: 2 });
    await user.sessions.accountChanged({ ...replaced, keep: sessionId });
    const renewal = { sessionId, authTime: Date.now(), amr: ['pwd'], acr: 'urn:acr' };
    expect(await user.sessions.reauthenticate({ ...renewal, account })).toBe(false);
    expect(await user.sessions.reauthenticate({ ...renewal, ...replaced })).toBe(true);
  });

  it('[U85] learns of a new password from the sign-in that used it first', async ({ expect }) => {
    const user = new UserFixture();
    const thief = await user.open();
    const owner = await user.open(user.changed({ credentialsVersion: 1 }));
    expect(await user.sessions.checkSession(thief.sessionId)).toBe('ended');
    expect(await user.sessions.checkSession(owner.sessionId)).toBe('live');
    expect(await revocationsOf(thief.sessionId)).toHaveLength(1);
  });

  it('[U85] does not apply a reading that is older than the last one', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    const [older, newer] = [user.changed({ roles: ['editor'] }), user.changed({ roles: ['user'] })];
    await user.sessions.accountChanged(newer);
    await user.sessions.accountChanged(older);
    expect((await user.sessions.readSession(sessionId))?.grant.roles).toEqual(['user']);
  });

  it('[U81] [U83] ends them 2 s after an announced change, even if nobody reports it', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    await user.sessions.expectAccountChange();
    const { account } = user.changed({ credentialsVersion: 1 });
    IdentityEntrypoint.accounts.set(user.accountId, account);
    await user.evict();
    await readings(user, seconds(2));
    await vi.waitFor(async () => expect(await user.sessions.checkSession(sessionId)).toBe('ended'));
  });

  it('[U86] remembers for a day what it was told of an account without sessions', async ({
    expect,
  }) => {
    const user = new UserFixture();
    await user.sessions.expectAccountChange();
    const before = user.changed();
    await user.sessions.accountChanged(user.changed({ credentialsVersion: 2 }));
    for (const pause of [seconds(2), seconds(13)]) await readings(user, pause);
    expect(await user.sessions.openSession(user.opening(before))).toEqual({
      refused: 'credentials_replaced',
    });
    for (const pause of [hours(24), hours(25)]) {
      passTime(pause);
      await user.ring();
    }
    expect(await user.rows('sessions')).toBeUndefined();
  });
});
