import { runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import { days, hours, seconds } from '../../../shared/clock.ts';
import { ClientId } from '../../../shared/ids.ts';
import { SqliteOutboxStore } from '../../../shared/sql/outbox-store.ts';
import { IdentityEntrypoint } from '../../support/objects-worker.ts';
import { LIMITS, OTHER_CLIENT, theTerms } from '../../support/user-fixture.ts';
import {
  dieWhenTimerIsSet,
  loggedOut,
  onLog,
  passTime,
  UserFixture,
} from '../../support/user-object-fixture.ts';

const logged: Record<string, unknown>[] = [];
beforeEach(() => {
  logged.length = 0;
  vi.spyOn(console, 'log').mockImplementation((line: string) => void logged.push(JSON.parse(line)));
});
afterEach(() => {
  vi.restoreAllMocks();
  IdentityEntrypoint.failing.clear();
});

const failures = () => logged.filter(({ event }) => event === 'logout.delivery_failed').length;

const A = { clientId: OTHER_CLIENT, subject: 'how-the-client-knows-the-user' };
const B = { clientId: ClientId.restore('https://b.example.test/client.json'), subject: 'b' };
const byId = (a: typeof A, b: typeof A) => a.clientId.localeCompare(b.clientId);

/** A user with a browser's session from which two clients have ID tokens. */
async function aSignedInUser() {
  const user = new UserFixture();
  // Long, so that time can pass between attempts.
  const { sessionId } = await user.open({ limits: { ...LIMITS, idleSeconds: 30 * 86_400 } });
  const terms = (subject: string) => theTerms({ subject, browserSessionId: sessionId });
  await user.grant(sessionId, { clientId: B.clientId, oauth: terms(B.subject), offline: true });
  const child = await user.grant(sessionId);
  return { user, sessionId, child, terms };
}

describe('UserObject: logout', () => {
  it('[U60] [U61] tells identity once of each client that was granted openid', async ({
    expect,
  }) => {
    const { user, sessionId, child, terms } = await aSignedInUser();
    await user.grant(sessionId);
    const silent = ClientId.restore('no-openid');
    await user.grant(sessionId, { clientId: silent, scopes: ['profile'] });
    const elsewhere = await user.open();
    await user.grant(elsewhere.sessionId, {
      clientId: silent,
      oauth: { ...terms('x'), browserSessionId: elsewhere.sessionId },
    });
    expect((await user.sessions.relyingParties(sessionId)).toSorted(byId)).toEqual([B, A]);
    // That a client lost its grant does not take its ID tokens away.
    await user.sessions.endSession(child.sessionId, 'revoked');
    expect(loggedOut(sessionId)).toEqual([]);

    await user.evict();
    await user.sessions.endSession(sessionId, 'logout');
    await vi.waitFor(() => expect(loggedOut(sessionId)).toHaveLength(2));
    expect(loggedOut(sessionId).toSorted(byId)).toEqual([B, A]);
    expect(IdentityEntrypoint.callers.at(-1)).toEqual({ caller: 'identity' });
    await vi.waitFor(async () => expect(await user.timers()).toEqual(['sweep']));
    expect(await user.waiting('logout')).toBe(0);
    expect(await user.sessions.relyingParties(sessionId)).toHaveLength(2);
    expect(loggedOut(child.sessionId)).toEqual([]);
    expect(loggedOut(elsewhere.sessionId)).toEqual([]);
  });

  it('[U60] stores the relying parties for as long as the session', async ({ expect }) => {
    const { user, sessionId, child } = await aSignedInUser();
    await user.sessions.endSession(child.sessionId, 'revoked');
    passTime(days(2) + hours(2));
    await user.sessions.touchSession(sessionId);
    await user.ring();
    expect(await user.sessions.checkSession(child.sessionId)).toBe('unknown');
    expect(await user.sessions.relyingParties(sessionId)).toHaveLength(2);
    await user.sessions.endSession(sessionId, 'remote');
    await user.ring();
    await vi.waitFor(() => expect(loggedOut(sessionId)).toHaveLength(2));
    passTime((await user.timerAt('sweep')) - Date.now());
    await user.ring();
    expect(await user.sessions.relyingParties(sessionId)).toEqual([]);
    expect(await user.rows('relying_parties')).toBeUndefined();
  });

  it('[U61] tells the clients of a session that has expired when its grants end', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    passTime(hours(23));
    await user.grant(sessionId);
    passTime(hours(2));
    expect(await user.sessions.checkSession(sessionId)).toBe('expired');
    await user.sessions.endSession(sessionId, 'logout');
    await user.ring();
    await vi.waitFor(() => expect(loggedOut(sessionId)).toEqual([A]));
  });

  it('[U61] ends a session without waiting for a relying party', async ({ expect }) => {
    const { user, sessionId } = await aSignedInUser();
    const hanging = Promise.withResolvers<void>();
    const called = vi
      .spyOn(IdentityEntrypoint.prototype, 'logoutRelyingParties')
      .mockImplementation(() => hanging.promise);
    expect(await user.sessions.endSession(sessionId, 'logout')).toBe(true);
    expect(await user.waiting('logout')).toBe(2);
    await vi.waitFor(() => expect(called).toHaveBeenCalledTimes(2));
    expect(await user.sessions.checkSession(sessionId)).toBe('ended');
    // An alarm that waited would hold up a revocation that must be tried again.
    const other = await user.open();
    onLog(async () => {
      throw new Error('Cannot be reached: switched off by a test');
    });
    await user.sessions.endSession(other.sessionId, 'logout');
    onLog(async () => undefined);
    passTime(seconds(1));
    await user.ring();
    expect(await user.outbox()).toEqual([]);
    expect(called).toHaveBeenCalledTimes(2);
    hanging.resolve();
    await vi.waitFor(async () => expect(await user.waiting('logout')).toBe(0));
  });

  it('[U61] delivers everything after the object died before it could', async ({ expect }) => {
    const { user, sessionId } = await aSignedInUser();
    const dying = runInDurableObject(user.stub, async (object, state) => {
      await object.endSession(sessionId, 'logout');
      dieWhenTimerIsSet(state);
      await object.alarm();
    });
    await expect(dying).rejects.toThrow('killed by a test');
    vi.restoreAllMocks();
    passTime(seconds(11));
    await user.ring();
    await vi.waitFor(() => expect(loggedOut(sessionId).length).toBeGreaterThanOrEqual(2));
    expect(await user.waiting('logout')).toBe(0);
  });

  it('[U61] ends no session if the logout cannot be stored', async ({ expect }) => {
    const { user, sessionId, child } = await aSignedInUser();
    vi.spyOn(SqliteOutboxStore.prototype, 'add').mockImplementation(({ destination }) => {
      if (destination === 'logout') throw new Error('Cannot write: the disk is full');
    });
    const failure = await user.failure((object) => object.endSession(sessionId, 'logout'));
    expect(failure).toContain('the disk is full');
    vi.restoreAllMocks();
    expect(await user.sessions.checkSession(sessionId)).toBe('live');
    expect(await user.sessions.checkSession(child.sessionId)).toBe('live');
    expect(await user.outbox()).toEqual([]);
  });

  it('[U62] tries a client again after 1 s, doubling, and gives up after the tenth', async ({
    expect,
  }) => {
    const { user, sessionId } = await aSignedInUser();
    IdentityEntrypoint.failing.add(A.clientId);
    await user.sessions.endSession(sessionId, 'logout');
    await vi.waitFor(() => expect(loggedOut(sessionId)).toEqual([B]));
    await vi.waitFor(async () => expect(await user.waiting('logout')).toBe(1));
    const pauses: number[] = [];
    for (let attempt = 1; attempt < 10; attempt += 1) {
      await vi.waitFor(() => expect(failures()).toBe(attempt));
      await user.evict();
      const pause = (await user.timerAt('outbox')) - Date.now();
      pauses.push(Math.round(pause / 1_000));
      expect(await user.waiting('logout')).toBe(1);
      passTime(pause);
      await user.ring();
    }
    await vi.waitFor(async () => expect(await user.waiting('logout')).toBe(0));
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
    await vi.waitFor(async () => expect(await user.timers()).toEqual(['sweep']));
    expect(logged.at(-1)).toMatchObject({
      event: 'logout.given_up',
      clientId: A.clientId,
      sessionId,
      attempts: 10,
    });
    expect(loggedOut(sessionId)).toEqual([B]);
  });

  it('[U62] does not try a client sooner because another one is due', async ({ expect }) => {
    const { user, sessionId } = await aSignedInUser();
    const other = await user.open();
    await user.grant(other.sessionId, { clientId: B.clientId });
    IdentityEntrypoint.failing.add(A.clientId);
    await user.sessions.endSession(sessionId, 'logout');
    await vi.waitFor(() => expect(loggedOut(sessionId)).toEqual([B]));
    for (let attempt = 1; attempt < 5; attempt += 1) {
      await vi.waitFor(() => expect(failures()).toBe(attempt));
      passTime((await user.timerAt('outbox')) - Date.now());
      await user.ring();
    }
    await vi.waitFor(() => expect(failures()).toBe(5));
    await user.sessions.endSession(other.sessionId, 'logout');
    await user.ring();
    await vi.waitFor(() => expect(loggedOut(other.sessionId)).toHaveLength(1));
    expect(failures()).toBe(5);
  });
});
